//! The checkpoints in a run's folder: the newest few, by the training's steps.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{Checkpoint, CheckpointError, RunError};
use crate::files::remove_unfinished;

/// The folder of a run's checkpoints.
#[derive(Debug)]
pub(super) struct RunCheckpoints {
    path: PathBuf,
}

impl RunCheckpoints {
    /// Those of the run in the folder `run`.
    pub(super) fn of(run: &Path) -> Self {
        Self { path: run.join("checkpoints") }
    }

    /// Writes `checkpoint`, and removes all but the newest `keep`.
    pub(super) fn write(&self, checkpoint: &Checkpoint, keep: usize) -> Result<(), RunError> {
        let write = |source| RunError::Write { path: self.path.clone(), source };
        fs::create_dir_all(&self.path).map_err(write)?;
        let iteration = checkpoint.iteration();
        checkpoint.save(&self.file(iteration))?;
        // Later ones were refused, or the training would have gone on from there.
        let (later, mut kept): (Vec<_>, Vec<_>) = self.list()?.into_iter().partition(|number| *number > iteration);
        let superfluous = kept.len().saturating_sub(keep);
        for number in later.into_iter().chain(kept.drain(..superfluous)) {
            let file = self.file(number);
            if let Err(error) = fs::remove_file(&file) {
                log::warn!("cannot remove the old checkpoint {}: {error}", file.display());
            }
        }
        Ok(())
    }

    /// The newest that is whole, each newer one told of; `None` where there is none at all.
    ///
    /// # Errors
    ///
    /// Why the newest is refused, where all of them are.
    pub(super) fn newest(&self) -> Result<Option<Checkpoint>, RunError> {
        let mut refused: Option<CheckpointError> = None;
        for number in self.list()?.into_iter().rev() {
            match Checkpoint::load(&self.file(number)) {
                Ok(checkpoint) if checkpoint.iteration() == number => {
                    if let Some(error) = refused {
                        log::warn!("{error}; the run goes on from step {number}");
                    }
                    return Ok(Some(checkpoint));
                }
                Ok(checkpoint) => {
                    let reason = format!("it is one of step {}", checkpoint.iteration());
                    let error = CheckpointError::Damaged { path: self.file(number), reason };
                    refused.get_or_insert(error);
                }
                Err(error) => _ = refused.get_or_insert(error),
            }
        }
        refused.map_or(Ok(None), |error| Err(error.into()))
    }

    /// The file of the newest, whole or not; `None` where there is none or the folder cannot be read.
    pub(super) fn last(&self) -> Option<PathBuf> {
        self.list().ok()?.last().map(|&number| self.file(number))
    }

    /// Removes what a killed program left unfinished.
    pub(super) fn clean(&self) -> Result<(), RunError> {
        match remove_unfinished(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            cleaned => cleaned.map_err(|source| RunError::Write { path: self.path.clone(), source }),
        }
    }

    fn file(&self, iteration: usize) -> PathBuf {
        self.path.join(format!("step-{iteration}.safetensors"))
    }

    /// The steps at which there are checkpoints, in order.
    fn list(&self) -> Result<Vec<usize>, RunError> {
        let read = |source| RunError::Read { path: self.path.clone(), source };
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(read(error)),
        };
        let mut numbers = Vec::new();
        for entry in entries {
            let name = entry.map_err(read)?.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix("step-")?.strip_suffix(".safetensors"));
            numbers.extend(number.and_then(|number| number.parse::<usize>().ok()));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }
}
