//! `ocellus summary`: a model's layers, weights, work and memory.

use std::io::Write;
use std::path::Path;

use clap::Args;

use super::{CliError, model_argument};
use crate::data::{catalogue, folder};
use crate::gpu::LimitsRequest;
use crate::model::{BUILTIN_NAMES, grouped, size};
use crate::train::{DataConfig, ModelSource, TrainOptions, prediction_memory, training_memory};

/// The options of `ocellus summary`.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// A name of the program's models, a configuration (.toml), weights (.safetensors; lecture-cifar10 for those in the
    /// program) or a run's folder
    #[arg(value_name = "MODEL|FILE|RUN")]
    model: String,
    /// The pictures, for models that declare no input: height, width and channels [default: those of the file's dataset,
    /// for a folder of pictures its image_size, else 32x32x3]
    #[arg(long, value_name = "HxWxC", value_parser = picture_shape)]
    input: Option<[usize; 3]>,
    /// The number of classes, for the program's own models [default: that of the file's dataset, else 10]
    #[arg(long, value_name = "N")]
    classes: Option<usize>,
    /// Samples per step, for the memory [default: the file's, else 32]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    batch_size: Option<usize>,
    /// Layers whose weights are to stay as they are, beside those that the file freezes
    #[arg(long, value_name = "LAYER,...", value_delimiter = ',')]
    freeze: Vec<String>,
}

pub(super) fn run(options: &Options) -> Result<(), CliError> {
    let config = model_argument::find("MODEL", &options.model)?;
    let batch_size = options.batch_size.unwrap_or(config.training.batch_size);
    CliError::at_least_one("--batch-size", batch_size)?;
    // A model that is named alone is none of a dataset's.
    let alone = BUILTIN_NAMES.contains(&options.model.as_str());
    let data = (!alone).then_some(&config.data);
    let input = options.input.unwrap_or_else(|| shape_of(data));
    let classes = match options.classes {
        Some(classes) => classes,
        None => classes_of(data)?,
    };
    let train_options = TrainOptions { batch_size, ..config.train_options() };
    let source = config.model.unwrap_or_else(|| ModelSource::Builtin("lecture".to_owned()));
    let model = source.build(input, classes)?;
    model.freeze(&config.training.freeze)?;
    model.freeze(&options.freeze)?;
    let limit = LimitsRequest::webgpu_binding_bytes();
    let total = |items: Vec<crate::plan::MemoryItem>| items.iter().map(|item| item.bytes).sum::<u64>();
    let prediction = total(prediction_memory(&model, batch_size, limit).map_err(CliError::Memory)?);
    let mut out = std::io::stdout().lock();
    write!(out, "{}", model.summary())?;
    writeln!(out, " Multiply-adds per image: {}", grouped(model.multiply_adds() as usize))?;
    if model.parameters().1 > 0 {
        let training = total(training_memory(&model, &train_options, limit).map_err(CliError::Memory)?);
        writeln!(
            out,
            " GPU memory to train at batch size {batch_size}: {} (beside the dataset)",
            size(training as usize)
        )?;
    }
    writeln!(out, " GPU memory to predict at batch size {batch_size}: {}", size(prediction as usize))?;
    Ok(())
}

/// The classes of a model where no dataset is spoken of.
const CLASSES: usize = 10;

/// The shape of a dataset's pictures, which are not read.
fn shape_of(data: Option<&DataConfig>) -> [usize; 3] {
    let Some(data) = data else { return folder::DEFAULT_SHAPE };
    let [_, _, channels] = folder::DEFAULT_SHAPE;
    let asked = data.image_size.map(|size| [size.rows, size.columns, channels]);
    catalogue::find(&data.name).ok().map(|set| set.shape).or(asked).unwrap_or(folder::DEFAULT_SHAPE)
}

/// The number of a dataset's classes: for a folder of pictures, where it is there, how many folders it has.
fn classes_of(data: Option<&DataConfig>) -> Result<usize, CliError> {
    let Some(data) = data else { return Ok(CLASSES) };
    if let Ok(set) = catalogue::find(&data.name) {
        return Ok(set.classes);
    }
    match Path::new(&data.name).is_dir() {
        true => Ok(folder::class_names(&data.name)?.len()),
        false => {
            log::warn!("there is no folder {}: {CLASSES} classes are assumed; --classes tells how many", data.name);
            Ok(CLASSES)
        }
    }
}

/// `32x32x3` as height, width and channels.
fn picture_shape(text: &str) -> Result<[usize; 3], String> {
    let extents: Option<Vec<usize>> = text.split('x').map(|extent| extent.parse().ok()).collect();
    let shape: Option<[usize; 3]> = extents.and_then(|extents| extents.try_into().ok());
    shape
        .filter(|shape| shape.iter().all(|&extent| extent > 0))
        .ok_or_else(|| "it must be height, width and channels, such as 32x32x3".to_owned())
}
