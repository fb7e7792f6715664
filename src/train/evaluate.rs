//! Evaluation: the loss and accuracy of a model on a dataset.

use super::TrainError;
use super::metrics_ring::MetricsRing;
use super::pass::Place;
use super::pass_plan::PassPlan;
use crate::data::Dataset;
use crate::gpu::Gpu;
use crate::model::Model;
use crate::ops::KernelChoice;
use crate::plan::{DeviceWeights, Loss, Pool, Request, WeightLayout};

/// What an evaluation finds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// The mean loss.
    pub loss: f64,
    /// The share of samples predicted correctly.
    pub accuracy: f64,
}

/// Evaluates `model` on `dataset`, `batch_size` samples at a time (Keras' `evaluate`).
///
/// Loss and accuracy are computed on the device. [`predict_dataset`](super::predict_dataset) and
/// [`Predictions::report`](super::Predictions::report) tell the same and more, class by class.
pub async fn evaluate(
    gpu: &Gpu,
    model: &Model,
    dataset: &Dataset,
    batch_size: usize,
) -> Result<Evaluation, TrainError> {
    evaluate_with(gpu, model, dataset, batch_size, KernelChoice::default()).await
}

/// The same with a choice of kernels.
pub async fn evaluate_with(
    gpu: &Gpu,
    model: &Model,
    dataset: &Dataset,
    batch_size: usize,
    kernels: KernelChoice,
) -> Result<Evaluation, TrainError> {
    let request = Request {
        loss: Some(Loss { label_smoothing: 0.0 }),
        kernels: kernels.on(gpu),
        failed_kernels: gpu.failed_kernels().to_vec(),
        ..Request::prediction(batch_size, gpu.limits().max_storage_buffer_binding_size)
    };
    let plan = PassPlan::new(model, &WeightLayout::new(model), dataset, &request)?;
    let weights = DeviceWeights::upload(gpu, model)?;
    let ring = MetricsRing::allocate(gpu)?;
    let pool = Pool::allocate(gpu, &plan.compiled())?;
    let pass = plan.allocate(gpu, dataset, &weights, None, &ring, &pool)?;
    let mut place = Place::default();
    pass.run(gpu, &ring, None, &mut place, pass.steps(), &mut ()).await?;
    Ok(Evaluation { loss: place.totals.mean_loss(), accuracy: place.totals.accuracy() })
}
