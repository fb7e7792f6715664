//! Whether an adapter computes what it should: every kernel against the reference over many shapes, the reference
//! against finite differences, short trainings, and how fast it is.
//!
//! [`examine`] does all of it and makes a [`Report`]; `ocellus doctor` prints that. Kernels that fail come on a list in
//! the user's cache folder, from which [`known_failures`] takes them for the next device that is opened.

mod adapter;
mod error;
mod every_layer;
mod failures;
mod gradients;
mod kernels;
mod rates;
mod report;
mod side_by_side;
pub mod sweep;
mod training;

pub use adapter::Adapter;
pub use error::DoctorError;
pub use every_layer::{every_layer, every_optimizer};
pub use failures::{Findings, known_failures, read_failures, remember_failures};
pub use gradients::{Gradient, reference_gradients};
pub use kernels::{KernelReport, OpReport, examine_kernels};
pub use rates::Rates;
pub use report::Report;
pub use training::{Training, examine_trainings};

use std::time::Instant;

use crate::data::{Unit, Watch};
use crate::gpu::{AdapterRequest, FailedKernels, Gpu};
use error::with_causes;
use side_by_side::others_like;
use sweep::{Extent, Sweep};

/// What is examined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examination {
    /// How much is tried.
    pub extent: Extent,
    /// The ops, called as their folders in `shaders/`, whose kernels are examined and nothing else; everything where there
    /// are none.
    pub only: Vec<String>,
}

/// Examines the adapter that `adapter` asks for, with every kernel of the program whether it failed before or not, and
/// tells `watch` how far it is. Kernels are examined on several devices of the adapter at once where it and the system have
/// them; then the caller blocks, as [`examine_kernels`] says.
///
/// # Errors
///
/// When there is no op of a name in [`Examination::only`], or no device can be opened. One that fails later is told in the
/// report.
pub async fn examine(
    adapter: &AdapterRequest,
    examination: &Examination,
    watch: &dyn Watch,
) -> Result<Report, DoctorError> {
    let every = with_every_kernel(adapter);
    let gpu = Gpu::open(&every).await?;
    // A name that is not there is refused first.
    let sweeps = sweep::of(&gpu, examination.extent, &examination.only)?;
    let others = others_like(&gpu, &every).await;
    examine_sweeps(&gpu, others, adapter, sweeps, examination, watch).await
}

/// The request for the same adapter with no kernel that is known to be wrong.
fn with_every_kernel(adapter: &AdapterRequest) -> AdapterRequest {
    AdapterRequest { failed: FailedKernels::default(), ..adapter.clone() }
}

/// The same with the kernels of a device that is open already; trainings and rates get one of their own by `adapter`, and
/// so do the kernels where that device is lost.
pub async fn examine_device(
    gpu: &Gpu,
    adapter: &AdapterRequest,
    examination: &Examination,
    watch: &dyn Watch,
) -> Result<Report, DoctorError> {
    let sweeps = sweep::of(gpu, examination.extent, &examination.only)?;
    examine_sweeps(gpu, Vec::new(), adapter, sweeps, examination, watch).await
}

/// The same with the kernels of these sweeps, on `others`, too, which are like `gpu`.
async fn examine_sweeps(
    gpu: &Gpu,
    others: Vec<Gpu>,
    adapter: &AdapterRequest,
    sweeps: Vec<Sweep>,
    examination: &Examination,
    watch: &dyn Watch,
) -> Result<Report, DoctorError> {
    let started = Instant::now();
    let Examination { extent, only } = examination;
    // The others are closed with it, so that trainings and rates have the adapter for themselves.
    let ops = examine_kernels(gpu, others, &with_every_kernel(adapter), sweeps, watch).await;
    let findings = Findings::new(gpu, &ops, *extent);
    let mut report = Report {
        version: env!("CARGO_PKG_VERSION"),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        adapter: Adapter::of(gpu),
        extent: *extent,
        only: only.clone(),
        ops,
        gradients: Vec::new(),
        trainings: Vec::new(),
        rates: None,
        faults: Vec::new(),
        findings,
        seconds: 0.0,
    };
    if only.is_empty() {
        watch.begin("reference against finite differences", None, Unit::Checks);
        report.gradients = reference_gradients();
        watch.end();
        // Trained is as users train: without the kernels that are wrong. What fails all the same is told with the rest.
        let mut adapter = adapter.clone();
        report.findings.update(&mut adapter.failed);
        let (trainings, rates) = train(&adapter, *extent, watch).await;
        report.trainings = kept(trainings, "the short trainings", &mut report.faults).unwrap_or_default();
        report.rates = kept(rates, "the rates", &mut report.faults);
    }
    report.seconds = started.elapsed().as_secs_f64();
    Ok(report)
}

/// The short trainings and the rates on a device of their own.
async fn train(
    adapter: &AdapterRequest,
    extent: Extent,
    watch: &dyn Watch,
) -> (Result<Vec<Training>, DoctorError>, Result<Rates, DoctorError>) {
    let trainings = async { examine_trainings(&Gpu::open(adapter).await?, watch).await }.await;
    watch.begin("rates", None, Unit::Checks);
    let rates = async { Rates::measure(&Gpu::open(adapter).await?, adapter, extent).await }.await;
    watch.end();
    (trainings, rates)
}

/// What came out, or nothing and a line among the faults that says why.
fn kept<T>(result: Result<T, DoctorError>, what: &str, faults: &mut Vec<String>) -> Option<T> {
    let error = match result {
        Ok(value) => return Some(value),
        Err(error) => error,
    };
    faults.push(format!("{what} failed: {}", with_causes(&error)));
    None
}
