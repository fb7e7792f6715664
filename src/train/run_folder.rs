//! A training's folder: what it was, how it went, and its weights.

use std::fs::File;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use super::run_checkpoints::RunCheckpoints;
use super::run_lock::{LOCK, lock};
use super::step_log::StepLog;
use super::{
    Callback, Checkpoint, CheckpointError, CheckpointSchedule, ConfigError, EpochRecord, History, Run, RunConfig,
    StepMetrics, TrainError, WhichWeights,
};
use crate::files::write_whole;
use crate::model::{Metadata, Model, WeightsError, WeightsFile};

/// Where runs go that are given no folder.
pub(super) const RUNS: &str = "runs";
/// The file in there that names the newest run.
pub(super) const LAST: &str = "last";

/// Why a run cannot be kept, or found again.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The folder is in use.
    #[error("{path} is not empty; name another folder with --out, or remove it", path = .0.display())]
    NotEmpty(PathBuf),
    /// Another program trains in the folder.
    #[error("another program is training in {path}; wait until it has ended, or name another folder", path = .0.display())]
    Locked(PathBuf),
    /// There is nothing to go on from.
    #[error(
        "{path} has trained epochs but no checkpoint to go on from: an earlier program wrote it, or they were removed; begin \
         a new run with its weights by --init", path = .0.display()
    )]
    NoCheckpoint(PathBuf),
    /// A checkpoint cannot be written, or none of them be read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A file or folder cannot be written.
    #[error("cannot write {path}; check that the folder may be written and has room", path = .path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The configuration cannot be read.
    #[error(transparent)]
    Configuration(#[from] ConfigError),
    /// The configuration cannot be put in words.
    #[error("cannot write the configuration as TOML")]
    Config(#[from] toml::ser::Error),
    /// The weights cannot be written.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A file or folder cannot be read.
    #[error("cannot read {path}; check that it is there and may be read", path = .path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of the run is not what was written.
    #[error("{path}, line {line}: {reason}; the file was changed, or another version wrote it", path = .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A file of the run is gone.
    #[error("{path} is missing; train again, or take another run", path = .0.display())]
    Missing(PathBuf),
}

/// A run's folder, locked against other programs. As a [`Callback`] it writes, after every epoch, `history.csv`,
/// `last.safetensors` and, when the epoch is the best so far by validation accuracy, `best.safetensors`, each whole or not
/// at all; a row of `steps.csv` for every step; and checkpoints, of which it keeps the newest.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    metadata: MetadataParts,
    history: History,
    steps: StepLog,
    checkpoints: RunCheckpoints,
    every: Option<NonZeroUsize>,
    keep: usize,
    // Unlocked when it is dropped.
    _lock: File,
}

/// What weights files say beside the model.
#[derive(Debug)]
struct MetadataParts {
    dataset: String,
    class_names: Vec<String>,
}

impl RunFolder {
    /// Creates the folder `out`, or `runs/NAME-NUMBER` with the model's name and the first free number, writes
    /// `config.toml` into it and its name into `runs/last`.
    ///
    /// `dataset` and `class_names` go into the weights' metadata.
    pub fn create(
        out: Option<&Path>,
        config: &RunConfig,
        dataset: &str,
        class_names: &[String],
    ) -> Result<Self, RunError> {
        let (path, lock) = match out {
            Some(path) => claim(path)?,
            None => numbered(config.model_name().unwrap_or("model"))?,
        };
        write_config(&path, config)?;
        name_last(&path);
        let steps = StepLog::create(&path.join(STEPS))?;
        Ok(Self::new(path, lock, config, dataset, class_names, steps))
    }

