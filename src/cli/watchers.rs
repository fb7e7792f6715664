//! What happens while `ocellus train` trains.

use super::interrupt::Interrupt;
use super::progress::Progress;
use crate::model::Model;
use crate::train::{
    Callback, Checkpoint, CheckpointSchedule, EpochRecord, EpochStart, NotFinite, RunFolder, StepMetrics, TrainError,
};

/// Progress on the screen, the run on disk, and signals.
pub(super) struct Watchers<'a> {
    pub(super) progress: Progress,
    pub(super) folder: &'a mut RunFolder,
    pub(super) interrupt: &'a Interrupt,
    /// The epochs that had ended at the last checkpoint, and the steps of the next one that were done.
    pub(super) stood: (usize, usize),
    /// The steps of the present epoch that were skipped since the program began.
    pub(super) skipped: usize,
}

impl Callback for Watchers<'_> {
    fn on_epoch_begin(&mut self, start: EpochStart) -> Result<(), TrainError> {
        self.skipped = 0;
        self.progress.on_epoch_begin(start)
    }

    fn on_step(&mut self, metrics: StepMetrics) -> Result<(), TrainError> {
        self.progress.on_step(metrics)?;
        self.folder.on_step(metrics)
    }

    fn on_skip(&mut self, found: &NotFinite) -> Result<(), TrainError> {
        self.skipped += 1;
        // One tells where it begins; how many there are is told at the end.
        match self.skipped {
            1 => log::warn!("{found}; the step is skipped, and so will be others like it"),
            _ => log::debug!("{found}; the step is skipped"),
        }
        Ok(())
    }

    fn on_epoch_end(&mut self, record: &EpochRecord, model: &Model) -> Result<(), TrainError> {
        // On disk first: where nobody reads the progress any more, the epoch is not lost.
        self.folder.on_epoch_end(record, model)?;
        self.progress.on_epoch_end(record, model)?;
        if self.skipped > 0 {
            log::warn!("{} steps of epoch {} were skipped: their numbers were not finite", self.skipped, record.epoch);
        }
        Ok(())
    }

    fn checkpoints(&self) -> CheckpointSchedule {
        self.folder.checkpoints()
    }

    fn on_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainError> {
        self.stood = (checkpoint.epochs(), checkpoint.step());
        self.folder.on_checkpoint(checkpoint)
    }

    fn stops(&mut self) -> bool {
        self.interrupt.is_asked()
    }
}
