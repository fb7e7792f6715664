//! A run that stopped, or was stopped, to go on with.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::run_checkpoints::RunCheckpoints;
use super::run_lock::lock;
use super::{Checkpoint, Run, RunConfig, RunError, RunFolder, WhichWeights};
use crate::files::remove_unfinished;
use crate::model::Model;

/// A run's folder, locked against other programs, with what it takes to go on: its configuration and its newest whole
/// checkpoint. Before [`UnfinishedRun::go_on`] nothing in it is changed.
#[derive(Debug)]
pub struct UnfinishedRun {
    path: PathBuf,
    lock: File,
    /// What repeats the run; more epochs may be asked for.
    pub config: RunConfig,
    checkpoint: Option<Checkpoint>,
}

impl UnfinishedRun {
    /// Opens the run in the folder `path`. Checkpoints that are damaged are told of, and the newest whole one taken.
    ///
    /// # Errors
    ///
    /// When there is no run, another program trains in it, it has checkpoints of which none is whole, or weights but no
    /// checkpoint.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let config = Run::read_config(path)?;
        let lock = lock(path)?;
        let checkpoint = RunCheckpoints::of(path).newest()?;
        if checkpoint.is_none() && path.join(WhichWeights::Last.file_name()).exists() {
            return Err(RunError::NoCheckpoint(path.to_owned()));
        }
        Ok(Self { path: path.to_owned(), lock, config, checkpoint })
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The moment to go on from, for [`Trainer::restore`](super::Trainer::restore); none where the run had not come to
    /// its first checkpoint, so that it begins anew.
    pub fn checkpoint(&self) -> Option<&Checkpoint> {
        self.checkpoint.as_ref()
    }

    /// Brings the folder's files back to the moment of the checkpoint and keeps the run from there on. `model` is the
    /// run's; `dataset` and `class_names` go into the weights' metadata.
    pub fn go_on(self, model: &Model, dataset: &str, class_names: &[String]) -> Result<RunFolder, RunError> {
        let Self { path, lock, config, checkpoint } = self;
        remove_unfinished(&path).map_err(|source| RunError::Write { path: path.clone(), source })?;
        RunCheckpoints::of(&path).clean()?;
        RunFolder::go_on(path, lock, &config, model, (dataset, class_names), checkpoint.as_ref())
    }
}
