//! A dataset by its name: the ones that are known, wherever their files are.

use std::path::PathBuf;

use super::{DataError, Dataset, Splits, Watch, cifar10, digits, download};
use crate::settings::suggestion;

/// Which dataset, and where its files are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The dataset's name, one of [`Source::NAMES`].
    pub name: String,
    /// The folder of its files; without it, known datasets are downloaded into the cache.
    pub dir: Option<PathBuf>,
}

/// A dataset that was opened: its name, the pictures to train on and, where it has them, those to test with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The name by which weights files know it, such as `cifar10`.
    pub name: String,
    /// The pictures to train on.
    pub train: Dataset,
    /// The pictures to test with; same shape, same classes.
    pub test: Option<Dataset>,
}

impl From<Splits> for Opened {
    fn from(splits: Splits) -> Self {
        Self { name: splits.name, train: splits.train, test: Some(splits.test) }
    }
}

impl Source {
    /// The names that are known.
    pub const NAMES: [&'static str; 2] = ["digits", "cifar10"];

    /// Loads the dataset; `watch` hears how far it is.
    ///
    /// # Errors
    ///
    /// When the name is not known, or the files are not there, cannot be downloaded or are damaged.
    pub fn open(&self, watch: &dyn Watch) -> Result<Opened, DataError> {
        let splits = match (self.name.as_str(), &self.dir) {
            ("digits", None) => digits::load()?,
            ("digits", Some(_)) => return Err(DataError::NoFiles { name: self.name.clone() }),
            ("cifar10", Some(dir)) => cifar10::load(dir)?,
            ("cifar10", None) => cifar10::load(download::fetch("cifar10", watch)?)?,
            (name, _) => {
                return Err(DataError::Unknown { name: name.into(), suggestion: suggestion(name, Self::NAMES) });
            }
        };
        Ok(splits.into())
    }
}
