//! The options that name a dataset.

use std::path::PathBuf;

use clap::Args;

use super::CliError;
use super::bar::Bar;
use crate::data::{Opened, Source};
use crate::shape::Shape;
use crate::train::DataConfig;

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

impl DataOptions {
    /// Puts what was given in the place of what `config` says.
    pub(super) fn merge_into(&self, config: &mut DataConfig) {
        if let Some(name) = &self.data {
            // Another dataset has its files elsewhere.
            if *name != config.name {
                config.dir = None;
            }
            config.name.clone_from(name);
        }
        if let Some(dir) = &self.data_dir {
            config.dir = Some(dir.clone());
        }
    }
}

/// Loads a dataset, with a bar where it takes long.
///
/// `declared` is the shape that the model says its input has; pictures of a folder are brought to it.
pub(super) fn open(config: &DataConfig, declared: Option<&Shape>) -> Result<Opened, CliError> {
    let _ = declared;
    let source = Source { name: config.name.clone(), dir: config.dir.clone() };
    Ok(source.open(&Bar::new())?)
}
