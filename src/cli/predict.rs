//! `ocellus predict`: what a trained model takes pictures for.

use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use rayon::prelude::*;
use serde::Serialize;

use super::CliError;
use super::bar::Bar;
use super::output::{Output, is_standard, write_csv};
use super::run_argument::{Positionals, Trained, WeightsOptions};
use super::split::SplitOptions;
use crate::data::{Unit, Watch, picture};
use crate::gpu::{AdapterRequest, Gpu};
use crate::npy;
use crate::ops::KernelChoice;
use crate::settings::suggestion;
use crate::train::{PredictOptions, Predictions, Predictor};

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
    #[arg(long, value_name = "NAME", requires = "npy", conflicts_with_all = ["csv", "json"])]
    layer: Option<String>,
    /// The file for the layer's values, as NumPy reads it: shape (pictures, height, width, channels); - for the
    /// standard output
    #[arg(long, value_name = "FILE", requires = "layer")]
    npy: Option<PathBuf>,
}

/// The pictures to predict.
struct Pictures {
    /// What the names are: files, or indices into a dataset.
    kind: &'static str,
    names: Vec<String>,
    /// The names of the right classes by the dataset, where they are known.
    labels: Option<Vec<String>>,
    /// Their pixels one after the other, as the model takes them.
    pixels: Vec<u8>,
}

pub(super) async fn run(options: &Options, adapter: &AdapterRequest) -> Result<(), CliError> {
    if options.json && options.csv.as_deref().is_some_and(is_standard) {
        return Err(CliError::TwoOutputs { first: "--csv -", second: "--json" });
    }
    CliError::at_least_one("--top", options.top)?;
    CliError::at_least_one("--batch-size", options.batch_size)?;
    let kernels = KernelChoice::from_environment()?.unwrap_or_default();
    let Positionals { run, pictures } = Positionals::new(&options.arguments)?;
    match (pictures.is_empty(), options.split.any()) {
        (true, false) => return Err(CliError::NothingToPredict),
        (false, true) => return Err(CliError::PicturesAndData),
        _ => {}
    }
    let trained = Trained::load(run.as_deref(), &options.weights)?;
    let layers = options.layer.iter().map(|name| known_layer(&trained, name)).collect::<Result<Vec<_>, _>>()?;
    let pictures = if pictures.is_empty() { of_dataset(options, &trained)? } else { of_files(&trained, &pictures)? };
    // Begun before the work, so that it is not in vain where it cannot be written.
    let create = |path: &Option<PathBuf>| path.as_deref().map(Output::create).transpose();
    let (csv, npy) = (create(&options.csv)?, create(&options.npy)?);
    let gpu = Gpu::open(adapter).await?;
    // No more at a time than there are.
    let batch_size = options.batch_size.min(pictures.names.len());
    let predict = PredictOptions { batch_size, layers, kernels };
    let predictor = Predictor::with_options(&gpu, &trained.model, &predict).map_err(CliError::Predict)?;
    if let (Some(layer), Some(output)) = (&options.layer, npy) {
        return write_layer(&predictor, &trained, layer, &pictures, output).await;
    }
    let predictions = predictor.classify(&pictures.pixels, &Bar::new()).await.map_err(CliError::Predict)?;
    let classes = trained.class_names();
    let listed = csv.is_none() && !options.json;
    if let Some(output) = csv {
        write_table(output, &pictures, &predictions, &classes)?;
    }
    let mut out = std::io::stdout();
    if options.json {
        writeln!(out, "{}", json(&trained, &pictures, &predictions, &classes, options.top)?)?;
    }
    if listed {
        write!(out, "{}", describe(&pictures, &predictions, &classes, options.top))?;
    }
    Ok(())
}

/// The layer of this name, if the model has one.
fn known_layer(trained: &Trained, name: &str) -> Result<String, CliError> {
    let layers = trained.model.layers();
    if layers.iter().any(|layer| layer.name() == name) {
        return Ok(name.to_owned());
    }
    let known = suggestion(name, layers.iter().map(|layer| layer.name()));
    let reason = format!("model '{}' has no such layer{known}", trained.model.name());
    Err(CliError::Option { option: "--layer".to_owned(), value: name.to_owned(), reason })
}

fn of_dataset(options: &Options, trained: &Trained) -> Result<Pictures, CliError> {
    let dataset = options.split.open(trained)?;
    let label = |&label: &u32| dataset.class_names()[label as usize].clone();
    Ok(Pictures {
        kind: "index",
        names: (0..dataset.len()).map(|index| index.to_string()).collect(),
        labels: Some(dataset.labels().iter().map(label).collect()),
        pixels: dataset.pixels().to_vec(),
    })
}

