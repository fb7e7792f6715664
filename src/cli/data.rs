//! The options that name a dataset.

use std::path::PathBuf;

use clap::Args;

use super::CliError;
use super::bar::Bar;
use crate::data::{Opened, Source};

/// Which dataset to use.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct DataOptions {
    /// The dataset; `digits` is in the program
    #[arg(long, value_name = "NAME")]
    pub(super) data: Option<String>,
    /// Where the dataset's files are
    #[arg(long, value_name = "DIR")]
    pub(super) data_dir: Option<PathBuf>,
}

/// Loads a dataset, with a bar where it takes long.
pub(super) fn open(source: &Source) -> Result<Opened, CliError> {
    Ok(source.open(&Bar::new())?)
}
