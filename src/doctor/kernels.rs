//! Every kernel against the reference.

use std::collections::BTreeMap;

use serde::Serialize;

use super::DoctorError;
use super::sweep::Sweep;
use crate::check::{Disagreement, Verdict, Wrong};
use crate::data::{Unit, Watch};
use crate::gpu::{Gpu, shader_files};

/// What is kept of a kernel's failures: the first ones tell enough.
const FAILURES_TOLD: usize = 3;

/// An op and its kernels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OpReport {
    /// The op, as its folder in `shaders/` is called.
    pub op: String,
    /// Its kernels, by name.
    pub kernels: Vec<KernelReport>,
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
        self.kernels.iter().all(|kernel| kernel.wrong == 0)
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
pub async fn examine_kernels(gpu: &Gpu, sweeps: Vec<Sweep>, watch: &dyn Watch) -> Result<Vec<OpReport>, DoctorError> {
    let mut kernels: BTreeMap<String, KernelReport> = BTreeMap::new();
    let op_of = |kernel: &str| kernel.split('/').next().unwrap_or_default().to_owned();
    let swept: Vec<&str> = sweeps.iter().map(|sweep| sweep.op).collect();
    for (kernel, _) in shader_files().iter().filter(|(name, _)| swept.contains(&&*op_of(name))) {
        kernels.insert((*kernel).to_owned(), KernelReport { kernel: (*kernel).to_owned(), ..Default::default() });
    }
    for Sweep { op, cases } in sweeps {
        watch.begin(&format!("kernels of {op}"), Some(cases.len() as u64), Unit::Checks);
        for case in cases {
            let case = case();
            let verdicts = case.run(gpu).await.inspect_err(|_| watch.end())?;
            for verdict in verdicts {
                if let Some(kernel) = kernels.get_mut(&verdict.kernel) {
                    kernel.add(&case.description, verdict);
                }
            }
            watch.advance(1);
        }
        watch.end();
    }
    let mut ops: Vec<OpReport> = Vec::new();
    for (name, kernel) in kernels {
        let op = op_of(&name);
        match ops.last_mut().filter(|last| last.op == op) {
            Some(last) => last.kernels.push(kernel),
            None => ops.push(OpReport { op, kernels: vec![kernel] }),
        }
    }
    Ok(ops)
}
