//! Prediction: a model's outputs, or its inner layers', for images that the host has.

use super::TrainError;
use crate::gpu::{Buffer, Gpu, Readback};
use crate::model::Model;
use crate::ops::ELEMENT_BYTES;
use crate::plan::{DeviceWeights, Plan, Pool, Request, Resources, WeightLayout, compile};

/// Runs a model on images (Keras' `predict`), any number at a time.
pub struct Predictor {
    gpu: Gpu,
    model: Model,
    weights: DeviceWeights,
    plan: Plan,
    readback: Readback,
    sample: usize,
}

impl Predictor {
    /// A predictor with the weights that `model` has now, for up to `batch_size` images at a time.
    pub fn new(gpu: &Gpu, model: &Model, batch_size: usize) -> Result<Self, TrainError> {
        Self::with_layers(gpu, model, batch_size, &[])
    }

    /// The same, that can also tell the outputs of these inner layers.
    pub fn with_layers(gpu: &Gpu, model: &Model, batch_size: usize, layers: &[&str]) -> Result<Self, TrainError> {
        let max_binding_bytes = gpu.limits().max_storage_buffer_binding_size;
        let read = layers.iter().map(|&layer| layer.to_owned()).collect();
        let request = Request { read, ..Request::prediction(batch_size, max_binding_bytes) };
        let compiled = compile(model, &WeightLayout::new(model), &request)?;
        let weights = DeviceWeights::upload(gpu, model)?;
        let pool = Pool::allocate(gpu, &[&compiled])?;
        let resources = Resources {
            weights: &weights,
            gradients: None,
            images: &[],
            labels: None,
            order: None,
            ring: None,
            steps: None,
        };
        let plan = compiled.prepare(gpu, "predict", &resources, &pool)?;
        let largest = model.nodes().iter().map(|node| node.shape.elements()).max().unwrap_or(1);
        let readback_bytes = (batch_size * largest) as u64 * ELEMENT_BYTES;
        // Larger tensors come back in pieces.
        let readback = Readback::new(gpu, "predict: readback", Buffer::size_for(readback_bytes.min(16 << 20)))?;
        let (gpu, model, sample) = (gpu.clone(), model.clone(), model.input_shape().elements());
        Ok(Self { gpu, model, weights, plan, readback, sample })
    }

    /// Takes over the weights that the model has now.
    pub fn refresh(&self) -> Result<(), TrainError> {
        Ok(self.weights.write(&self.gpu, &self.model)?)
    }

    /// The model's first output for each image: shape (images, output shape). `images` has shape (images, input
    /// shape), pixels from 0 to 1.
    pub async fn predict(&self, images: &[f32]) -> Result<Vec<f32>, TrainError> {
        let mut outputs = self.predict_layers(images, &[Request::OUTPUT]).await?;
        Ok(outputs.pop().unwrap_or_default())
    }

    /// The outputs of these layers, which must be the model's output or have been asked for.
    pub async fn predict_layers(&self, images: &[f32], layers: &[&str]) -> Result<Vec<Vec<f32>>, TrainError> {
        if !images.len().is_multiple_of(self.sample) {
            return Err(TrainError::Samples { given: images.len(), sample: self.sample });
        }
        let mut outputs = vec![Vec::new(); layers.len()];
        let batch = self.plan.batch_size();
        for chunk in images.chunks(batch * self.sample) {
            let count = chunk.len() / self.sample;
            let mut padded = chunk.to_vec();
            padded.resize(batch * self.sample, 0.0);
            self.plan.write(&self.gpu, Request::IMAGES, &padded)?;
            let mut submission = self.gpu.begin("predict");
            self.plan.run(&mut submission, 0);
            submission.submit()?;
            for (output, layer) in outputs.iter_mut().zip(layers) {
                let values: Vec<f32> = self.plan.read(&self.readback, layer).await?;
                output.extend_from_slice(&values[..values.len() / batch * count]);
            }
        }
        Ok(outputs)
    }
}
