//! The GPU memory of a model, told without a device.

use super::update::UpdatePlan;
use super::{TrainError, TrainOptions};
use crate::gpu::Buffer;
use crate::model::Model;
use crate::plan::{Loss, MemoryItem, Mode, Pool, Request, Wanted, WeightLayout, compile};

/// The GPU memory, part by part, that steps of training take beside the dataset: weights, gradients, the optimizer's
/// moments, intermediate tensors, one batch of images. `max_binding_bytes` is the device's limit; WebGPU's default is
/// 128 MiB.
pub fn training_memory(
    model: &Model,
    options: &TrainOptions,
    max_binding_bytes: u64,
) -> Result<Vec<MemoryItem>, TrainError> {
    options.check()?;
    let layout = WeightLayout::new(model);
    let request = Request {
        mode: Mode::Training,
        loss: Some(Loss { label_smoothing: options.label_smoothing as f32 }),
        gradients: Wanted { weights: true, layers: Vec::new() },
        kernels: options.kernels,
        fusion: options.fusion,
        ..Request::prediction(options.batch_size, max_binding_bytes)
    };
    let mut items = plan_memory(model, &layout, &request)?;
    let gradients = Buffer::size_for(layout.trainable_bytes());
    items.push(MemoryItem { label: "gradients".to_owned(), bytes: gradients });
    items.extend(UpdatePlan::new(&options.optimizer, &layout).memory());
    Ok(items)
}

/// The GPU memory, part by part, that prediction of so many images at a time takes.
pub fn prediction_memory(
    model: &Model,
    batch_size: usize,
    max_binding_bytes: u64,
) -> Result<Vec<MemoryItem>, TrainError> {
    plan_memory(model, &WeightLayout::new(model), &Request::prediction(batch_size, max_binding_bytes))
}

fn plan_memory(model: &Model, layout: &WeightLayout, request: &Request) -> Result<Vec<MemoryItem>, TrainError> {
    let compiled = compile(model, layout, request)?;
    let mut items = layout.memory();
    items.push(Pool::memory(&[&compiled]));
    items.extend(compiled.memory());
    Ok(items)
}
