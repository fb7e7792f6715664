//! Which of several kernels is recorded where some are not to be trusted.

use super::compiler::Compiler;
use crate::gpu::Recording;
use crate::ops::{KernelChoice, Pass};

impl Compiler<'_> {
    /// The choice for `pass`: its own where the request has one, else that for all. The plan remembers that there was one
    /// to make.
    pub(super) fn chosen(&mut self, pass: Pass) -> KernelChoice {
        if !self.passes.contains(&pass) {
            self.passes.push(pass);
        }
        self.request.choices.get(&pass).unwrap_or(self.request.kernels)
    }

    /// The choice by which `record` records no kernel that failed on the device: `choice`, or the first plainer one. The
    /// naive kernels are the last resort, whatever was found of them.
    pub(super) fn trusted(&self, choice: KernelChoice, record: impl Fn(&mut Recording, KernelChoice)) -> KernelChoice {
        let mut choice = choice;
        let failed = &self.request.failed_kernels;
        let fails = |choice| {
            let mut recording = Recording::avoiding(failed);
            record(&mut recording, choice);
            recording.commands().iter().any(|command| !recording.may_choose(command.kernel.name()))
        };
        while !failed.is_empty()
            && fails(choice)
            && let Some(plainer) = choice.plainer()
        {
            choice = plainer;
        }
        choice
    }
}
