//! A training that goes on where one of its kernels cannot be taken.

use std::fmt;

use super::{TrainError, TrainingPlan};
use crate::ops::{KernelChoice, KernelChoices, Pass};
use crate::plan::Request;

/// A pass that runs another kernel than the training began with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplacedKernel {
    /// The pass.
    pub pass: String,
    /// The kernel that it began with, by its path in `shaders/`.
    pub kernel: String,
    /// Why it cannot be taken.
    pub reason: &'static str,
    /// The kernels that run in its place.
    pub replacement: Vec<String>,
}

impl fmt::Display for ReplacedKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pass, kernel, reason, replacement } = self;
        let replacement = replacement.join(" + ");
        write!(f, "{pass} began with '{kernel}', but not on this adapter: {reason}; '{replacement}' runs in its place")
    }
}

impl TrainingPlan {
    /// The plan to go on with a training that began with these kernels, maybe on another adapter, and the kernels that
    /// are replaced: where the device cannot run one, or it was found wrong there, the next plainer one that can be
    /// taken runs. From there on the bits are others. The training stays the same one, whose checkpoints are taken here
    /// and from here elsewhere.
    ///
    /// To repeat a training exactly, or be told that this cannot be, there is [`TrainingPlan::with_choices`].
    pub fn going_on_with(&self, choices: &KernelChoices) -> Result<(Self, Vec<ReplacedKernel>), TrainError> {
        let (mut taken, mut replaced) = (choices.clone(), Vec::new());
        // Whether a pooling runs in a kernel is a choice too, and with it which passes there are.
        loop {
            let plan = self.with_request(Request { choices: taken.clone(), ..self.request.clone() })?;
            let before = taken.clone();
            for pass in plan.passes() {
                let Some(choice) = before.get(&pass) else { continue };
                let Some((kernel, reason)) = self.refusal(&pass, choice) else { continue };
                let plainer = self.next_plainer(&pass, choice);
                taken.insert(&pass, plainer);
                let commands = |choice| pass.commands(choice, &self.request.failed_kernels);
                let runs = commands(plainer);
                // Where the shape has no kernel of its kind, the choice meant this one all along.
                if runs != commands(choice) {
                    let mut replacement: Vec<String> = runs.iter().map(|run| run.kernel.name().to_owned()).collect();
                    replacement.dedup();
                    replaced.push(ReplacedKernel { pass: pass.to_string(), kernel, reason, replacement });
                }
            }
            if taken == before {
                return Ok((Self { began_with: Some(choices.clone()), ..plan }, replaced));
            }
        }
    }

    /// The first choice below this one whose kernels for the pass can be taken.
    fn next_plainer(&self, pass: &Pass, choice: KernelChoice) -> KernelChoice {
        let mut plainer = std::iter::successors(Some(choice.on(&self.gpu)), |choice| choice.plainer());
        plainer.find(|choice| self.refusal(pass, *choice).is_none()).unwrap_or(KernelChoice::Naive)
    }

    /// The kernel for which the pass cannot be run by this choice, and why; `None` where it can.
    pub(super) fn refusal(&self, pass: &Pass, choice: KernelChoice) -> Option<(String, &'static str)> {
        // The naive kernel is the last resort, whatever was found of it.
        if choice == KernelChoice::Naive {
            return None;
        }
        let failed = &self.request.failed_kernels;
        let commands = pass.commands(choice, failed);
        let mut names = commands.iter().map(|command| command.kernel.name());
        let wrong = names.clone().find(|name| failed.iter().any(|failed| failed == name));
        let reason = match wrong {
            Some(_) => "it was found wrong there",
            None if choice.on(&self.gpu) != choice => "it cannot run there",
            None => return None,
        };
        Some((wrong.or_else(|| names.next()).unwrap_or_default().to_owned(), reason))
    }

    /// The kernels that tell the training from others: those that it began with.
    pub(super) fn first_choices(&self) -> &KernelChoices {
        self.began_with.as_ref().unwrap_or(self.choices())
    }
}
