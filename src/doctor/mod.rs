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
pub mod sweep;
mod training;

pub use adapter::Adapter;
pub use error::DoctorError;
pub use every_layer::{every_layer, every_optimizer};
pub use failures::{known_failures, read_failures, remember_failures, update_failures};
pub use gradients::{Gradient, reference_gradients};
pub use kernels::{KernelReport, OpReport, examine_kernels};
pub use rates::Rates;
pub use report::Report;
pub use training::{Training, examine_trainings};

use std::time::Instant;

use crate::data::{Unit, Watch};
use crate::gpu::{AdapterRequest, FailedKernels, Gpu};
use sweep::Extent;

/// Examines the adapter that `adapter` asks for, with every kernel of the program whether it failed before or not, and
/// tells `watch` how far it is.
pub async fn examine(adapter: &AdapterRequest, extent: Extent, watch: &dyn Watch) -> Result<Report, DoctorError> {
    let started = Instant::now();
    let mut failed = adapter.failed.clone();
    let gpu = Gpu::open(&AdapterRequest { failed: FailedKernels::default(), ..adapter.clone() }).await?;
    let ops = examine_kernels(&gpu, sweep::all(&gpu, extent), watch).await?;
    watch.begin("reference against finite differences", None, Unit::Checks);
    update_failures(&mut failed, &gpu, &ops, extent);
    let gradients = reference_gradients();
    watch.end();
    // Trained is as users train: without the kernels that are wrong. What fails all the same is told with the rest.
    let adapter = AdapterRequest { failed: failed.clone(), ..adapter.clone() };
    let (trainings, rates) = train(&adapter, extent, watch).await;
    let mut faults = Vec::new();
    let trainings = kept(trainings, "the short trainings", &mut faults).unwrap_or_default();
    let rates = kept(rates, "the rates", &mut faults);
    Ok(Report {
        version: env!("CARGO_PKG_VERSION"),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        adapter: Adapter::of(&gpu),
        extent,
        ops,
        gradients,
        trainings,
        rates,
        faults,
        failed,
        seconds: started.elapsed().as_secs_f64(),
    })
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
    let causes = std::iter::successors(std::error::Error::source(&error), |error| error.source());
    faults.push(causes.fold(format!("{what} failed: {error}"), |text, cause| format!("{text}: {cause}")));
    None
}
