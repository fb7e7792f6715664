//! The command line: one file per subcommand, which parses, calls the library and prints.

mod bar;
mod data;
mod datasets;
mod devices;
mod error;
mod progress;
mod train;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use error::CliError;

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
        AdapterRequest { adapter: self.adapter.clone(), limits }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List, download and verify the datasets that are known by name
    Data(datasets::Options),
    /// List the adapters and the limits that matter for training
    Devices(devices::Options),
    /// Train a model and write its weights and history
    Train(train::Options),
}

/// Runs what the command line asks for.
pub async fn run(cli: Cli) -> Result<(), CliError> {
    match cli.command {
        Command::Data(options) => datasets::run(&options),
        Command::Devices(options) => devices::run(&options).await,
        Command::Train(options) => train::run(&options, &cli.adapter.request()).await,
    }
}
