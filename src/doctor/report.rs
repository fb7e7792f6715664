//! What was found.

use serde::Serialize;

use super::sweep::Extent;
use super::{Adapter, Findings, Gradient, KernelReport, OpReport, Rates, Training};

/// All that was found of an adapter, complete enough for a bug report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Ocellus' version.
    pub version: &'static str,
    /// The operating system and the architecture that the program was built for.
    pub system: String,
    /// The adapter.
    pub adapter: Adapter,
    /// How much was tried.
    pub extent: Extent,
    /// The ops that were examined and nothing else; everything was where there are none.
    pub only: Vec<String>,
    /// The kernels, op by op.
    pub ops: Vec<OpReport>,
    /// The reference's gradients.
    pub gradients: Vec<Gradient>,
    /// Short trainings.
    pub trainings: Vec<Training>,
    /// How fast it is; none where that could not be measured.
    pub rates: Option<Rates>,
    /// What could not be examined, and why.
    pub faults: Vec<String>,
    /// How long it took.
    pub seconds: f64,
    /// What it changes on the list of kernels that failed.
    #[serde(skip)]
    pub findings: Findings,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_right(&self) -> bool {
        self.ops.iter().all(OpReport::is_right)
            && self.gradients.iter().all(Gradient::is_right)
            && self.trainings.iter().all(Training::is_right)
            && self.faults.is_empty()
    }

    /// The kernels that are wrong.
    pub fn wrong_kernels(&self) -> impl Iterator<Item = &KernelReport> {
        self.ops.iter().flat_map(|op| &op.kernels).filter(|kernel| kernel.wrong > 0)
    }
}
