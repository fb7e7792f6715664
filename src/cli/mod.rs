//! The command line: one file per subcommand, which parses, calls the library and prints.

mod activations;
mod bar;
mod bench;
mod confusion;
mod convolve;
mod data;
mod datasets;
mod devices;
mod doctor;
mod error;
mod evaluate;
mod filters;
mod history;
mod interrupt;
mod kernel_choice;
mod lecture;
mod model_argument;
mod output;
mod picture;
mod pictures;
mod predict;
mod progress;
mod quote;
mod resume;
mod run_argument;
mod runs;
mod show;
mod split;
mod summary;
mod train;
mod trial;
mod watchers;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use error::CliError;
pub use interrupt::end_cleanly_on_interrupt;

use crate::doctor::known_failures;
use crate::gpu::{AdapterRequest, LimitsRequest};

/// Trains convolutional image classifiers with WGSL compute shaders on any Vulkan, Metal or DX12 GPU.
#[derive(Debug, Parser)]
#[command(name = "ocellus", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    adapter: AdapterOptions,
    #[command(subcommand)]
    command: Command,
}

/// Which adapter to use.
#[derive(Clone, Debug, Args)]
struct AdapterOptions {
    /// The adapter, by its number in `ocellus devices` or by a part of its name [default: the fastest kind there is]
    #[arg(long, global = true, value_name = "N|NAME")]
    adapter: Option<String>,
    /// The limits to open the adapter with
    #[arg(long, global = true, value_enum, default_value = "adapter")]
    limits: Limits,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Limits {
    /// All that the adapter has
    Adapter,
    /// WebGPU's defaults: what runs so runs on every adapter
    Webgpu,
}

impl AdapterOptions {
    fn request(&self) -> AdapterRequest {
        let limits = match self.limits {
            Limits::Adapter => LimitsRequest::Adapter,
            Limits::Webgpu => LimitsRequest::Webgpu,
        };
        AdapterRequest { adapter: self.adapter.clone(), limits, failed: known_failures() }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List, download and verify the datasets that are known by name
    Data(datasets::Options),
    /// List the adapters and the limits that matter for training
    Devices(devices::Options),
    /// Examine an adapter: every kernel against the reference, short trainings, rates
    Doctor(doctor::Options),
    /// Draw pictures of a dataset with their classes, and count these
    Show(show::Options),
    /// Print a model's layers, weights, work and memory
    Summary(summary::Options),
    /// Train a model and write its weights and history
    Train(train::Options),
    /// Tell how good a trained model is
    Evaluate(evaluate::Options),
    /// Draw which classes a trained model takes for which, and whether it is as sure as it is right
    Confusion(confusion::Options),
    /// Tell or draw what a trained model takes pictures for
    Predict(predict::Options),
    /// Show what a convolution makes of a picture, and how each of its values comes about
    Convolve(convolve::Options),
    /// Draw a convolution layer's kernels, before and after training
    Filters(filters::Options),
    /// Draw what a network's layers make of pictures
    Activations(activations::Options),
    /// Draw accuracy and loss over the epochs of one or more runs
    History(history::Options),
    /// Give the lecture: every picture from the data to what the network sees, and a page that shows them
    Lecture(lecture::Options),
    /// List the runs
    Runs(runs::Options),
    /// Measure how fast models train and predict here
    Bench(bench::Options),
}

/// Runs what the command line asks for; the program's exit status.
pub async fn run(cli: Cli) -> Result<ExitCode, CliError> {
    let adapter = cli.adapter.request();
    match cli.command {
        Command::Data(options) => datasets::run(&options),
        Command::Devices(options) => devices::run(&options).await,
        Command::Doctor(options) => return doctor::run(&options, &adapter).await,
        Command::Show(options) => show::run(&options),
        Command::Summary(options) => summary::run(&options),
        Command::Train(options) => return train::run(&options, &adapter).await,
        Command::Evaluate(options) => evaluate::run(&options, &adapter).await,
        Command::Confusion(options) => confusion::run(&options, &adapter).await,
        Command::Predict(options) => predict::run(&options, &adapter).await,
        Command::Convolve(options) => convolve::run(&options, &adapter).await,
        Command::Filters(options) => filters::run(&options),
        Command::Activations(options) => activations::run(&options, &adapter).await,
        Command::History(options) => history::run(&options),
        Command::Lecture(options) => return lecture::run(&options, &cli.adapter).await,
        Command::Runs(options) => runs::run(&options),
        Command::Bench(options) => bench::run(&options, &adapter).await,
    }?;
    Ok(ExitCode::SUCCESS)
}
