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
        for (name, values) in self.read(readback, model).await? {
            model.set_weight(&name, values)?;
        }
        Ok(())
    }

    /// All weights of `model` by their names, as they are on the device.
    pub async fn read(&self, readback: &Readback, model: &Model) -> Result<Vec<(String, Vec<f32>)>, PlanError> {
        let mut values = self.read_like(readback, model, &self.trainable).await?;
        let state = readback.read(&self.state, 0, self.layout.state_bytes()).await?;
        values.extend(self.ranges(model, Section::State, &state));
        Ok(values)
    }

    /// The trainable weights' ranges of `buffer`, which has their layout: the gradients or a moment; by weight's name.
    pub async fn read_like(
        &self,
        readback: &Readback,
        model: &Model,
        buffer: &Buffer,
    ) -> Result<Vec<(String, Vec<f32>)>, PlanError> {
        let bytes = readback.read(buffer, 0, self.layout.trainable_bytes()).await?;
        Ok(self.ranges(model, Section::Trainable, &bytes))
    }

    /// Gives `buffer`, which has the layout of the trainable weights, the values that `values` has for each by its name.
    pub fn write_like<'a>(
        &self,
        gpu: &Gpu,
        model: &Model,
        buffer: &Buffer,
        values: impl Fn(&str) -> Option<&'a [f32]>,
    ) -> Result<(), PlanError> {
        for (name, ..) in model.weights() {
            if let Some(place) = self.layout.place(&name).filter(|place| place.section == Section::Trainable)
                && let Some(values) = values(&name)
            {
                buffer.write(gpu, place.offset, values)?;
            }
        }
        Ok(())
    }

    /// The weights of a section by their names, out of the bytes of its buffer.
    fn ranges(&self, model: &Model, section: Section, bytes: &[u8]) -> Vec<(String, Vec<f32>)> {
        let weights = model.weights().into_iter().filter_map(|(name, ..)| {
            let place = self.layout.place(&name).filter(|place| place.section == section)?;
            let range = place.offset as usize..(place.offset + place.bytes) as usize;
            Some((name, bytemuck::pod_collect_to_vec(&bytes[range])))
        });
        weights.collect()
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