    /// Goes on with the run in `path`, which `lock` holds: brings its files to where they were at `checkpoint`, or at the
    /// beginning where there is none. `model` is the run's; its weights are not used.
    pub(super) fn go_on(
        path: PathBuf,
        lock: File,
        config: &RunConfig,
        model: &Model,
        names: (&str, &[String]),
        checkpoint: Option<&Checkpoint>,
    ) -> Result<Self, RunError> {
        write_config(&path, config)?;
        name_last(&path);
        let steps = StepLog::go_on(&path.join(STEPS), checkpoint.map_or(0, Checkpoint::iteration))?;
        let mut folder = Self::new(path, lock, config, names.0, names.1, steps);
        if let Some(checkpoint) = checkpoint {
            folder.history = checkpoint.history().clone();
            // A model of its own, so that the one in training keeps its weights.
            let model = model.config().build().map_err(|error| CheckpointError::Misfit(error.to_string()))?;
            if checkpoint.give_best(&model)? {
                folder.save(WhichWeights::Best, &model)?;
            }
            if checkpoint.step() == 0 && checkpoint.epochs() > 0 {
                checkpoint.give(&model)?;
                folder.save(WhichWeights::Last, &model)?;
            }
        }
        folder.write_history()?;
        Ok(folder)
    }

    fn new(
        path: PathBuf,
        lock: File,
        config: &RunConfig,
        dataset: &str,
        class_names: &[String],
        steps: StepLog,
    ) -> Self {
        Self {
            metadata: MetadataParts { dataset: dataset.to_owned(), class_names: class_names.to_vec() },
            history: History::default(),
            steps,
            checkpoints: RunCheckpoints::of(&path),
            every: config.training.checkpoint_every.and_then(NonZeroUsize::new),
            keep: config.training.keep,
            path,
            _lock: lock,
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of its newest checkpoint.
    pub fn last_checkpoint(&self) -> Option<PathBuf> {
        self.checkpoints.last()
    }

    fn write_epoch(&mut self, record: &EpochRecord, model: &Model) -> Result<(), RunError> {
        self.history.epochs.push(*record);
        self.save(WhichWeights::Last, model)?;
        if self.history.best().is_some_and(|best| best.epoch == record.epoch) {
            self.save(WhichWeights::Best, model)?;
        }
        self.steps.write()?;
        self.write_history()
    }

    fn save(&self, which: WhichWeights, model: &Model) -> Result<(), RunError> {
        let MetadataParts { dataset, class_names } = &self.metadata;
        let metadata = Metadata::new(model, dataset, class_names);
        Ok(WeightsFile::save(&self.path.join(which.file_name()), model, &metadata)?)
    }

    fn write_history(&self) -> Result<(), RunError> {
        write(&self.path.join("history.csv"), self.history.to_csv().as_bytes())
    }

    fn write_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), RunError> {
        // The rows first, to the disk: a checkpoint whose steps are not in the log would leave a gap there.
        self.steps.sync()?;
        self.checkpoints.write(checkpoint, self.keep)
    }
}

fn kept(written: Result<(), RunError>) -> Result<(), TrainError> {
    written.map_err(|error| TrainError::Callback("cannot keep the run".to_owned(), error.into()))
}

impl Callback for RunFolder {
    fn on_step(&mut self, metrics: StepMetrics) -> Result<(), TrainError> {
        kept(self.steps.push(&metrics))
    }

    fn on_epoch_end(&mut self, record: &EpochRecord, model: &Model) -> Result<(), TrainError> {
        kept(self.write_epoch(record, model))
    }

    fn checkpoints(&self) -> CheckpointSchedule {
        self.every.map_or(CheckpointSchedule::Epochs, CheckpointSchedule::Steps)
    }

