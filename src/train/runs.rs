//! Runs found again: what they were, how they went, and where their weights are.

use std::cmp::Ordering;
use std::io;
use std::path::{Path, PathBuf};

use super::run_folder::{LAST, RUNS};
use super::{ConfigError, History, RunConfig, RunError};

/// Which weights of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhichWeights {
    /// Those of the epoch with the best validation accuracy.
    #[default]
    Best,
    /// Those after the last epoch.
    Last,
}

impl WhichWeights {
    /// The name of their file in the run's folder.
    pub fn file_name(self) -> &'static str {
        match self {
            WhichWeights::Best => "best.safetensors",
            WhichWeights::Last => "last.safetensors",
        }
    }
}

/// A run as its folder tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its folder.
    pub path: PathBuf,
    /// What repeats it.
    pub config: RunConfig,
    /// How it went so far: no epochs before the first has ended.
    pub history: History,
}

impl Run {
    /// The name of the file that makes a folder a run's.
    pub const CONFIG: &str = "config.toml";

    /// Reads the run in the folder `path`.
    ///
    /// # Errors
    ///
    /// When a file of it is missing, cannot be read or is not what was written.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let config = Self::read_config(path)?;
        let file = path.join("history.csv");
        let history = match std::fs::read_to_string(&file) {
            Ok(csv) => {
                History::from_csv(&csv).map_err(|(line, reason)| RunError::Damaged { path: file, line, reason })?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => History::default(),
            Err(source) => return Err(RunError::Read { path: file, source }),
        };
        if !history.epochs.is_empty() {
            for which in [WhichWeights::Best, WhichWeights::Last] {
                let weights = path.join(which.file_name());
                if !weights.is_file() {
                    return Err(RunError::Missing(weights));
                }
            }
        }
        Ok(Self { path: path.to_owned(), config, history })
    }

    /// Reads only what repeats the run in the folder `path`.
    pub fn read_config(path: &Path) -> Result<RunConfig, RunError> {
        let file = path.join(Self::CONFIG);
        match RunConfig::load(&file) {
            Err(ConfigError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Err(RunError::Missing(file))
            }
            read => Ok(read?),
        }
    }

    /// Whether the folder `path` is a run's, whole or not: it has a configuration or weights.
    pub fn is_at(path: &Path) -> bool {
        let weights = [WhichWeights::Best, WhichWeights::Last].map(WhichWeights::file_name);
        path.is_dir() && weights.iter().chain(&[Self::CONFIG]).any(|name| path.join(name).exists())
    }
}

/// The folder of the newest run, as `runs/last` in the present folder names it; `None` where there was none yet.
pub fn last_run() -> Result<Option<PathBuf>, RunError> {
    let path = Path::new(RUNS).join(LAST);
    let name = match std::fs::read_to_string(&path) {
        Ok(name) => name,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(RunError::Read { path, source }),
    };
    let run = PathBuf::from(name.trim_end_matches(['\r', '\n']));
    if !run.is_dir() {
        let reason = format!("it names the last run, {}, which is not there; name a run", run.display());
        return Err(RunError::Damaged { path, line: 1, reason });
    }
    Ok(Some(run))
}

/// The folder of the run that `path` names: itself, or that of the newest run where it is `runs/last`.
pub fn named_run(path: &Path) -> Result<PathBuf, RunError> {
    let from_here = path.strip_prefix(".").unwrap_or(path);
    let newest = if from_here == Path::new(RUNS).join(LAST) { last_run()? } else { None };
    Ok(newest.unwrap_or_else(|| path.to_owned()))
}

/// A folder, and the run in it or the reason why there is none.
pub type ListedRun = (PathBuf, Result<Run, RunError>);

/// The folders in `folder`, each as a run or with the reason why it is none, by name, numbers by their value; `folder`
/// alone where it is itself a run's.
pub fn list_runs(folder: &Path) -> Result<Vec<ListedRun>, RunError> {
    if Run::is_at(folder) {
        return Ok(vec![(folder.to_owned(), Run::open(folder))]);
    }
    let refused = |source| RunError::Read { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(refused)? {
        let path = entry.map_err(refused)?.path();
        // A name with a dot in front is a file manager's or an editor's.
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !hidden {
            paths.push(path);
        }
    }
    paths.sort_by(|a, b| by_number(&a.to_string_lossy(), &b.to_string_lossy()));
    Ok(paths.into_iter().map(|path| (path.clone(), Run::open(&path))).collect())
}

/// The order of names that end in numbers: `lecture-2` before `lecture-10`.
fn by_number(a: &str, b: &str) -> Ordering {
    let parts = |name: &str| {
        let stem = name.trim_end_matches(|character: char| character.is_ascii_digit());
        (stem.to_owned(), name[stem.len()..].parse::<u64>().ok())
    };
    parts(a).cmp(&parts(b)).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_order_of_their_numbers() {
        let mut names = ["vgg-1", "lecture-10", "lecture", "lecture-9", "lecture-99999999999999999999999", "2"];
        names.sort_by(|a, b| by_number(a, b));
        assert_eq!(names, ["2", "lecture", "lecture-99999999999999999999999", "lecture-9", "lecture-10", "vgg-1"]);
    }
}
