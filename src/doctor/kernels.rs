//! Every kernel against the reference.

use std::collections::BTreeMap;

use serde::Serialize;

use super::error::with_causes;
use super::sweep::Sweep;
use crate::check::{Case, CheckError, Disagreement, Verdict, Wrong};
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
/// Where the device fails in a case, that is a fault of the op. One that is lost is opened anew by `adapter` for the ops
/// after this one, whose other cases are left out: they run the same kernels.
pub async fn examine_kernels(
    gpu: &Gpu,
    adapter: &AdapterRequest,
    sweeps: Vec<Sweep>,
    watch: &dyn Watch,
) -> Vec<OpReport> {
    let mut found = Found::of(&sweeps);
    let mut device = Ok(gpu.clone());
    for Sweep { op, cases } in sweeps {
        let gpu = match &device {
            Ok(gpu) => gpu,
            Err(error) => {
                let reason = with_causes(error);
                found
                    .fault(op, format!("nothing of it was examined, since the device cannot be opened anew: {reason}"));
                continue;
            }
        };
        watch.begin(&format!("kernels of {op}"), Some(cases.len() as u64), Unit::Checks);
        let (mut left, mut failed) = (cases.len(), 0);
        for case in cases {
            let case = case();
            left -= 1;
            match case.run(gpu).await {
                Ok(verdicts) => verdicts.into_iter().for_each(|verdict| found.add(&case, verdict)),
                Err(error @ GpuError::DeviceLost { .. }) => {
                    found.fault(op, format!("{}; {left} more cases of {op} were not examined", failure(&case, &error)));
                    device = Gpu::open(adapter).await;
                    // One that is gone for good says nothing of the kernel.
                    if device.is_ok() {
                        found.blame(&case, error);
                    }
                    break;
                }
                Err(error) => {
                    failed += 1;
                    if failed <= FAILURES_TOLD {
                        found.fault(op, failure(&case, &error));
                    }
                }
            }
            watch.advance(1);
        }
        if failed > FAILURES_TOLD {
            found.fault(op, format!("{} more cases failed", failed - FAILURES_TOLD));
        }
        watch.end();
    }
    found.into_reports()
}

/// The kernels of a case, each once.
fn kernels_of(case: &Case) -> Vec<&str> {
    let mut kernels: Vec<&str> = case.kernels().collect();
    kernels.sort_unstable();
    kernels.dedup();
    kernels
}

/// How the device failed in a case, with the kernels that ran.
fn failure(case: &Case, error: &GpuError) -> String {
    format!("the device failed in {}, by {}: {}", case.description, kernels_of(case).join(", "), with_causes(error))
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

    fn add(&mut self, case: &Case, verdict: Verdict) {
        if let Some(kernel) = self.kernels.get_mut(&verdict.kernel) {
            kernel.add(&case.description, verdict);
        }
    }

    fn fault(&mut self, op: &str, fault: String) {
        self.faults.entry(op.to_owned()).or_default().push(fault);
    }

    /// Makes a case in which the device was lost a failure of its kernel. Of several nobody knows which it was.
    fn blame(&mut self, case: &Case, error: GpuError) {
        if let [kernel] = kernels_of(case)[..] {
            let outcome = Err(CheckError::from(error).into());
            self.add(case, Verdict { kernel: kernel.to_owned(), label: kernel.to_owned(), outcome });
        }
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
