//! Every kernel against the reference.

use std::collections::BTreeMap;

use serde::Serialize;

use super::error::with_causes;
use super::side_by_side::{Devices, Outcomes, Ran, failure};
use super::sweep::Sweep;
use crate::check::{CheckError, Disagreement, Verdict, Wrong};
use crate::data::{Unit, Watch};
use crate::gpu::{AdapterRequest, Gpu, GpuError, shader_files};

/// What is kept of a kernel's failures: the first ones tell enough.
const FAILURES_TOLD: usize = 3;

/// An op and its kernels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OpReport {
    /// The op, as its folder in `shaders/` is called.
    pub op: String,
    /// Its kernels, by name.
    pub kernels: Vec<KernelReport>,
    /// What of it could not be examined, and why.
    pub faults: Vec<String>,
}

/// What was found of a kernel.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct KernelReport {
    /// Its path in `shaders/`.
    pub kernel: String,
    /// How often it ran and was judged; 0 for one that this device cannot run.
    pub runs: usize,
    /// How many of these were wrong.
    pub wrong: usize,
    /// The worst error found, where it is closest to its bound.
    pub worst_error: f64,
    /// The bound there: `1e-5 * sqrt(terms) * max |expected|`.
    pub bound: f64,
    /// The first failures, in words.
    pub failures: Vec<String>,
}

impl OpReport {
    /// Whether nothing is wrong.
    pub fn is_right(&self) -> bool {
        self.kernels.iter().all(|kernel| kernel.wrong == 0) && self.faults.is_empty()
    }

    /// The kernel whose worst error is closest to its bound.
    pub fn closest(&self) -> Option<&KernelReport> {
        self.kernels.iter().max_by(|a, b| a.share().total_cmp(&b.share()))
    }
}

impl KernelReport {
    /// The worst error as a share of its bound.
    pub fn share(&self) -> f64 {
        if self.worst_error == 0.0 { 0.0 } else { self.worst_error / self.bound }
    }

    fn add(&mut self, case: &str, verdict: Verdict) {
        self.runs += 1;
        match verdict.outcome {
            Ok(agreement) if agreement.share() > self.share() => {
                (self.worst_error, self.bound) = (agreement.worst, agreement.bound);
            }
            Ok(_) => {}
            Err(wrong) => {
                self.wrong += 1;
                if let Wrong::Numbers { disagreement: Disagreement::TooFar { difference, bound, .. }, .. } = &wrong
                    && difference / bound > self.share()
                {
                    (self.worst_error, self.bound) = (*difference, *bound);
                }
                if self.failures.len() < FAILURES_TOLD {
                    self.failures.push(format!("{wrong}, in {case}"));
                }
            }
        }
    }
}

/// Runs all cases of `sweeps`; a report of each of their ops, with all of its kernels, also those that did not run.
///
/// The cases of an op run at once on `gpu` and `others`, which are like it, and by themselves from the first on that is
/// not right. What is wrong or fails by itself counts; what is so only beside others is a fault of the op, unless memory was
/// short. With others the caller blocks: it runs the cases of `gpu`, and a thread those of each other.
///
/// Where a device fails in a case, that is a fault of the op. One that is lost is opened anew by `adapter`, alone, for the
/// ops after this one, whose other cases are left out: they run the same kernels.
pub async fn examine_kernels(
    gpu: &Gpu,
    others: Vec<Gpu>,
    adapter: &AdapterRequest,
    sweeps: Vec<Sweep>,
    watch: &dyn Watch,
) -> Vec<OpReport> {
    let mut found = Found::of(&sweeps);
    let mut devices = Devices::new(gpu, others, adapter);
    for Sweep { op, cases } in sweeps {
        if let Some(error) = devices.gone() {
            let reason = with_causes(error);
            found.fault(op, format!("nothing of it was examined, since the device cannot be opened anew: {reason}"));
            continue;
        }
        watch.begin(&format!("kernels of {op}"), Some(cases.len() as u64), Unit::Checks);
        let outcomes = devices.run(cases, watch).await;
        watch.end();
        found.judge(op, outcomes, devices.gone().is_none());
    }
    found.into_reports()
}

/// The op of a kernel.
fn op_of(kernel: &str) -> &str {
    kernel.split('/').next().unwrap_or_default()
}

/// What was found so far.
struct Found {
    /// By the kernels' names.
    kernels: BTreeMap<String, KernelReport>,
    /// By the ops' names.
    faults: BTreeMap<String, Vec<String>>,
}

impl Found {
    /// Nothing yet of any kernel of these ops.
    fn of(sweeps: &[Sweep]) -> Self {
        let names = shader_files().iter().map(|(name, _)| *name);
        let swept = names.filter(|name| sweeps.iter().any(|sweep| sweep.op == op_of(name)));
        let nothing = |name: &str| KernelReport { kernel: name.to_owned(), ..KernelReport::default() };
        let kernels = swept.map(|name| (name.to_owned(), nothing(name))).collect();
        Self { kernels, faults: BTreeMap::new() }
    }

    fn add(&mut self, case: &str, verdict: Verdict) {
        if let Some(kernel) = self.kernels.get_mut(&verdict.kernel) {
            kernel.add(case, verdict);
        }
    }

    /// Takes in what became of the cases of an op. `is_back` tells whether a device that was lost could be opened anew.
    fn judge(&mut self, op: &str, Outcomes { ran, left, passing }: Outcomes, is_back: bool) {
        for wrong in passing {
            self.fault(op, format!("{wrong}; so it was beside other cases, and by itself it is right"));
        }
        let (mut failed, mut lost) = (0, Vec::new());
        for Ran { description, kernels, result } in ran {
            match result {
                Ok(verdicts) => verdicts.into_iter().for_each(|verdict| self.add(&description, verdict)),
                Err(error @ GpuError::DeviceLost { .. }) => {
                    lost.push(failure(&description, &kernels, &error));
                    // Of several kernels nobody knows which it was, and one that is gone for good says nothing of any.
                    if let ([kernel], true) = (kernels.as_slice(), is_back) {
                        let outcome = Err(CheckError::from(error).into());
                        self.add(&description, Verdict { kernel: kernel.clone(), label: kernel.clone(), outcome });
                    }
                }
                Err(error) => {
                    failed += 1;
                    if failed <= FAILURES_TOLD {
                        self.fault(op, failure(&description, &kernels, &error));
                    }
                }
            }
        }
        if !lost.is_empty() {
            self.fault(op, format!("{}; {left} more cases of {op} were not examined", lost.join("; ")));
        }
        if failed > FAILURES_TOLD {
            self.fault(op, format!("{} more cases failed", failed - FAILURES_TOLD));
        }
    }

    fn fault(&mut self, op: &str, fault: String) {
        self.faults.entry(op.to_owned()).or_default().push(fault);
    }

    fn into_reports(self) -> Vec<OpReport> {
        let Self { kernels, mut faults } = self;
        let mut ops: Vec<OpReport> = Vec::new();
        for (name, kernel) in kernels {
            let op = op_of(&name).to_owned();
            match ops.last_mut().filter(|last| last.op == op) {
                Some(last) => last.kernels.push(kernel),
                None => {
                    let faults = faults.remove(&op).unwrap_or_default();
                    ops.push(OpReport { op, kernels: vec![kernel], faults });
                }
            }
        }
        ops
    }
}
