//! `ocellus predict`: what a trained model takes pictures for.

mod drawing;
mod layer;
mod words;

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::CliError;
use super::bar::Bar;
use super::output::{Output, is_standard};
use super::pictures::Pictures;
use super::run_argument::{Positionals, Trained, WeightsOptions};
use super::split::SplitOptions;
use crate::gpu::{AdapterRequest, Gpu};
use crate::ops::KernelChoice;
use crate::train::{PredictOptions, Predictor};
use drawing::DrawingOptions;

/// The options of `ocellus predict`.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Pictures of any size, PNG or JPEG; and the model: a run's folder, a .safetensors file, or lecture-cifar10 for the
    /// weights in the program [default: the last run, else these weights]
    #[arg(value_name = "RUN|PICTURE")]
    arguments: Vec<PathBuf>,
    #[command(flatten)]
    weights: WeightsOptions,
    #[command(flatten)]
    split: SplitOptions,
    /// Pictures at a time
    #[arg(long, value_name = "N", default_value_t = 32, allow_negative_numbers = true)]
    batch_size: usize,
    /// How many classes to tell of each picture
    #[arg(long, value_name = "N", default_value_t = 3, allow_negative_numbers = true)]
    top: usize,
    /// Write all probabilities as a table to a file, - for the standard output
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Write this layer's values instead, to the file of --npy
    #[arg(long, value_name = "NAME", requires = "npy")]
    #[arg(conflicts_with_all = ["csv", "json", "grid", "mistakes", "seed", "output", "show"])]
    layer: Option<String>,
    /// The file for the layer's values, as NumPy reads it: shape (pictures, height, width, channels); - for the
    /// standard output
    #[arg(long, value_name = "FILE", requires = "layer")]
    npy: Option<PathBuf>,
    #[command(flatten)]
    drawing: DrawingOptions,
}

pub(super) async fn run(options: &Options, adapter: &AdapterRequest) -> Result<(), CliError> {
    if options.json && options.csv.as_deref().is_some_and(is_standard) {
        return Err(CliError::TwoOutputs { first: "--csv -", second: "--json" });
    }
    CliError::at_least_one("--top", options.top)?;
    CliError::at_least_one("--batch-size", options.batch_size)?;
    let kernels = KernelChoice::from_environment()?.unwrap_or_default();
    let Positionals { run, pictures } = Positionals::new(&options.arguments)?;
    let drawn = options.drawing.any();
    match (pictures.is_empty(), options.split.any()) {
        // Without a word of what to draw, it is the run's data.
        (true, false) if !drawn => return Err(CliError::NothingToPredict),
        (false, true) => return Err(CliError::PicturesAndData),
        (false, false) => options.drawing.refuse_choice(pictures.len())?,
        _ => {}
    }
    let trained = Trained::load(run.as_deref(), &options.weights)?;
    let layers = options.layer.iter().map(|name| trained.layer(name)).collect::<Result<Vec<_>, _>>()?;
    let alone = drawn && options.csv.is_none() && !options.json;
    let pictures = match pictures.as_slice() {
        [] => Pictures::Dataset(options.drawing.narrow(options.split.open(&trained)?, alone)?),
        files => Pictures::read(&trained, files)?,
    };
    // Begun before the work, so that it is not in vain where it cannot be written.
    let create = |path: &Option<PathBuf>| path.as_deref().map(Output::create).transpose();
    let (csv, npy) = (create(&options.csv)?, create(&options.npy)?);
    let drawing = drawn.then(|| options.drawing.begin(&trained)).transpose()?;
    let gpu = Gpu::open(adapter).await?;
    // No more at a time than there are.
    let batch_size = options.batch_size.min(pictures.len());
    let predict = PredictOptions { batch_size, layers, kernels };
    let predictor = Predictor::with_options(&gpu, &trained.model, &predict).map_err(CliError::Predict)?;
    if let (Some(layer), Some(output)) = (&options.layer, npy) {
        return layer::write(&predictor, &trained, layer, &pictures, output).await;
    }
    let predictions = predictor.classify(pictures.pixels(), &Bar::new()).await.map_err(CliError::Predict)?;
    let classes = trained.class_names();
    let listed = csv.is_none() && !options.json && !drawn;
    if let Some(output) = csv {
        words::write_table(output, &pictures, &predictions, &classes)?;
    }
    let mut out = std::io::stdout();
    if options.json {
        writeln!(out, "{}", words::json(&trained, &pictures, &predictions, &classes, options.top)?)?;
    }
    if listed {
        write!(out, "{}", words::describe(&pictures, &predictions, &classes, options.top))?;
    }
    if let Some(file) = drawing {
        options.drawing.finish(file, &trained, &pictures, &predictions, options.top)?;
    }
    Ok(())
}
