//! The awaiting calls for programs that may block.

use super::{
    Callback, Checkpoint, Evaluation, History, PredictOptions, Predictions, Predictor, TrainError, Trainer, evaluate,
    predict_dataset,
};
use crate::data::Dataset;
use crate::gpu::Gpu;
use crate::model::Model;

/// Waits for what the other calls of this room await. Not for browsers, which do not allow it.
pub struct Blocking;

impl Blocking {
    /// [`Trainer::fit`]
    pub fn fit(trainer: &mut Trainer, callback: &mut dyn Callback) -> Result<History, TrainError> {
        pollster::block_on(trainer.fit(callback))
    }

    /// [`Trainer::checkpoint`]
    pub fn checkpoint(trainer: &Trainer) -> Result<Checkpoint, TrainError> {
        pollster::block_on(trainer.checkpoint())
    }

    /// [`evaluate`]
    pub fn evaluate(gpu: &Gpu, model: &Model, dataset: &Dataset, batch_size: usize) -> Result<Evaluation, TrainError> {
        pollster::block_on(evaluate(gpu, model, dataset, batch_size))
    }

    /// [`Predictor::predict`]
    pub fn predict(predictor: &Predictor, images: &[f32]) -> Result<Vec<f32>, TrainError> {
        pollster::block_on(predictor.predict(images))
    }

    /// [`Predictor::predict_pictures`]
    pub fn predict_pictures(predictor: &Predictor, pictures: &[u8]) -> Result<Vec<f32>, TrainError> {
        pollster::block_on(predictor.predict_pictures(pictures))
    }

    /// [`Predictor::classify`]
    pub fn classify(predictor: &Predictor, pictures: &[u8]) -> Result<Predictions, TrainError> {
        pollster::block_on(predictor.classify(pictures, &()))
    }

    /// [`predict_dataset`], unwatched.
    pub fn predict_dataset(
        gpu: &Gpu,
        model: &Model,
        dataset: &Dataset,
        options: &PredictOptions,
    ) -> Result<Predictions, TrainError> {
        pollster::block_on(predict_dataset(gpu, model, dataset, options, &()))
    }

    /// [`Predictor::predict_into`]
    pub fn predict_into(predictor: &mut Predictor, frames: &[u8], out: &mut [f32]) -> Result<(), TrainError> {
        pollster::block_on(predictor.predict_into(frames, out))
    }

    /// [`Predictor::classify_into`]
    pub fn classify_into(predictor: &mut Predictor, frames: &[u8], out: &mut [f32]) -> Result<(), TrainError> {
        pollster::block_on(predictor.classify_into(frames, out))
    }
}
