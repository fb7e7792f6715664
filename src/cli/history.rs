//! `ocellus history`: accuracy and loss over the epochs of runs.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::Args;

use super::CliError;
use super::picture::PictureOptions;
use crate::train::{Run, last_run, named_run};
use crate::view;

/// The name of the picture in a run's folder.
pub(super) const FILE: &str = "history.png";

/// The options of `ocellus history`.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Runs' folders, all in one plot [default: the last run]
    #[arg(value_name = "RUN")]
    runs: Vec<PathBuf>,
    #[command(flatten)]
    picture: PictureOptions,
}

pub(super) fn run(options: &Options) -> Result<(), CliError> {
    let paths = match options.runs.is_empty() {
        true => vec![last_run()?.ok_or(CliError::NoRuns)?],
        false => each_once(&options.runs)?,
    };
    if let Some(path) = paths.iter().find(|path| !Run::is_at(path)) {
        return Err(CliError::NotARun { path: path.clone() });
    }
    let runs = paths.iter().map(|path| Run::open(path)).collect::<Result<Vec<_>, _>>()?;
    if let Some(run) = runs.iter().find(|run| run.history.epochs.is_empty()) {
        return Err(CliError::NoHistory { run: run.path.clone() });
    }
    let names = names(&paths);
    let histories: Vec<_> = names.iter().zip(&runs).map(|(name, run)| (name.as_str(), &run.history)).collect();
    let file = options.picture.begin((runs.len() == 1).then(|| paths[0].as_path()), FILE)?;
    file.finish_or_text(&view::history(&histories)?, &view::history_in_characters(&histories)?)
}

/// The runs in their order, each once; `runs/last` stands for the newest, so that `runs/*` is every run.
fn each_once(words: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for word in words {
        let path = named_run(word)?;
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    Ok(paths)
}

/// What a run in this folder is called.
pub(super) fn name(path: &Path) -> String {
    Path::new(path.file_name().unwrap_or(path.as_os_str())).display().to_string()
}

/// What the runs are called: their folders' names, or their paths where two folders have one name.
fn names(paths: &[PathBuf]) -> Vec<String> {
    let mut own: Vec<&OsStr> = paths.iter().filter_map(|path| path.file_name()).collect();
    own.sort();
    own.dedup();
    let told_apart = own.len() == paths.len();
    paths.iter().map(|path| if told_apart { name(path) } else { path.display().to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_have_their_folders_names_where_these_differ() {
        let named = |paths: &[&str]| names(&paths.iter().map(PathBuf::from).collect::<Vec<_>>());
        assert_eq!(named(&["runs/lecture-1", "/tmp/other/"]), ["lecture-1", "other"]);
        assert_eq!(named(&["a/run", "b/run"]), ["a/run", "b/run"]);
        assert_eq!(named(&["."]), ["."]);
    }
}
