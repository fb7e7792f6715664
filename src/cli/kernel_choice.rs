//! `--kernel-choice`: the kernels that a training runs, also one that is only measured.

use std::path::PathBuf;

use super::CliError;
use crate::data;
use crate::ops::{KernelChoice, KernelChoices};
use crate::train::{RunConfig, TrainError, TrainingConfig, TrainingPlan};
use crate::tuning::{ChoiceCache, Tuning, TuningCounts};

/// Gives the settings what `OCELLUS_KERNELS` says. Measured kernels are no more where it forces others than they were
/// measured for.
pub(super) fn from_environment(config: &mut RunConfig) -> Result<(), CliError> {
    if let Some(kernels) = KernelChoice::from_environment()?.filter(|kernels| *kernels != config.training.kernels) {
        config.training.kernels = kernels;
        config.kernels = KernelChoices::default();
    }
    Ok(())
}

/// The folder that remembers what was measured; none where the system names no cache folder.
pub(super) fn cache_folder() -> Option<PathBuf> {
    data::cache::folder().ok()
}

/// Says where settings name kernels for what the training has not: those are for another batch size or model, or from
/// another version of the program.
pub(super) fn warn_of_unused(kernels: &KernelChoices, plan: &TrainingPlan) {
    let unused: Vec<&str> = kernels.beside(&plan.passes()).collect();
    if let [first, ..] = unused[..] {
        let count = unused.len();
        log::warn!(
            "[kernels] has kernels for {count} passes that this training has not, such as '{first}'; they are not used"
        );
    }
}

/// The plan with kernels that are measured where there is a choice to make.
pub(super) async fn tuned(plan: TrainingPlan, training: &TrainingConfig) -> Result<TrainingPlan, CliError> {
    if !training.kernel_choice.measures(training.kernels) {
        return Ok(plan);
    }
    let cache = cache_folder().map(|folder| ChoiceCache::open(&folder));
    let mut tuning = Tuning::new(plan.gpu(), cache).map_err(TrainError::from)?;
    let plan = plan.tuned(&mut tuning).await?;
    let TuningCounts { measured, remembered, fixed, seconds } = tuning.counts();
    log::info!(
        "kernels: {measured} measured in {seconds:.1} s, {remembered} known from earlier, {fixed} by the adapter's class"
    );
    Ok(plan)
}
