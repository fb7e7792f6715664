//! Which of several kernels is recorded where some are not to be trusted.

use super::compiler::Compiler;
use crate::gpu::Recording;
use crate::ops::KernelChoice;

impl Compiler<'_> {
    /// The choice by which `record` records no kernel that failed on the device: the one that was asked for, or the
    /// first plainer one. The naive kernels are the last resort, whatever was found of them.
    pub(super) fn trusted(&self, record: impl Fn(&mut Recording, KernelChoice)) -> KernelChoice {
        let mut choice = self.request.kernels;
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
