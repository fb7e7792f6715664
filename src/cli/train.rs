//! `ocellus train`: from settings and a dataset to weights on disk.

use std::fmt::Display;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::CliError;
use super::data::DataOptions;
use super::history;
use super::interrupt::Interrupt;
use super::kernel_choice;
use super::model_argument;
use super::progress::Progress;
use super::resume;
use super::watchers::Watchers;
use crate::data::{Dataset, Opened, Source};
use crate::gpu::{AdapterRequest, Gpu};
use crate::model::{BUILTIN_NAMES, Model};
use crate::ops::{KernelChoices, KernelSelection};
use crate::settings::suggestion;
use crate::train::{
    Beginning, InitialWeights, ModelSource, OnNan, Optimizer, RunConfig, RunFolder, TrainError, TrainOptions, Trainer,
    TrainingPlan, named_run,
};
use crate::view;

/// The options of `ocellus train`; those that are given go before the file's.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Model, data and options of training; a run's config.toml repeats that run
    #[arg(value_name = "CONFIG.toml")]
    config: Option<PathBuf>,
    #[command(flatten)]
    data: DataOptions,
    /// The model: a name of the program's, or a file or run whose model to take [default: lecture, or that of --init]
    #[arg(long, value_name = "NAME|FILE|RUN")]
    model: Option<String>,
    /// How often to go through the dataset [default: 10]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(super) epochs: Option<usize>,
    /// Samples per step [default: 32]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    batch_size: Option<usize>,
    /// The optimizer: adam, adamw, rmsprop or sgd [default: adam]
    #[arg(long, value_name = "NAME")]
    optimizer: Option<String>,
    /// The learning rate [default: the optimizer's own, as in Keras]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    learning_rate: Option<f64>,
    /// The last share of the training samples to validate on, between 0 and 1 [default: validate on the test split]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    validation_split: Option<f64>,
    /// The seed of initial weights, order and dropout [default: 0]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    seed: Option<u32>,
    /// Take the samples in their own order every epoch
    #[arg(long)]
    no_shuffle: bool,
    /// Run every op by itself: slower, to the same weights within rounding; tells whether a fused kernel is to blame
    #[arg(long)]
    no_fusion: bool,
    /// How kernels are chosen: auto, by what is measured to be the fastest on this adapter, or fixed, by its class, which
    /// gives every run the same bits [default: auto]
    #[arg(long, value_name = "auto|fixed")]
    kernel_choice: Option<KernelSelection>,
    /// Weights to start from, lecture-cifar10 for those in the program; where the classes differ in number, the last
    /// layer begins anew
    #[arg(long, value_name = "WEIGHTS.safetensors|RUN")]
    init: Option<PathBuf>,
    /// Layers whose weights stay as they are
    #[arg(long, value_name = "LAYER,...", value_delimiter = ',')]
    freeze: Vec<String>,
    /// Train on the first N training samples only
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    limit: Option<usize>,
    /// The folder to write to [default: runs/NAME-NUMBER]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write a checkpoint every N steps too, not only after every epoch
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(super) checkpoint_every: Option<usize>,
    /// How many checkpoints to keep [default: 2]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(super) keep: Option<usize>,
    /// What to do after a step whose numbers are NaN or infinite: stop, or skip the step [default: stop]
    #[arg(long, value_name = "stop|skip")]
    pub(super) on_nan: Option<OnNan>,
    /// Go on with a run from its newest checkpoint, to the bits of a run that never stopped [default: the last run]
    #[arg(long, value_name = "RUN", num_args = 0..=1, conflicts_with_all = resume::FIXED)]
    resume: Option<Option<PathBuf>>,
    /// Print the settings, file and options merged, and stop
    #[arg(long)]
    print_config: bool,
    /// Print adapter, model and memory, and stop
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(options: &Options, adapter: &AdapterRequest) -> Result<ExitCode, CliError> {
    let resumed = options.resume.as_ref().map(|named| resume::open(named.as_deref(), options)).transpose()?;
    let mut config = match &resumed {
        Some(run) => run.config.clone(),
        None => merged(options)?,
    };
    let train_options = checked(&config)?;
    let mut out = std::io::stdout();
    if options.print_config {
        write!(out, "{}", config.to_toml()?)?;
        return Ok(ExitCode::SUCCESS);
    }
    if resumed.as_ref().is_some_and(|run| run.checkpoint().is_some()) {
        // The checkpoint has the weights; those that the run started from need not be there any more.
        config.training.init = None;
    }
    let Work { dataset, training, validation, model } = begin(&config)?;

    let gpu = Gpu::open(adapter).await?;
    let plan = TrainingPlan::new(&gpu, &model, &training, Some(&validation), &train_options)?;
    let plan = match &resumed {
        Some(_) => resume::with_kernels(&plan, &config.kernels)?,
        None => plan.with_choices(&config.kernels)?,
    };
    kernel_choice::warn_of_unused(&config.kernels, &plan);
    writeln!(out, "Adapter: {}", gpu.adapter_line())?;
    write!(out, "{}", model.summary())?;
    // What is only looked at is measured no more than what goes on as it began.
    let plan = match options.dry_run || resumed.is_some() {
        true => plan,
        false => kernel_choice::tuned(plan, &config.training).await?,
    };
    for item in plan.memory() {
        log::debug!("GPU memory: {}: {} bytes", item.label, item.bytes);
    }
    writeln!(out, "GPU memory: {} bytes ({:.1} MiB)", plan.bytes(), plan.bytes() as f64 / f64::from(1 << 20))?;
    if options.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    let names = training.class_names();
    let (folder, trainer) = match resumed {
        None => {
            config.kernels = plan.choices().clone();
            config.model = Some(ModelSource::Layers(model.config().into()));
            // First, so that a training for which there is no memory leaves no folder.
            let trainer = plan.start(&training, Some(&validation))?;
            (RunFolder::create(options.out.as_deref(), &config, &dataset, names)?, trainer)
        }
        Some(run) => {
            let mut trainer = plan.start(&training, Some(&validation))?;
            resume::restore(&run, &mut trainer, &gpu)?;
            (run.go_on(&model, &dataset, names)?, trainer)
        }
    };
    train(trainer, folder, train_options.epochs).await
}

