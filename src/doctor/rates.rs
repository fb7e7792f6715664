//! How fast the adapter is, and how much of that a training gets.

use serde::Serialize;

use super::DoctorError;
use super::sweep::Extent;
use crate::bench::{BenchOptions, Ceiling, Spread, measure_training};
use crate::gpu::{AdapterRequest, Gpu, Timer};
use crate::model::lecture;
use crate::ops::KernelSelection;

/// Pictures of CIFAR-10's shape, and its classes.
const INPUT: [usize; 3] = [32, 32, 3];
const CLASSES: usize = 10;

/// The adapter's rates, measured one after the other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rates {
    /// The most that was seen: multiply-adds in registers, and a copy.
    pub ceiling: Ceiling,
    /// Pictures per second of training the lecture's model at batch size 32.
    pub images_per_second: Spread,
    /// Billions of operations per second that this training does, a multiply-add counting as two.
    pub gflops: f64,
    /// Their share of the ceiling.
    pub share_of_ceiling: f64,
}

impl Rates {
    pub(super) async fn measure(gpu: &Gpu, adapter: &AdapterRequest, extent: Extent) -> Result<Self, DoctorError> {
        let ceiling = Ceiling::measure(gpu, &Timer::new(gpu)?).await?;
        let model = lecture(INPUT, CLASSES)?;
        // By the adapter's class, so that two examinations of an adapter measure the same.
        let fixed = BenchOptions { kernel_choice: KernelSelection::Fixed, ..BenchOptions::default() };
        let options = match extent {
            Extent::Quick => BenchOptions { steps: Some(4), seconds: 0.0, ..fixed },
            Extent::Full => fixed,
        };
        let rate = measure_training(adapter, &model, &options).await?;
        let operations = rate.operations as f64 / rate.batch_size as f64;
        let gflops = operations * rate.images_per_second.median * 1e-9;
        let images_per_second = rate.images_per_second;
        Ok(Self { ceiling, images_per_second, gflops, share_of_ceiling: gflops / ceiling.gflops })
    }
}
