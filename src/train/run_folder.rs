//! A training's folder: what it was, how it went, and its weights.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use super::{Callback, ConfigError, EpochRecord, History, RunConfig, StepMetrics, TrainError};
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

/// A run's folder. As a [`Callback`] it writes, after every epoch, `history.csv`, `steps.csv`, `last.safetensors` and,
/// when the epoch is the best so far by validation accuracy, `best.safetensors`; each whole or not at all.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    metadata: MetadataParts,
    history: History,
    steps: String,
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
        let path = match out {
            Some(path) => claim(path)?,
            None => numbered(config.model_name().unwrap_or("model"))?,
        };
        write(&path.join("config.toml"), config.to_toml()?.as_bytes())?;
        name_last(&path);
        let metadata = MetadataParts { dataset: dataset.to_owned(), class_names: class_names.to_vec() };
        let steps = "step,loss,accuracy\n".to_owned();
        Ok(Self { path, metadata, history: History::default(), steps })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn write_epoch(&mut self, record: &EpochRecord, model: &Model) -> Result<(), RunError> {
        self.history.epochs.push(*record);
        let MetadataParts { dataset, class_names } = &self.metadata;
        let metadata = Metadata::new(model, dataset, class_names);
        WeightsFile::save(&self.path.join("last.safetensors"), model, &metadata)?;
        if self.history.best().is_some_and(|best| best.epoch == record.epoch) {
            WeightsFile::save(&self.path.join("best.safetensors"), model, &metadata)?;
        }
        write(&self.path.join("steps.csv"), self.steps.as_bytes())?;
        write(&self.path.join("history.csv"), self.history.to_csv().as_bytes())
    }
}

impl Callback for RunFolder {
    fn on_step(&mut self, metrics: StepMetrics) -> Result<(), TrainError> {
        let StepMetrics { step, loss, accuracy, .. } = metrics;
        // Writing to a string cannot fail.
        let _ = writeln!(self.steps, "{step},{loss},{accuracy}");
        Ok(())
    }

    fn on_epoch_end(&mut self, record: &EpochRecord, model: &Model) -> Result<(), TrainError> {
        self.write_epoch(record, model)
            .map_err(|error| TrainError::Callback("cannot keep the run".to_owned(), error.into()))
    }
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

/// The folder that the user named: made if it is not there, refused if there is anything in it.
fn claim(path: &Path) -> Result<PathBuf, RunError> {
    create_all(path)?;
    let mut entries = std::fs::read_dir(path).map_err(|source| RunError::Write { path: path.to_owned(), source })?;
    if entries.next().is_some() {
        return Err(RunError::NotEmpty(path.to_owned()));
    }
    Ok(path.to_owned())
}

/// The first of `runs/NAME-1`, `runs/NAME-2`, ... that is not there. Creating it claims it, also from another process.
fn numbered(name: &str) -> Result<PathBuf, RunError> {
    create_all(Path::new(RUNS))?;
    let mut number = 1_u64;
    loop {
        let path = Path::new(RUNS).join(format!("{name}-{number}"));
        match std::fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(source) => return Err(RunError::Write { path, source }),
        }
    }
}
