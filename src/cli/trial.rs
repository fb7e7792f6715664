//! A trained model that is tried on labelled pictures: what the commands about how good it is have in common.

use std::path::PathBuf;

use clap::Args;

use super::CliError;
use super::bar::Bar;
use super::run_argument::{Positionals, Trained, WeightsOptions};
use super::split::SplitOptions;
use crate::data::Dataset;
use crate::gpu::{AdapterRequest, Gpu};
use crate::ops::KernelChoice;
use crate::train::{PredictOptions, Predictions, predict_dataset};

/// Which model, and which pictures.
#[derive(Debug, Args)]
pub(super) struct TrialOptions {
    /// A run's folder, a .safetensors file, or lecture-cifar10 for the weights in the program [default: the last run, else
    /// these weights]
    #[arg(value_name = "RUN")]
    run: Vec<PathBuf>,
    #[command(flatten)]
    weights: WeightsOptions,
    #[command(flatten)]
    split: SplitOptions,
    /// Pictures at a time
    #[arg(long, value_name = "N", default_value_t = 32, allow_negative_numbers = true)]
    batch_size: usize,
}

/// The model and the pictures, loaded.
pub(super) struct Trial {
    pub(super) trained: Trained,
    pub(super) dataset: Dataset,
    predict: PredictOptions,
}

impl TrialOptions {
    /// Loads both.
    pub(super) fn open(&self) -> Result<Trial, CliError> {
        CliError::at_least_one("--batch-size", self.batch_size)?;
        let kernels = KernelChoice::from_environment()?.unwrap_or_default();
        let run = Positionals::without_pictures(&self.run)?;
        let trained = Trained::load(run.as_deref(), &self.weights)?;
        let dataset = self.split.open(&trained)?;
        let predict = PredictOptions { batch_size: self.batch_size, kernels, ..PredictOptions::default() };
        Ok(Trial { trained, dataset, predict })
    }
}

impl Trial {
    /// What the model takes the pictures for.
    pub(super) async fn predict(&self, adapter: &AdapterRequest) -> Result<Predictions, CliError> {
        let gpu = Gpu::open(adapter).await?;
        let predictions = predict_dataset(&gpu, &self.trained.model, &self.dataset, &self.predict, &Bar::new()).await;
        predictions.map_err(CliError::Predict)
    }
}