/// Reads picture files in parallel and brings them to the size that the model takes.
fn of_files(trained: &Trained, files: &[PathBuf]) -> Result<Pictures, CliError> {
    let shape = trained.picture_shape()?;
    let bar = Bar::new();
    bar.begin("reading pictures", Some(files.len() as u64), Unit::Pictures);
    let read = files.par_iter().map(|file| {
        let pixels = picture::load(file, shape);
        bar.advance(1);
        pixels
    });
    let pixels = read.collect::<Result<Vec<_>, _>>().map_err(CliError::Picture);
    bar.end();
    Ok(Pictures {
        kind: "file",
        names: files.iter().map(|file| file.display().to_string()).collect(),
        labels: None,
        pixels: pixels?.concat(),
    })
}

async fn write_layer(
    predictor: &Predictor,
    trained: &Trained,
    layer: &str,
    pictures: &Pictures,
    mut output: Output,
) -> Result<(), CliError> {
    let node = &trained.model.nodes()[trained.model.find(layer)?];
    let mut shape = vec![pictures.names.len()];
    shape.extend(node.shape.extents());
    output.write(|out| npy::write_head(out, &shape))?;
    let bar = Bar::new();
    bar.begin("predicting", Some(pictures.names.len() as u64), Unit::Pictures);
    // Batch by batch, since the values of all pictures can be more than the memory holds.
    for batch in pictures.pixels.chunks(predictor.batch_size() * trained.model.input_shape().elements()) {
        let values = predictor.predict_picture_layers(batch, &[layer]).await.map_err(CliError::Predict)?;
        output.write(|out| npy::write_values(out, &values.concat()))?;
        bar.advance((batch.len() / trained.model.input_shape().elements()) as u64);
    }
    bar.end();
    output.finish()
}

fn write_table(
    output: Output,
    pictures: &Pictures,
    predictions: &Predictions,
    classes: &[String],
) -> Result<(), CliError> {
    let mut header = [pictures.kind, "label", "prediction"].map(str::to_owned).to_vec();
    header.extend_from_slice(classes);
    let rows = pictures.names.iter().enumerate().map(|(place, name)| {
        let mut row = vec![name.clone(), pictures.label(place).unwrap_or_default()];
        row.push(predictions.prediction(place).map_or_else(String::new, |class| classes[class].clone()));
        row.extend(predictions.probabilities(place).iter().map(f32::to_string));
        row
    });
    write_csv(output, &header, rows)
}

impl Pictures {
    /// The name of the right class, where it is known.
    fn label(&self, place: usize) -> Option<String> {
        self.labels.as_ref()?.get(place).cloned()
    }
}

/// The predictions as JSON has them.
#[derive(Serialize)]
struct Json<'a> {
    model: &'a str,
    classes: &'a [String],
    predictions: Vec<JsonPrediction<'a>>,
}

#[derive(Serialize)]
struct JsonPrediction<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    prediction: Option<&'a str>,
    top: Vec<JsonClass<'a>>,
    /// Of each class, in their order.
    probabilities: Vec<f32>,
}

#[derive(Serialize)]
struct JsonClass<'a> {
    class: &'a str,
    probability: f32,
}

fn json(
    trained: &Trained,
    pictures: &Pictures,
    predictions: &Predictions,
    classes: &[String],
    top: usize,
) -> Result<String, CliError> {
    let prediction = |(place, name)| {
        let is_file = pictures.kind == "file";
        let top = predictions.top(place, top).into_iter();
        JsonPrediction {
            file: is_file.then_some(name),
            index: (!is_file).then_some(place),
            label: pictures.label(place),
            prediction: predictions.prediction(place).map(|class| classes[class].as_str()),
            top: top.map(|(class, probability)| JsonClass { class: &classes[class], probability }).collect(),
            probabilities: predictions.probabilities(place),
        }
    };
    let all = pictures.names.iter().map(String::as_str).enumerate().map(prediction).collect();
    Ok(serde_json::to_string_pretty(&Json { model: &trained.name, classes, predictions: all })?)
}

/// A line per picture: `cat.jpg: cat 71.2%, dog 20.1%, frog 3.2%`, with the label behind it where it is known.
fn describe(pictures: &Pictures, predictions: &Predictions, classes: &[String], top: usize) -> String {
    let mut text = String::new();
    for (place, name) in pictures.names.iter().enumerate() {
        let top: Vec<String> = predictions
            .top(place, top)
            .into_iter()
            .map(|(class, probability)| format!("{} {:.1}%", classes[class], 100.0 * probability))
            .collect();
        let told = if top.is_empty() { "nothing, the model gives NaN".to_owned() } else { top.join(", ") };
        let label = pictures.label(place).map_or_else(String::new, |label| format!(" (label {label})"));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name}: {told}{label}");
    }
    text
}
