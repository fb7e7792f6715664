//! `ocellus summary`: a model's layers, weights, work and memory.

use std::io::Write;

use clap::Args;

use super::{CliError, model_argument};
use crate::gpu::LimitsRequest;
use crate::model::{grouped, size};
use crate::train::{TrainOptions, prediction_memory, training_memory};

/// The options of `ocellus summary`.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// A name of the program's models, a configuration (.toml), weights (.safetensors) or a run's folder
    #[arg(value_name = "MODEL|FILE|RUN")]
    model: String,
    /// The pictures, for models that declare no input: height, width and channels
    #[arg(long, value_name = "HxWxC", default_value = "32x32x3", value_parser = picture_shape)]
    input: [usize; 3],
    /// The number of classes, for the program's own models
    #[arg(long, value_name = "N", default_value_t = 10)]
    classes: usize,
    /// Samples per step, for the memory
    #[arg(long, value_name = "N", default_value_t = 32)]
    batch_size: usize,
    /// Layers whose weights are to stay as they are
    #[arg(long, value_name = "LAYER,...", value_delimiter = ',')]
    freeze: Vec<String>,
}

pub(super) fn run(options: &Options) -> Result<(), CliError> {
    let source = model_argument::find("MODEL", &options.model)?;
    let model = model_argument::build(&source, options.input, options.classes)?;
    model.freeze(&options.freeze)?;
    let limit = LimitsRequest::webgpu_binding_bytes();
    let batch_size = options.batch_size;
    let train_options = TrainOptions { batch_size, ..TrainOptions::default() };
    let total = |items: Vec<crate::plan::MemoryItem>| items.iter().map(|item| item.bytes).sum::<u64>();
    let prediction = total(prediction_memory(&model, batch_size, limit)?);
    let mut out = std::io::stdout().lock();
    write!(out, "{}", model.summary())?;
    writeln!(out, " Multiply-adds per image: {}", grouped(model.multiply_adds() as usize))?;
    if model.parameters().1 > 0 {
        let training = total(training_memory(&model, &train_options, limit)?);
        writeln!(
            out,
            " GPU memory to train at batch size {batch_size}: {} (beside the dataset)",
            size(training as usize)
        )?;
    }
    writeln!(out, " GPU memory to predict at batch size {batch_size}: {}", size(prediction as usize))?;
    Ok(())
}

/// `32x32x3` as height, width and channels.
fn picture_shape(text: &str) -> Result<[usize; 3], String> {
    let extents: Option<Vec<usize>> = text.split('x').map(|extent| extent.parse().ok()).collect();
    let shape: Option<[usize; 3]> = extents.and_then(|extents| extents.try_into().ok());
    shape
        .filter(|shape| shape.iter().all(|&extent| extent > 0))
        .ok_or_else(|| "it must be height, width and channels, such as 32x32x3".to_owned())
}