/// Trains to the end, or until the program is asked to stop.
async fn train(mut trainer: Trainer, mut folder: RunFolder, epochs: usize) -> Result<ExitCode, CliError> {
    let interrupt = Interrupt::listen();
    let mut watchers =
        Watchers { progress: Progress::new(), folder: &mut folder, interrupt: &interrupt, stood: (0, 0), skipped: 0 };
    let trained = trainer.fit(&mut watchers).await;
    watchers.progress.clear();
    let trained = trained.map_err(|source| {
        let (checkpoint, command) = (watchers.folder.last_checkpoint(), resume::command(watchers.folder.path()));
        CliError::Training { checkpoint, command, source }
    })?;
    let (epoch, step) = watchers.stood;
    let time = trainer.checkpoint_time().as_secs_f64();
    log::debug!("checkpoints took {time:.3} s, training {:.3} s", trained.seconds());
    let mut out = std::io::stdout();
    if trained.epochs.len() < epochs {
        writeln!(out, "Stopped in epoch {}/{epochs} after step {step}/{}", epoch + 1, trainer.steps())?;
        writeln!(out, "Go on with: {}", resume::command(folder.path()))?;
        return Ok(Interrupt::EXIT_STATUS.into());
    }
    if let Some(best) = trained.best() {
        let accuracy = best.val_accuracy.unwrap_or(best.accuracy);
        writeln!(out, "Best epoch: {} with val_accuracy {accuracy:.4}", best.epoch)?;
    }
    let curves = folder.path().join(history::FILE);
    view::history(&[(&history::name(folder.path()), &trained)])?.save(&curves)?;
    writeln!(out, "Curves drawn in {}", curves.display())?;
    writeln!(out, "Written to {}", folder.path().display())?;
    Ok(ExitCode::SUCCESS)
}

/// What a training takes.
struct Work {
    /// The dataset's name.
    dataset: String,
    training: Dataset,
    validation: Dataset,
    /// With the weights to begin with.
    model: Model,
}

/// The data and the model that `config` names.
fn begin(config: &RunConfig) -> Result<Work, CliError> {
    let initial = config.initial_weights()?;
    let declared = match &config.model {
        Some(model) => model.input_shape(),
        None => initial.as_ref().and_then(InitialWeights::input_shape),
    };
    let opened = super::data::open(&config.data, declared)?;
    let (dataset, training, validation) = split(opened, config)?;
    let Beginning { model, transfer } = config.begin(initial.as_ref(), training.shape(), training.classes())?;
    if let Some(initial) = &initial {
        log::info!("initial weights: {}", initial.path().display());
    }
    if !transfer.fresh.is_empty() {
        let classes = model.output_shape().elements();
        log::warn!("{} begins anew, since there are {classes} classes now", transfer.fresh.join(", "));
    }
    Ok(Work { dataset, training, validation, model })
}

