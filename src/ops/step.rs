//! What changes from one training step to the next.

/// The record of one step, which kernels read as their `step` uniform (`shaders/common/step.wgsl`).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct StepRecord {
    /// The optimizer's iterations before this one: 0 for the first.
    pub iteration: u32,
    /// Where the batch begins in the epoch's order.
    pub first_sample: u32,
    /// The slot of the metrics' ring that the step writes.
    pub slot: u32,
    /// The seed of the step's random numbers.
    pub seed: u32,
    /// The learning rate.
    pub learning_rate: f32,
    /// Adam's `sqrt(1 - beta_2^t) / (1 - beta_1^t)` for t = iteration + 1; 1 for other optimizers.
    pub bias_correction: f32,
    /// Fills up the uniform's 16-byte rows.
    pub padding: [u32; 2],
}

impl StepRecord {
    /// Bytes of a record in the shader.
    pub const BYTES: u64 = size_of::<Self>() as u64;
    /// Bytes from one record to the next: dynamic offsets must be aligned.
    pub const STRIDE: u64 = crate::gpu::OFFSET_ALIGNMENT;
}