    fn on_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainError> {
        kept(self.write_checkpoint(checkpoint))
    }
}

/// The name of the log of steps.
const STEPS: &str = "steps.csv";

fn write_config(path: &Path, config: &RunConfig) -> Result<(), RunError> {
    write(&path.join(Run::CONFIG), config.to_toml()?.as_bytes())
}

fn write(path: &Path, contents: &[u8]) -> Result<(), RunError> {
    write_whole(path, contents).map_err(|source| RunError::Write { path: path.to_owned(), source })
}

/// Notes the newest run in `runs/last`. A run that was given a folder goes on where that cannot be written.
fn name_last(path: &Path) {
    let last = Path::new(RUNS).join(LAST);
    let noted = create_all(Path::new(RUNS)).and_then(|()| write(&last, format!("{}\n", path.display()).as_bytes()));
    if let Err(error) = noted {
        log::warn!("{error}; {} does not name this run", last.display());
    }
}

fn create_all(path: &Path) -> Result<(), RunError> {
    std::fs::create_dir_all(path).map_err(|source| RunError::Write { path: path.to_owned(), source })
}

/// The folder that the user named, locked: made if it is not there, refused if there is anything in it.
fn claim(path: &Path) -> Result<(PathBuf, File), RunError> {
    create_all(path)?;
    check_empty(path)?;
    let lock = lock(path)?;
    // Another program may have been faster, and be done.
    check_empty(path)?;
    Ok((path.to_owned(), lock))
}

/// An error where there is anything in the folder but a lock.
fn check_empty(path: &Path) -> Result<(), RunError> {
    let read = |source| RunError::Read { path: path.to_owned(), source };
    for entry in std::fs::read_dir(path).map_err(read)? {
        if entry.map_err(read)?.file_name() != LOCK {
            return Err(RunError::NotEmpty(path.to_owned()));
        }
    }
    Ok(())
}

/// The first of `runs/NAME-1`, `runs/NAME-2`, ... that is not there, locked. Creating it claims it, also from another
/// process.
fn numbered(name: &str) -> Result<(PathBuf, File), RunError> {
    create_all(Path::new(RUNS))?;
    let mut number = 1_u64;
    loop {
        let path = Path::new(RUNS).join(format!("{name}-{number}"));
        match std::fs::create_dir(&path) {
            Ok(()) => return lock(&path).map(|lock| (path, lock)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(source) => return Err(RunError::Write { path, source }),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::fd::OwnedFd;

    use super::*;
    use crate::data::digits;
    use crate::model::lenet5;
    use crate::ops::KernelChoices;
    use crate::train::TrainOptions;
    use crate::train::checkpoint::Identity;

    #[test]
    fn a_checkpoint_is_written_only_once_the_disk_has_the_rows_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        // A pipe takes rows but has no disk to flush them to.
        let (_reader, pipe) = io::pipe().unwrap();
        let steps = StepLog::into_file(&path.join(STEPS), File::from(OwnedFd::from(pipe)));
        let lock = lock(&path).unwrap();
        let mut run = RunFolder::new(path, lock, &RunConfig::default(), "digits", &[], steps);
        let metrics = StepMetrics { step: 0, loss: 0.5, accuracy: 0.25, running_loss: 0.0, running_accuracy: 0.0 };
        run.on_step(metrics).unwrap();
        let (data, model) = (digits::load().unwrap().test, lenet5([28, 28, 1], 10).unwrap());
        let (options, choices) = (TrainOptions::default(), KernelChoices::default());
        let checkpoint = Checkpoint {
            identity: Identity::new(model.config(), &options, &choices, &data, None).unwrap(),
            adapter: String::new(),
            weights: Default::default(),
            moments: Vec::new(),
            place: Default::default(),
            seconds: 0.0,
            history: History::default(),
            best: Default::default(),
        };
        let error = run.write_checkpoint(&checkpoint).unwrap_err().to_string();
        assert!(error.contains(STEPS), "{error}");
        assert_eq!(run.last_checkpoint(), None);
        // The same checkpoint is written where there is a disk.
        run.steps = StepLog::create(&run.path.join(STEPS)).unwrap();
        run.write_checkpoint(&checkpoint).unwrap();
        assert!(run.last_checkpoint().is_some());
    }
}
