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
    let adapter = AdapterRequest { failed: FailedKernels::default(), ..adapter.clone() };
    let gpu = Gpu::open(&adapter).await?;
    let ops = examine_kernels(&gpu, sweep::all(&gpu, extent), watch).await?;
    watch.begin("reference against finite differences", None, Unit::Checks);
    update_failures(&mut failed, &gpu, &ops, extent);
    let gradients = reference_gradients();
    watch.end();
    let trainings = examine_trainings(&gpu, watch).await?;
    watch.begin("rates", None, Unit::Checks);
    let rates = Rates::measure(&gpu, &adapter, extent).await;
    watch.end();
    Ok(Report {
        version: env!("CARGO_PKG_VERSION"),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        adapter: Adapter::of(&gpu),
        extent,
        ops,
        gradients,
        trainings,
        rates: rates?,
        failed,
        seconds: started.elapsed().as_secs_f64(),
    })
}