/// The file's settings, with the options that are given in their place.
fn merged(options: &Options) -> Result<RunConfig, CliError> {
    let mut config = match &options.config {
        Some(path) if !path.exists() => {
            let name = path.to_string_lossy();
            let reason = if BUILTIN_NAMES.contains(&&*name) {
                format!("this is a model's name, no file; write --model {name}")
            } else if Source::NAMES.contains(&&*name) {
                format!("this is a dataset's name, no file; write --data {name}")
            } else {
                "there is no such file; name a dataset with --data, a model with --model (see --help)".to_owned()
            };
            return Err(refused("CONFIG.toml", path.display(), reason));
        }
        Some(path) => RunConfig::load(&model_argument::config_file(path)?)?,
        None => RunConfig::default(),
    };
    if let Some(model) = &options.model {
        config.model = model_argument::find("--model", model)?.model;
    }
    options.data.merge_into(&mut config.data);
    set(&mut config.data.limit, options.limit.map(Some));
    set(&mut config.data.validation_split, options.validation_split.map(Some));
    set(&mut config.training.epochs, options.epochs);
    set(&mut config.training.batch_size, options.batch_size);
    set(&mut config.training.seed, options.seed);
    set(&mut config.training.shuffle, options.no_shuffle.then_some(false));
    set(&mut config.training.fusion, options.no_fusion.then_some(false));
    set(&mut config.training.checkpoint_every, options.checkpoint_every.map(Some));
    set(&mut config.training.keep, options.keep);
    set(&mut config.training.on_nan, options.on_nan);
    set(&mut config.training.init, options.init.clone().map(Some));
    // What is repeated later starts from the same run, also where another is the newest by then.
    config.training.init = config.training.init.as_deref().map(named_run).transpose()?;
    if !options.freeze.is_empty() {
        config.training.freeze.clone_from(&options.freeze);
    }
    set(&mut config.training.kernel_choice, options.kernel_choice);
    if options.kernel_choice == Some(KernelSelection::Fixed) {
        config.kernels = KernelChoices::default();
    }
    kernel_choice::from_environment(&mut config)?;
    if let Some(name) = &options.optimizer {
        let optimizer = Optimizer::by_name(name).ok_or_else(|| {
            let known = suggestion(name, Optimizer::NAMES.iter().copied());
            refused("--optimizer", name, format!("there is no such optimizer{known}"))
        })?;
        // The one that the file has keeps the file's constants.
        if !config.optimizer.is_like(&optimizer) {
            config.optimizer = optimizer;
        }
    }
    set(&mut config.optimizer.learning_rate, options.learning_rate);
    Ok(config)
}

pub(super) fn set<T>(place: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *place = given;
    }
}

/// The options of training, if all are in their ranges.
fn checked(config: &RunConfig) -> Result<TrainOptions, CliError> {
    match config.check() {
        // A file's values were checked when it was read: this one was typed.
        Err(TrainError::Option { option, value, range }) => {
            Err(refused(&format!("--{}", option.replace('_', "-")), value, format!("it must be {range}")))
        }
        checked => Ok(checked.map(|()| config.train_options())?),
    }
}

pub(super) fn refused(option: &str, value: impl Display, reason: String) -> CliError {
    CliError::Option { option: option.to_owned(), value: value.to_string(), reason }
}

/// The dataset's name, what to train on and what to validate on.
fn split(opened: Opened, config: &RunConfig) -> Result<(String, Dataset, Dataset), CliError> {
    let Opened { name, train, test } = opened;
    let (train, share) = config.data.divide(train).map_err(|error| {
        let fraction = config.data.validation_split.unwrap_or_default();
        refused("--validation-split", fraction, error.to_string())
    })?;
    let validation = match (share, test) {
        (Some(share), _) => share,
        (None, Some(test)) => {
            log::info!("validation: the test split, as in the lecture; --validation-split keeps it for testing");
            test
        }
        (None, None) => {
            let reason = "these pictures have no test split; say with --validation-split 0.1 which share validates";
            return Err(refused("--data", &config.data.name, reason.to_owned()));
        }
    };
    log::info!("data: {name}, {} samples to train on, {} to validate on", train.len(), validation.len());
    Ok((name, train, validation))
}
