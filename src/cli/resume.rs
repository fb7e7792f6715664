//! `ocellus train --resume`: a run that stopped goes on.

use std::path::Path;

use super::CliError;
use super::kernel_choice;
use super::quote::quoted;
use super::train::{Options, refused, set};
use crate::gpu::Gpu;
use crate::ops::KernelChoices;
use crate::train::{Trainer, TrainingPlan, UnfinishedRun, last_run, named_run};

/// The options of `train` that a run keeps from its beginning, by the names of their fields.
pub(super) const FIXED: [&str; 17] = [
    "config",
    "data",
    "data_dir",
    "image_size",
    "model",
    "batch_size",
    "optimizer",
    "learning_rate",
    "validation_split",
    "seed",
    "no_shuffle",
    "no_fusion",
    "kernel_choice",
    "init",
    "freeze",
    "limit",
    "out",
];

/// Opens the run that is named, or the last one, and gives its settings the options that a run may be gone on with.
pub(super) fn open(named: Option<&Path>, options: &Options) -> Result<UnfinishedRun, CliError> {
    let path = match named {
        Some(path) => named_run(path)?,
        None => last_run()?.ok_or(CliError::NoRuns)?,
    };
    let mut run = UnfinishedRun::open(&path)?;
    let training = &mut run.config.training;
    if let Some(epochs) = options.epochs.filter(|epochs| *epochs < training.epochs) {
        let reason = format!("the run has {} already; name more to train on, or leave it out", training.epochs);
        return Err(refused("--epochs", epochs, reason));
    }
    set(&mut training.epochs, options.epochs);
    set(&mut training.checkpoint_every, options.checkpoint_every.map(Some));
    set(&mut training.keep, options.keep);
    set(&mut training.on_nan, options.on_nan);
    kernel_choice::from_environment(&mut run.config)?;
    Ok(run)
}

/// The plan with the run's kernels, or others where these cannot be taken, which it says.
pub(super) fn with_kernels(plan: &TrainingPlan, choices: &KernelChoices) -> Result<TrainingPlan, CliError> {
    let (plan, replaced) = plan.going_on_with(choices)?;
    for kernel in &replaced {
        log::warn!("{kernel}");
    }
    if !replaced.is_empty() {
        log::warn!("from here on the bits are others than those of the kernels that the run began with");
    }
    Ok(plan)
}

/// Brings `trainer` to where the run stopped, and says where that is.
pub(super) fn restore(run: &UnfinishedRun, trainer: &mut Trainer, gpu: &Gpu) -> Result<(), CliError> {
    let (path, epochs) = (run.path().display(), run.config.training.epochs);
    let Some(checkpoint) = run.checkpoint() else {
        log::info!("{path} has no checkpoint yet and begins anew");
        return Ok(());
    };
    trainer.restore(checkpoint)?;
    if checkpoint.epochs() >= epochs {
        log::info!("{path} has all its {epochs} epochs; --epochs with a larger number trains on");
        return Ok(());
    }
    let (epoch, step, steps) = (checkpoint.epochs() + 1, checkpoint.step(), trainer.steps());
    log::info!("{path} goes on in epoch {epoch}/{epochs} after step {step}/{steps}");
    if checkpoint.adapter() != gpu.adapter_line() {
        let before = checkpoint.adapter();
        log::warn!("it was trained on {before} so far; on another adapter, driver or kernels the bits are others");
    }
    Ok(())
}

/// The command that goes on with the run in `path`.
pub(super) fn command(path: &Path) -> String {
    format!("ocellus train --resume {}", quoted(&path.display().to_string()))
}
