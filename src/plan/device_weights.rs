//! A model's weights on the GPU.

use super::layout::{Place, Section};
use super::{PlanError, WeightLayout};
use crate::gpu::{Buffer, Gpu, Readback};
use crate::model::Model;

/// The weights of a model on the GPU, shared by all plans of it.
#[derive(Clone, Debug)]
pub struct DeviceWeights {
    layout: WeightLayout,
    trainable: Buffer,
    state: Buffer,
}

impl DeviceWeights {
    /// The weights that `model` has now.
    pub fn upload(gpu: &Gpu, model: &Model) -> Result<Self, PlanError> {
        Self::upload_as(gpu, model, WeightLayout::new(model))
    }

    /// The same where plans have been made that know the weights by `layout`; a layer's `trainable` may have changed
    /// since.
    pub fn upload_as(gpu: &Gpu, model: &Model, layout: WeightLayout) -> Result<Self, PlanError> {
        let trainable = Buffer::storage(gpu, "weights", layout.trainable_bytes())?;
        let state = Buffer::storage(gpu, "state", layout.state_bytes())?;
        let weights = Self { layout, trainable, state };
        weights.write(gpu, model)?;
        Ok(weights)
    }

    /// Replaces the weights by those that `model` has now.
    pub fn write(&self, gpu: &Gpu, model: &Model) -> Result<(), PlanError> {
        for (name, _, values) in model.weights() {
            if let Some(place) = self.layout.place(&name) {
                self.buffer(place).write(gpu, place.offset, &values)?;
            }
        }
        Ok(())
    }

    /// Brings the weights back into `model`.
    pub async fn download(&self, readback: &Readback, model: &Model) -> Result<(), PlanError> {
        for (name, values) in self.read_like(readback, model, &self.trainable).await? {
            model.set_weight(&name, values)?;
        }
        for (name, _, _) in model.weights() {
            if let Some(place) = self.layout.place(&name).filter(|place| place.section == Section::State) {
                let bytes = readback.read(&self.state, place.offset, place.bytes).await?;
                model.set_weight(&name, bytemuck::pod_collect_to_vec(&bytes))?;
            }
        }
        Ok(())
    }

    /// The trainable weights' ranges of `buffer`, which has their layout: the gradients or a moment; by weight's name.
    pub async fn read_like(
        &self,
        readback: &Readback,
        model: &Model,
        buffer: &Buffer,
    ) -> Result<Vec<(String, Vec<f32>)>, PlanError> {
        let bytes = readback.read(buffer, 0, self.layout.trainable_bytes()).await?;
        let mut values = Vec::new();
        for (name, ..) in model.weights() {
            if let Some(place) = self.layout.place(&name).filter(|place| place.section == Section::Trainable) {
                let range = place.offset as usize..(place.offset + place.bytes) as usize;
                values.push((name, bytemuck::pod_collect_to_vec(&bytes[range])));
            }
        }
        Ok(values)
    }

    /// Where each weight stands.
    pub fn layout(&self) -> &WeightLayout {
        &self.layout
    }

    /// The buffer of the trainable weights.
    pub fn trainable(&self) -> &Buffer {
        &self.trainable
    }

    /// The buffer of everything else.
    pub fn state(&self) -> &Buffer {
        &self.state
    }

    fn buffer(&self, place: Place) -> &Buffer {
        match place.section {
            Section::Trainable => &self.trainable,
            Section::State => &self.state,
        }
    }
}
