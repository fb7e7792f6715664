//! The optimizer's step over all weights.

use super::{Optimizer, TrainError};
use crate::gpu::{Buffer, Gpu, Prepared, Recording, Submission, View};
use crate::ops::{ELEMENT_BYTES, GlobalNorm, OptimizerStep, StepRecord};
use crate::plan::{DeviceWeights, MemoryItem};

/// The optimizer's commands and the bytes they need, before anything is allocated.
pub(super) struct UpdatePlan {
    recording: Recording,
    /// The buffers after weights and gradients: name and bytes; the moments come first.
    buffers: Vec<(String, u64)>,
    moments: usize,
}

/// The optimizer's step, ready to run.
pub(super) struct Update {
    prepared: Prepared,
    moments: Vec<Buffer>,
}

impl UpdatePlan {
    /// The commands of `optimizer` over weights of so many bytes.
    pub(super) fn new(optimizer: &Optimizer, weight_bytes: u64) -> Self {
        let mut plan = Self { recording: Recording::default(), buffers: Vec::new(), moments: 0 };
        let elements = (weight_bytes / ELEMENT_BYTES) as usize;
        if elements == 0 {
            return plan;
        }
        plan.recording.enter("optimizer");
        let view = |slot| View { slot, offset: 0, bytes: weight_bytes };
        let (weights, gradients) = (view(0), view(1));
        let step = OptimizerStep {
            rule: optimizer.update_rule(),
            elements,
            weight_decay: optimizer.weight_decay.map(|decay| decay as f32),
            global_clipnorm: optimizer.global_clipnorm.map(|norm| norm as f32),
        };
        let moments: Vec<View> =
            (0..step.rule.moments()).map(|number| plan.buffer(&format!("moment {number}"), weight_bytes)).collect();
        plan.moments = moments.len();
        let norm = optimizer.global_clipnorm.map(|_| {
            let op = GlobalNorm { elements };
            let scratch = plan.buffer("gradients' norm: parts", op.scratch_bytes());
            let norm = plan.buffer("gradients' norm", ELEMENT_BYTES);
            op.record(&mut plan.recording, gradients, scratch, norm);
            norm
        });
        step.record(&mut plan.recording, weights, gradients, &moments, norm);
        plan
    }

    fn buffer(&mut self, name: &str, bytes: u64) -> View {
        self.buffers.push((name.to_owned(), bytes));
        // Slots 0 and 1 are the weights and the gradients.
        View { slot: self.buffers.len() + 1, offset: 0, bytes }
    }

    pub(super) fn recording(&self) -> &Recording {
        &self.recording
    }

    pub(super) fn memory(&self) -> Vec<MemoryItem> {
        let mut items: Vec<MemoryItem> = self
            .buffers
            .iter()
            .map(|(name, bytes)| MemoryItem { label: name.clone(), bytes: Buffer::size_for(*bytes) })
            .collect();
        let uniforms = self.recording.parameter_bytes();
        if uniforms > 0 {
            items.push(MemoryItem { label: "optimizer: uniforms".to_owned(), bytes: Buffer::size_for(uniforms) });
        }
        items
    }

    pub(super) fn allocate(
        &self,
        gpu: &Gpu,
        weights: &DeviceWeights,
        gradients: &Buffer,
        steps: &Buffer,
    ) -> Result<Update, TrainError> {
        let mut buffers = vec![weights.trainable().clone(), gradients.clone()];
        for (name, bytes) in &self.buffers {
            buffers.push(Buffer::storage(gpu, name, *bytes)?);
        }
        let prepared = gpu.prepare("optimizer", &self.recording, &buffers, Some((steps, StepRecord::BYTES)))?;
        let moments = buffers.into_iter().skip(2).take(self.moments).collect();
        Ok(Update { prepared, moments })
    }
}

impl Update {
    /// What the optimizer remembers: each like the weights.
    pub(super) fn moments(&self) -> &[Buffer] {
        &self.moments
    }

    /// The commands, at the places that they have in [`UpdatePlan::recording`].
    pub(super) fn prepared(&self) -> &Prepared {
        &self.prepared
    }

    /// Appends the step with the record of this number.
    pub(super) fn run(&self, submission: &mut Submission, record: usize) {
        submission.replay(&self.prepared, (record as u64 * StepRecord::STRIDE) as u32);
    }
}
