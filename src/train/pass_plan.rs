//! A pass through a dataset before anything of it is on the device.

use super::TrainError;
use super::metrics_ring::MetricsRing;
use super::pass::Pass;
use crate::data::{Dataset, ResidentLayout};
use crate::gpu::{Buffer, Gpu};
use crate::model::Model;
use crate::plan::{
    Compiled, DeviceWeights, ImageSource, MemoryItem, PlanError, Pool, Request, Resources, WeightLayout, compile,
};

/// A pass before anything is allocated.
#[derive(Clone)]
pub(super) struct PassPlan {
    layout: ResidentLayout,
    samples: usize,
    batch_size: usize,
    /// The plan of whole batches, where there is one.
    full: Option<Compiled>,
    /// The plan of the last, smaller batch, where there is one.
    partial: Option<Compiled>,
}

impl PassPlan {
    /// The plans for `dataset`; `request` tells everything but batch size and images.
    pub(super) fn new(
        model: &Model,
        weights: &WeightLayout,
        dataset: &Dataset,
        request: &Request,
    ) -> Result<Self, TrainError> {
        check_dataset(model, dataset)?;
        let layout = ResidentLayout::new(dataset, request.max_binding_bytes);
        Ok(Self::planned(model, weights, layout, dataset.len(), request)?)
    }

    /// The plans for the same dataset and another request.
    pub(super) fn for_request(
        &self,
        model: &Model,
        weights: &WeightLayout,
        request: &Request,
    ) -> Result<Self, PlanError> {
        Self::planned(model, weights, self.layout.clone(), self.samples, request)
    }

    fn planned(
        model: &Model,
        weights: &WeightLayout,
        layout: ResidentLayout,
        samples: usize,
        request: &Request,
    ) -> Result<Self, PlanError> {
        let batch_size = request.batch_size;
        let plan = |batch_size: usize| {
            let images = ImageSource::Resident(layout.shards().to_vec());
            compile(model, weights, &Request { batch_size, images, ..request.clone() })
        };
        let full = (samples >= batch_size).then(|| plan(batch_size)).transpose()?;
        let rest = samples % batch_size;
        let partial = (rest > 0).then(|| plan(rest)).transpose()?;
        Ok(Self { layout, samples, batch_size, full, partial })
    }

    pub(super) fn compiled(&self) -> Vec<&Compiled> {
        self.full.iter().chain(&self.partial).collect()
    }

    /// The plan that most steps run: of whole batches, or of the only batch there is.
    pub(super) fn whole(&self) -> Vec<&Compiled> {
        self.full.iter().chain(&self.partial).take(1).collect()
    }

    /// Bytes of the dataset on the GPU.
    pub(super) fn data_bytes(&self) -> u64 {
        self.layout.bytes()
    }

    pub(super) fn memory(&self, name: &str) -> Vec<MemoryItem> {
        let mut items = vec![MemoryItem { label: format!("{name} data"), bytes: self.data_bytes() }];
        for plan in self.compiled() {
            items.extend(plan.memory().into_iter().map(|item| MemoryItem {
                label: format!("{name}, batch of {}: {}", plan.batch_size(), item.label),
                bytes: item.bytes,
            }));
        }
        items
    }

    pub(super) fn allocate(
        &self,
        gpu: &Gpu,
        dataset: &Dataset,
        weights: &DeviceWeights,
        gradients: Option<&Buffer>,
        ring: &MetricsRing,
        pool: &Pool,
    ) -> Result<Pass, TrainError> {
        if !self.layout.fits(dataset) {
            return Err(TrainError::OtherData("training or validation"));
        }
        let dataset = self.layout.upload(gpu, dataset)?;
        let resources = Resources {
            weights,
            gradients,
            images: dataset.images(),
            labels: Some(dataset.labels()),
            order: Some(dataset.order()),
            ring: Some(&ring.ring),
            steps: Some(&ring.steps),
        };
        let prepare = |compiled: &Compiled| compiled.prepare(gpu, "pass", &resources, pool);
        let full = self.full.as_ref().map(prepare).transpose()?;
        let partial = self.partial.as_ref().map(prepare).transpose()?;
        let shards = self.layout.shards().to_vec();
        Ok(Pass { shards, samples: self.samples, batch_size: self.batch_size, full, partial, dataset })
    }
}

/// Whether the model takes the dataset's pictures and tells its classes apart.
pub(super) fn check_dataset(model: &Model, dataset: &Dataset) -> Result<(), TrainError> {
    if model.input_shape().extents() != dataset.shape() {
        return Err(TrainError::Pictures {
            pictures: dataset.shape(),
            model: model.name().to_owned(),
            input: model.input_shape().to_string(),
        });
    }
    let outputs = model.output_shape().channels();
    if outputs < dataset.classes() {
        return Err(TrainError::Classes { classes: dataset.classes(), model: model.name().to_owned(), outputs });
    }
    Ok(())
}
