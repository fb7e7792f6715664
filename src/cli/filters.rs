//! `ocellus filters`: a convolution layer's kernels, before and after training.

use std::path::PathBuf;

use clap::Args;

use super::CliError;
use super::picture::PictureOptions;
use super::run_argument::{Positionals, Trained, WeightsOptions};
use crate::explain::Kernel;
use crate::model::Model;
use crate::view::{self, Filters};

/// The options of `ocellus filters`.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// A run's folder or a .safetensors file [default: the last run, else the CIFAR-10 weights in the program]
    #[arg(value_name = "RUN")]
    run: Option<PathBuf>,
    #[command(flatten)]
    weights: WeightsOptions,
    /// The layer [default: the first convolution]
    #[arg(long, value_name = "NAME")]
    layer: Option<String>,
    #[command(flatten)]
    picture: PictureOptions,
}

pub(super) fn run(options: &Options) -> Result<(), CliError> {
    let run = Positionals::without_pictures(options.run.as_slice())?;
    let trained = Trained::load(run.as_deref(), &options.weights)?;
    let layer = trained.layer_or_first_convolution(options.layer.as_deref())?;
    let kernels = Kernel::of_layer(&trained.model, &layer)?;
    let file = options.picture.begin(trained.run.as_deref(), "filters.png")?;
    let initial = initial_kernels(&trained, &layer)?;
    let filters =
        Filters { kernels: &kernels, initial: initial.as_deref(), in_color: is_in_color(&trained.model, &layer)? };
    let title = format!("Filters of {layer}, {}", trained.name);
    file.finish(&view::filters(&filters, &title)?)
}

/// The layer's kernels before training; none, with the reason on the standard error, where it is not known what they were.
fn initial_kernels(trained: &Trained, layer: &str) -> Result<Option<Vec<Kernel>>, CliError> {
    let Some(settings) = &trained.settings else {
        log::warn!("{} tells of no training, so the filters before it are not shown", trained.name);
        return Ok(None);
    };
    match settings.initial_model(&trained.model) {
        Ok(model) => Ok(Some(Kernel::of_layer(&model, layer)?)),
        Err(error) => {
            log::warn!("the filters before training are not shown: {error}");
            Ok(None)
        }
    }
}

/// Whether the layer sees the red, green and blue of pictures.
fn is_in_color(model: &Model, layer: &str) -> Result<bool, CliError> {
    let node = &model.nodes()[model.find(layer)?];
    Ok(node.inputs.iter().all(|input| model.inputs().contains(input)) && model.input_shape().channels() == 3)
}
