//! `ocellus train`: from a dataset's name to weights on disk.

use std::fmt::Display;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::CliError;
use super::data::DataOptions;
use super::progress::Progress;
use crate::data::{Dataset, Opened, Source};
use crate::gpu::{AdapterRequest, Gpu};
use crate::model::{Model, WeightsFile, lecture};
use crate::ops::KernelChoice;
use crate::train::{
    Callback, DataConfig, EpochRecord, EpochStart, Optimizer, RunConfig, RunFolder, StepMetrics, TrainError,
    TrainOptions, TrainingConfig, TrainingPlan,
};

/// The options of `ocellus train`.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    data: DataOptions,
    /// The model
    #[arg(long, value_enum, default_value = "lecture")]
    model: ModelName,
    /// How often to go through the dataset
    #[arg(long, value_name = "N", default_value_t = 10, allow_negative_numbers = true)]
    epochs: usize,
    /// Samples per step
    #[arg(long, value_name = "N", default_value_t = 32, allow_negative_numbers = true)]
    batch_size: usize,
    /// The optimizer: adam, adamw, rmsprop or sgd
    #[arg(long, value_name = "NAME", default_value = "adam")]
    optimizer: String,
    /// The learning rate [default: the optimizer's own, as in Keras]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    learning_rate: Option<f64>,
    /// The last share of the training samples to validate on, between 0 and 1 [default: validate on the test split]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    validation_split: Option<f64>,
    /// The seed of initial weights, order and dropout
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    seed: u32,
    /// Take the samples in their own order every epoch
    #[arg(long)]
    no_shuffle: bool,
    /// Weights to start from
    #[arg(long, value_name = "WEIGHTS.safetensors")]
    init: Option<PathBuf>,
    /// Train on the first N training samples only
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    limit: Option<usize>,
    /// The folder to write to [default: runs/NAME-NUMBER]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print adapter, model and memory, and stop
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ModelName {
    Lecture,
}

pub(super) async fn run(options: &Options, adapter: &AdapterRequest) -> Result<(), CliError> {
    let train_options = train_options(options)?;
    let (name, training, validation) = data(options)?;
    let model = match options.model {
        ModelName::Lecture => lecture(training.shape(), training.classes())?,
    };
    model.initialize(options.seed);
    if let Some(path) = &options.init {
        WeightsFile::load(path)?.apply(&model)?;
        log::info!("initial weights: {}", path.display());
    }
    let gpu = Gpu::open(adapter).await?;
    let plan = TrainingPlan::new(&gpu, &model, &training, Some(&validation), &train_options)?;
    let mut out = std::io::stdout();
    writeln!(out, "Adapter: {}", gpu.adapter_line())?;
    write!(out, "{}", model.summary())?;
    for item in plan.memory() {
        log::debug!("GPU memory: {}: {} bytes", item.label, item.bytes);
    }
    writeln!(out, "GPU memory: {} bytes ({:.1} MiB)", plan.bytes(), plan.bytes() as f64 / f64::from(1 << 20))?;
    if options.dry_run {
        return Ok(());
    }
    let config = run_config(options, &train_options, &name, &model);
    let mut folder = RunFolder::create(options.out.as_deref(), &config, training.class_names())?;
    let mut trainer = plan.start(&training, Some(&validation))?;
    let history = trainer.fit(&mut Watchers { progress: Progress::new(), folder: &mut folder }).await?;
    if let Some(best) = history.best() {
        let accuracy = best.val_accuracy.unwrap_or(best.accuracy);
        writeln!(out, "Best epoch: {} with val_accuracy {accuracy:.4}", best.epoch)?;
    }
    writeln!(out, "Written to {}", folder.path().display())?;
    Ok(())
}

/// Progress on the screen, and the run on disk.
struct Watchers<'a> {
    progress: Progress,
    folder: &'a mut RunFolder,
}

impl Callback for Watchers<'_> {
    fn on_epoch_begin(&mut self, start: EpochStart) -> Result<(), TrainError> {
        self.progress.on_epoch_begin(start)
    }

    fn on_step(&mut self, metrics: StepMetrics) -> Result<(), TrainError> {
        self.progress.on_step(metrics)?;
        self.folder.on_step(metrics)
    }

    fn on_epoch_end(&mut self, record: &EpochRecord, model: &Model) -> Result<(), TrainError> {
        // On disk first: where nobody reads the progress any more, the epoch is not lost.
        self.folder.on_epoch_end(record, model)?;
        self.progress.on_epoch_end(record, model)
    }
}

fn train_options(options: &Options) -> Result<TrainOptions, CliError> {
    let mut optimizer = Optimizer::by_name(&options.optimizer).ok_or_else(|| {
        let reason = format!("there is no such optimizer; there are {}", Optimizer::NAMES.join(", "));
        refused("--optimizer", &options.optimizer, reason)
    })?;
    if let Some(learning_rate) = options.learning_rate {
        optimizer.learning_rate = learning_rate;
    }
    let train_options = TrainOptions {
        epochs: options.epochs,
        batch_size: options.batch_size,
        optimizer,
        seed: options.seed,
        shuffle: !options.no_shuffle,
        kernels: KernelChoice::from_environment()?,
        ..TrainOptions::default()
    };
    match train_options.check() {
        // Named as it is typed.
        Err(TrainError::Option { option, value, range }) => {
            Err(refused(&format!("--{}", option.replace('_', "-")), value, format!("it must be {range}")))
        }
        checked => Ok(checked.map(|()| train_options)?),
    }
}

fn refused(option: &str, value: impl Display, reason: String) -> CliError {
    CliError::Option { option: option.to_owned(), value: value.to_string(), reason }
}

/// The dataset's name, what to train on and what to validate on.
fn data(options: &Options) -> Result<(String, Dataset, Dataset), CliError> {
    let DataOptions { data, data_dir } = &options.data;
    let source = Source { name: data.clone().unwrap_or_else(|| "digits".to_owned()), dir: data_dir.clone() };
    let Opened { name, train, test } = super::data::open(&source)?;
    let train = match options.limit {
        Some(limit) => train.take(limit).map_err(|error| refused("--limit", limit, error.to_string()))?,
        None => train,
    };
    let (train, validation) = match options.validation_split {
        Some(fraction) => {
            train.split_last(fraction).map_err(|error| refused("--validation-split", fraction, error.to_string()))?
        }
        None => {
            let test = test.ok_or_else(|| {
                let reason = "the dataset has no test split; name the share of the pictures to validate on";
                refused("--validation-split", "none", reason.to_owned())
            })?;
            log::info!("validation: the test split, as in the lecture; --validation-split keeps it for testing");
            (train, test)
        }
    };
    log::info!("data: {name}, {} samples to train on, {} to validate on", train.len(), validation.len());
    Ok((name, train, validation))
}

fn run_config(options: &Options, train_options: &TrainOptions, data: &str, model: &Model) -> RunConfig {
    RunConfig {
        data: DataConfig {
            name: data.to_owned(),
            dir: options.data.data_dir.clone(),
            limit: options.limit,
            validation_split: options.validation_split,
        },
        training: TrainingConfig {
            epochs: train_options.epochs,
            batch_size: train_options.batch_size,
            seed: train_options.seed,
            shuffle: train_options.shuffle,
            kernels: train_options.kernels,
            init: options.init.clone(),
        },
        optimizer: train_options.optimizer,
        model: model.config(),
    }
}
