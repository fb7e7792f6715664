//! `ocellus history`: accuracy and loss over the epochs of runs.

use std::path::PathBuf;

use clap::Args;

use super::CliError;
use super::picture::PictureOptions;
use crate::train::{Run, last_run};
use crate::view;

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
        false => options.runs.clone(),
    };
    let runs = paths.iter().map(|path| Run::open(path)).collect::<Result<Vec<_>, _>>()?;
    if let Some(run) = runs.iter().find(|run| run.history.epochs.is_empty()) {
        return Err(CliError::NoHistory { run: run.path.clone() });
    }
    let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let histories: Vec<_> = names.iter().zip(&runs).map(|(name, run)| (name.as_str(), &run.history)).collect();
    let file = options.picture.begin((runs.len() == 1).then(|| paths[0].as_path()), "history.png")?;
    file.finish(&view::history(&histories)?)
}
