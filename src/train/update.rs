//! The optimizer's step over all weights, where the step's loss, gradients and moving statistics are finite.

use super::{Optimizer, TrainError};
use crate::gpu::{Buffer, Gpu, Prepared, Recording, Submission, View};
use crate::ops::{ELEMENT_BYTES, Finite, GlobalNorm, OptimizerStep, StepRecord};
use crate::plan::{DeviceWeights, MemoryItem, Request, WeightLayout};

/// The optimizer's commands and the bytes they need, before anything is allocated.
#[derive(Clone)]
pub(super) struct UpdatePlan {
    recording: Recording,
    /// The buffers after those that are given: name and bytes. The moments come first, then what is halted by and kept.
    buffers: Vec<(String, u64)>,
    moments: usize,
    /// The moving statistics among the weights that are not trained.
    moving: std::ops::Range<u64>,
}

/// The environment variable that leaves the watch for NaN out, to measure what it costs. For tests/cost.sh only.
const UNWATCHED: &str = "OCELLUS_TEST_UNWATCHED";

/// Slots of buffers that are given: weights, gradients, the metrics' ring, and what is not trained.
const GIVEN: usize = 4;

/// The optimizer's step, ready to run.
pub(super) struct Update {
    prepared: Prepared,
    moments: Vec<Buffer>,
    /// 1 from the first step on whose numbers were not finite.
    halted: Buffer,
    /// The moving statistics as they were after the last step.
    kept: Buffer,
    moving: std::ops::Range<u64>,
}

impl UpdatePlan {
    /// The commands of `optimizer` over weights that stand as `layout` says.
    pub(super) fn new(optimizer: &Optimizer, layout: &WeightLayout) -> Self {
        let weight_bytes = layout.trainable_bytes();
        let mut plan = Self {
            recording: Recording::default(),
            buffers: Vec::new(),
            moments: 0,
            moving: layout.moving_statistics(),
        };
        let elements = (weight_bytes / ELEMENT_BYTES) as usize;
        plan.recording.enter("optimizer");
        let view = |slot, bytes| View { slot, offset: 0, bytes };
        let (weights, gradients) = (view(0, weight_bytes), view(1, weight_bytes));
        let ring = view(2, Request::RING_BYTES);
        let step = OptimizerStep {
            rule: optimizer.update_rule(),
            elements,
            weight_decay: optimizer.weight_decay.map(|decay| decay as f32),
            global_clipnorm: optimizer.global_clipnorm.map(|norm| norm as f32),
        };
        plan.moments = step.rule.moments();
        let moments: Vec<View> =
            (0..plan.moments).map(|number| plan.buffer(&format!("moment {number}"), weight_bytes)).collect();
        let halted = plan.buffer("halted", ELEMENT_BYTES);
        let moving_bytes = plan.moving.end - plan.moving.start;
        let kept = plan.buffer("moving statistics, kept", moving_bytes);
        let norm = optimizer.global_clipnorm.filter(|_| elements > 0).map(|_| {
            let op = GlobalNorm { elements };
            let scratch = plan.buffer("gradients' norm: parts", op.scratch_bytes());
            let norm = plan.buffer("gradients' norm", ELEMENT_BYTES);
            op.record(&mut plan.recording, gradients, scratch, norm);
            norm
        });
        let moving = View { slot: 3, offset: plan.moving.start, bytes: moving_bytes };
        let moving = Some((moving, (moving_bytes / ELEMENT_BYTES) as usize)).filter(|(_, elements)| *elements > 0);
        // The norm may overflow where no gradient does; and so may a batch's variance, which makes the layer's output 0.
        let watched = [Some((gradients, elements)), norm.map(|norm| (norm, 1)), moving];
        let watches = std::env::var_os(UNWATCHED).is_none();
        if !watches {
            log::warn!("{UNWATCHED} is set: NaN and infinite numbers are not looked for, as a measurement may want it");
        }
        for (watched, elements) in watched.into_iter().flatten().filter(|_| watches) {
            let finite = Finite { elements };
            let scratch = plan.buffer("watch for NaN", finite.scratch_bytes());
            finite.record(&mut plan.recording, watched, scratch, ring, halted);
        }
        if let Some((moving, elements)) = moving {
            Finite::roll_back(&mut plan.recording, elements, halted, moving, kept);
        }
        if elements > 0 {
            step.record(&mut plan.recording, weights, gradients, &moments, norm, halted);
        }
        plan
    }

    fn buffer(&mut self, name: &str, bytes: u64) -> View {
        self.buffers.push((name.to_owned(), bytes));
        View { slot: GIVEN + self.buffers.len() - 1, offset: 0, bytes }
    }

    pub(super) fn recording(&self) -> &Recording {
        &self.recording
    }

    pub(super) fn memory(&self) -> Vec<MemoryItem> {
        let item = |label: &str, bytes| MemoryItem { label: label.to_owned(), bytes: Buffer::size_for(bytes) };
        let mut items: Vec<MemoryItem> = self.buffers.iter().map(|(name, bytes)| item(name, *bytes)).collect();
        items.push(item("optimizer: uniforms", self.recording.parameter_bytes()));
        items
    }

    pub(super) fn allocate(
        &self,
        gpu: &Gpu,
        weights: &DeviceWeights,
        gradients: &Buffer,
        ring: &Buffer,
        steps: &Buffer,
    ) -> Result<Update, TrainError> {
        let given: [&Buffer; GIVEN] = [weights.trainable(), gradients, ring, weights.state()];
        let mut buffers: Vec<Buffer> = given.into_iter().cloned().collect();
        for (name, bytes) in &self.buffers {
            buffers.push(Buffer::storage(gpu, name, *bytes)?);
        }
        let prepared = gpu.prepare("optimizer", &self.recording, &buffers, Some((steps, StepRecord::BYTES)))?;
        let own = &buffers[GIVEN..];
        let update = Update {
            prepared,
            moments: own[..self.moments].to_vec(),
            halted: own[self.moments].clone(),
            kept: own[self.moments + 1].clone(),
            moving: self.moving.clone(),
        };
        update.keep(gpu, weights)?;
        Ok(update)
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

    /// Takes the moving statistics that are in `weights` now for those after the last step.
    pub(super) fn keep(&self, gpu: &Gpu, weights: &DeviceWeights) -> Result<(), TrainError> {
        self.copy_moving(gpu, (weights.state(), self.moving.start), (&self.kept, 0))
    }

    /// Gives `weights` the moving statistics of after the last step that counted.
    pub(super) fn roll_back(&self, gpu: &Gpu, weights: &DeviceWeights) -> Result<(), TrainError> {
        self.copy_moving(gpu, (&self.kept, 0), (weights.state(), self.moving.start))
    }

    fn copy_moving(&self, gpu: &Gpu, from: (&Buffer, u64), to: (&Buffer, u64)) -> Result<(), TrainError> {
        if self.moving.is_empty() {
            return Ok(());
        }
        let mut submission = gpu.begin("moving statistics");
        submission.copy(from.0, from.1, to.0, to.1, self.moving.end - self.moving.start);
        submission.submit()?;
        Ok(())
    }

    /// Lets steps count again after one whose numbers were not finite.
    pub(super) fn go_on(&self, gpu: &Gpu) -> Result<(), TrainError> {
        Ok(self.halted.write(gpu, 0, &[0_u32])?)
    }
}
