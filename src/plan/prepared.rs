//! A plan with its buffers, ready to run.

use bytemuck::Pod;

use super::compile::KeptTensor;
use super::compiler::{External, Slot};
use super::{Compiled, DeviceWeights, PlanError, Pool};
use crate::gpu::{Buffer, Gpu, GpuError, Prepared, Readback, Submission};
use crate::ops::{ELEMENT_BYTES, StepRecord};

/// The buffers that plans share; those that a plan does not use may be left out.
#[derive(Clone, Copy, Debug)]
pub struct Resources<'a> {
    /// The model's weights.
    pub weights: &'a DeviceWeights,
    /// Where the gradients of all trainable weights go.
    pub gradients: Option<&'a Buffer>,
    /// The dataset's images, part by part.
    pub images: &'a [Buffer],
    /// The dataset's labels.
    pub labels: Option<&'a Buffer>,
    /// The order in which samples are taken.
    pub order: Option<&'a Buffer>,
    /// Where each step writes its metrics.
    pub ring: Option<&'a Buffer>,
    /// The step records.
    pub steps: Option<&'a Buffer>,
}

/// A plan that can run as often as wanted.
pub struct Plan {
    prepared: Prepared,
    kept: Vec<(KeptTensor, Buffer)>,
    batch_size: usize,
}

impl Compiled {
    /// Allocates what [`Compiled::memory`] lists, compiles the kernels and binds everything.
    pub fn prepare(&self, gpu: &Gpu, label: &str, resources: &Resources<'_>, pool: &Pool) -> Result<Plan, PlanError> {
        let mut buffers = Vec::new();
        let mut new_slots = Vec::new();
        for (slot, place) in self.slots() {
            let buffer = match slot {
                Slot::External(external) => Some(resources.get(*external)?),
                Slot::Kept { name, bytes } => Some(Buffer::storage(gpu, name, *bytes)?),
                Slot::Intermediate { .. } => place.and_then(|place| pool.buffer(place)).cloned(),
            };
            // A tensor that no command binds has no buffer, and no command asks for it.
            new_slots.push(buffers.len());
            buffers.extend(buffer);
        }
        let mut recording = self.recording().clone();
        recording.map_slots(|slot| new_slots[slot]);
        let steps = resources.steps.map(|steps| (steps, StepRecord::BYTES));
        let prepared = gpu.prepare(label, &recording, &buffers, steps)?;
        let kept = self.tensors().iter().map(|tensor| (tensor.clone(), buffers[new_slots[tensor.view.slot]].clone()));
        Ok(Plan { prepared, kept: kept.collect(), batch_size: self.batch_size() })
    }
}

impl Resources<'_> {
    fn get(&self, external: External) -> Result<Buffer, PlanError> {
        let found = match external {
            External::Trainable => Some(self.weights.trainable()),
            External::State => Some(self.weights.state()),
            External::Gradients => self.gradients,
            External::Images(part) => self.images.get(part),
            External::Labels => self.labels,
            External::Order => self.order,
            External::Ring => self.ring,
        };
        found.cloned().ok_or_else(|| {
            let reason = format!("the plan needs {external:?}, which it was not given");
            PlanError::Gpu(GpuError::Command { command: "prepare".to_owned(), reason })
        })
    }
}

impl Plan {
    /// Samples at a time.
    pub fn batch_size(&self) -> usize {
        self.batch_size
    }

    /// The commands, at the places that they have in [`Compiled::recording`].
    pub fn prepared(&self) -> &Prepared {
        &self.prepared
    }

    /// Appends a run to `submission`, with the step record of this number.
    pub fn run(&self, submission: &mut Submission, record: usize) {
        submission.replay(&self.prepared, (record as u64 * StepRecord::STRIDE) as u32);
    }

    /// Writes a tensor that the host provides: [`Request::IMAGES`](super::Request::IMAGES), `LABELS` or `SEED`.
    pub fn write<T: Pod>(&self, gpu: &Gpu, name: &str, values: &[T]) -> Result<(), PlanError> {
        let (tensor, buffer) = self.find(name)?;
        let (bytes, given) = (tensor.elements * ELEMENT_BYTES as usize, size_of_val(values));
        if given != bytes {
            let reason = format!("'{name}' has {bytes} bytes, four an element; {given} were given");
            return Err(PlanError::Gpu(GpuError::Command { command: "write".to_owned(), reason }));
        }
        Ok(buffer.write(gpu, 0, values)?)
    }

    /// Reads a tensor that was asked for: a layer's output by its name, or its gradient as `gradient of NAME`.
    pub async fn read<T: Pod>(&self, readback: &Readback, name: &str) -> Result<Vec<T>, PlanError> {
        let (tensor, buffer) = self.find(name)?;
        let bytes = readback.read(buffer, 0, tensor.elements as u64 * ELEMENT_BYTES).await?;
        Ok(bytemuck::pod_collect_to_vec(&bytes))
    }

    /// Appends to `submission` the copy of the first `samples` samples of a tensor that was asked for into `readback`,
    /// which has room for them; [`Readback::receive_into`] waits for them.
    pub fn request(
        &self,
        submission: &mut Submission,
        readback: &Readback,
        name: &str,
        samples: usize,
    ) -> Result<(), PlanError> {
        let (tensor, buffer) = self.find(name)?;
        let bytes = (tensor.elements / self.batch_size * samples) as u64 * ELEMENT_BYTES;
        if samples > self.batch_size || bytes > readback.capacity() {
            let reason = format!("{samples} samples of '{name}' have {bytes} bytes; {} fit", readback.capacity());
            return Err(PlanError::Gpu(GpuError::Command { command: "read".to_owned(), reason }));
        }
        readback.request(submission, buffer, 0, bytes);
        Ok(())
    }

    fn find(&self, name: &str) -> Result<&(KeptTensor, Buffer), PlanError> {
        self.kept.iter().find(|(tensor, _)| tensor.name == name).ok_or_else(|| {
            let names: Vec<&str> = self.kept.iter().map(|(tensor, _)| tensor.name.as_str()).collect();
            let reason = format!("'{name}' was not asked for; there are: {}", names.join(", "));
            PlanError::Gpu(GpuError::Command { command: "read".to_owned(), reason })
        })
    }
}
