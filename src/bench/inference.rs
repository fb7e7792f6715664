//! The rate of inference.

use std::time::Instant;

use serde::Serialize;

use super::pictures::made_up;
use super::{BenchOptions, Spread, host};
use crate::gpu::{AdapterRequest, Gpu};
use crate::model::Model;
use crate::train::{PredictOptions, Predictor, TrainError};

/// How fast a model predicts, and what it takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InferenceRate {
    /// The model's name.
    pub model: String,
    /// Pictures at a time.
    pub batch_size: usize,
    /// Batches of one measurement.
    pub steps: usize,
    /// Pictures per second from bytes on the host to the classes' logits on the host, as
    /// [`Predictor::classify`] tells them.
    pub images_per_second: Spread,
    /// Seconds from opening the adapter to the first batch's logits on the host.
    pub first_batch_seconds: f64,
    /// The bytes of all buffers: weights, intermediate tensors, a batch of pictures, and what brings the logits back.
    pub gpu_bytes: u64,
    /// The peak of the host's memory in bytes; none where the system does not tell it.
    pub host_peak_bytes: Option<u64>,
}

/// Measures the predictions of `model` with fresh weights on the adapter that `adapter` asks for. Each call opens a
/// device of its own, so that the first batch is a first one.
pub async fn measure_inference(
    adapter: &AdapterRequest,
    model: &Model,
    options: &BenchOptions,
) -> Result<InferenceRate, TrainError> {
    model.try_initialize(options.seed)?;
    let (batch_size, kernels) = (options.batch_size, options.kernels);
    let few = made_up(model, BenchOptions::WARM_UP_STEPS * batch_size, options)?;
    host::forget_peak_memory();

    let opened = Instant::now();
    let gpu = Gpu::open(adapter).await?;
    let predict = PredictOptions { batch_size, kernels, ..PredictOptions::default() };
    let predictor = Predictor::with_options(&gpu, model, &predict)?;
    let one = few.pixels().len() / BenchOptions::WARM_UP_STEPS;
    predictor.classify(&few.pixels()[..one], &()).await?;
    let first_batch_seconds = opened.elapsed().as_secs_f64();
    let again = Instant::now();
    predictor.classify(few.pixels(), &()).await?;
    let steps = options.steps_after(BenchOptions::WARM_UP_STEPS, again.elapsed().as_secs_f64());

    let data = made_up(model, steps * batch_size, options)?;
    let images_per_second =
        options.rates(steps, async || predictor.classify(data.pixels(), &()).await.map(drop)).await?;
    Ok(InferenceRate {
        model: model.name().to_owned(),
        batch_size,
        steps,
        images_per_second,
        first_batch_seconds,
        gpu_bytes: predictor.bytes(),
        host_peak_bytes: host::peak_memory(),
    })
}
