//! `ocellus bench`: how fast models train and predict, on pictures that are made up.

mod kernels;

use std::io::Write;

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use super::{CliError, kernel_choice, model_argument};
use crate::bench::{BenchOptions, InferenceRate, Spread, TrainingRate, measure_inference, measure_training};
use crate::gpu::{AdapterRequest, Gpu};
use crate::model::{Model, size};
use crate::ops::{KernelChoice, KernelSelection};
use crate::table::framed;

/// The options of `ocellus bench`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Options {
    #[command(subcommand)]
    what: Option<What>,
    /// The models: names of the program's, files or runs
    #[arg(long, value_name = "NAME|FILE|RUN,...", value_delimiter = ',', default_value = "lecture")]
    model: Vec<String>,
    /// Pictures at a time
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "32", allow_negative_numbers = true)]
    batch_size: Vec<usize>,
    /// What to measure
    #[arg(long, value_enum, value_name = "WORK,...", value_delimiter = ',', default_value = "training,inference")]
    work: Vec<Work>,
    /// Steps of each of the measurements, whose median is told [default: as many as take about a second]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    steps: Option<usize>,
    /// Seconds to go on measuring, at least, for each model and batch size; five measurements are always made
    #[arg(long, value_name = "X", default_value_t = 5.0, allow_negative_numbers = true)]
    seconds: f64,
    /// The seed of pictures, labels, initial weights and order
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    seed: u32,
    /// How training's kernels are chosen: auto, as train does, by what is measured to be the fastest on this adapter,
    /// or fixed, by its class
    #[arg(long, value_name = "auto|fixed", default_value = "auto")]
    kernel_choice: KernelSelection,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What a model does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Work {
    Training,
    Inference,
}

/// What else there is to measure.
#[derive(Debug, Subcommand)]
enum What {
    /// Measure each kernel of a training step beside those of every other kind, as a share of what the adapter can do
    Kernels(kernels::Options),
}

/// Pictures of CIFAR-10's shape, for models that declare no input.
const INPUT: [usize; 3] = [32, 32, 3];
/// CIFAR-10's classes.
const CLASSES: usize = 10;

/// The rates as JSON has them.
#[derive(Serialize)]
struct Json<'a> {
    adapter: &'a str,
    training: &'a [TrainingRate],
    inference: &'a [InferenceRate],
}

pub(super) async fn run(options: &Options, adapter: &AdapterRequest) -> Result<(), CliError> {
    if let Some(What::Kernels(options)) = &options.what {
        return kernels::run(options, adapter).await;
    }
    for &batch_size in &options.batch_size {
        CliError::at_least_one("--batch-size", batch_size)?;
    }
    if let Some(steps) = options.steps {
        CliError::at_least_one("--steps", steps)?;
    }
    if !options.seconds.is_finite() || options.seconds < 0.0 {
        let (option, value) = ("--seconds".to_owned(), options.seconds.to_string());
        return Err(CliError::Option { option, value, reason: "it must be a number of at least 0".to_owned() });
    }
    let kernels = KernelChoice::from_environment()?.unwrap_or_default();
    let models = options.model.iter().map(|name| model(name)).collect::<Result<Vec<_>, _>>()?;
    let adapter_line = Gpu::open(adapter).await?.adapter_line();
    let (mut training, mut inference) = (Vec::new(), Vec::new());
    for model in &models {
        for &batch_size in &options.batch_size {
            let Options { steps, seconds, seed, kernel_choice, .. } = *options;
            let choice_cache = kernel_choice::cache_folder();
            let bench = BenchOptions { batch_size, steps, seconds, seed, kernels, kernel_choice, choice_cache };
            if options.work.contains(&Work::Training) {
                training.push(measure_training(adapter, model, &bench).await.map_err(CliError::Bench)?);
            }
            if options.work.contains(&Work::Inference) {
                inference.push(measure_inference(adapter, model, &bench).await.map_err(CliError::Bench)?);
            }
        }
    }
    let mut out = std::io::stdout().lock();
    if options.json {
        let json = Json { adapter: &adapter_line, training: &training, inference: &inference };
        writeln!(out, "{}", serde_json::to_string_pretty(&json)?)?;
    } else {
        write!(out, "Adapter: {adapter_line}\n{}", describe(&training, &inference))?;
    }
    Ok(())
}

/// The model that `argument` names, for pictures of CIFAR-10's shape where it declares no input of its own.
fn model(argument: &str) -> Result<Model, CliError> {
    let config = model_argument::find("--model", argument)?;
    let source = config.model.ok_or_else(|| CliError::Option {
        option: "--model".to_owned(),
        value: argument.to_owned(),
        reason: "this file describes no model".to_owned(),
    })?;
    Ok(source.build(INPUT, CLASSES)?)
}

fn describe(training: &[TrainingRate], inference: &[InferenceRate]) -> String {
    let header = [
        ["Model", "Batch", "Work", "Images/s", "Quartiles"],
        ["First step", "GPU memory", "of it data", "Host peak", "Host/step"],
    ];
    let mut table = vec![header.concat().into_iter().map(str::to_owned).collect::<Vec<_>>()];
    let case = |model: &str, batch_size: usize, work: &str, rate: &Spread| {
        vec![
            model.to_owned(),
            batch_size.to_string(),
            work.to_owned(),
            format!("{:.0}", rate.median),
            format!("{:.0} to {:.0}", rate.lower_quartile, rate.upper_quartile),
        ]
    };
    let bytes = |bytes: u64| size(bytes as usize);
    let peak = |peak: Option<u64>| peak.map_or_else(|| "NA".to_owned(), bytes);
    for rate in training {
        let mut row = case(&rate.model, rate.batch_size, "training", &rate.images_per_second);
        row.push(format!("{:.2} s", rate.first_step_seconds));
        row.extend([bytes(rate.gpu_bytes), bytes(rate.data_bytes), peak(rate.host_peak_bytes)]);
        row.push(format!("{:.0} us", rate.host_seconds_per_step.median * 1e6));
        table.push(row);
    }
    for rate in inference {
        let mut row = case(&rate.model, rate.batch_size, "inference", &rate.images_per_second);
        row.push(format!("{:.2} s", rate.first_batch_seconds));
        row.extend([bytes(rate.gpu_bytes), "-".to_owned(), peak(rate.host_peak_bytes), "-".to_owned()]);
        table.push(row);
    }
    let mut text = framed(&table, &[1, 3, 4, 5, 6, 7, 8, 9]);
    let peaks = training.iter().map(|rate| rate.host_peak_bytes);
    if peaks.chain(inference.iter().map(|rate| rate.host_peak_bytes)).any(|peak| peak.is_none()) {
        text += "Host peak: NA, since only Linux tells it (VmHWM in /proc/self/status).\n";
    }
    text
}
