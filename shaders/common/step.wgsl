// What changes from one training step to the next (ops/step.rs).
struct Step {
    iteration: u32,
    first_sample: u32,
    slot: u32,
    seed: u32,
    learning_rate: f32,
    bias_correction: f32,
    padding_0: u32,
    padding_1: u32,
}
