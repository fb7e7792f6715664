//! A dataset by its name: the ones that are known, wherever their files are, and folders of pictures.

use std::path::{Path, PathBuf};

use super::{DataError, Dataset, Splits, Watch, cache, cifar10, cifar100, digits, download, folder, mnist};

/// Which dataset, where its files are, and how large its pictures shall be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The dataset's name, one of [`Source::NAMES`], or the path of a folder of pictures.
    pub name: String,
    /// The folder of a known dataset's files; without it they are downloaded into the cache.
    pub dir: Option<PathBuf>,
    /// Height, width and channels that the pictures of a folder are brought to; 32 x 32 x 3 where nothing is asked for.
    /// The pictures of known datasets keep their size.
    pub picture_shape: Option<[usize; 3]>,
}

/// A dataset that was opened: its name, the pictures to train on and, where it has them, those to test with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The name by which weights files know it, such as `cifar10`; for a folder of pictures the last component of its
    /// path.
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
    pub const NAMES: [&'static str; 6] = ["digits", "cifar10", "cifar100", "cifar100-coarse", "mnist", "fashion-mnist"];

    /// Whether the dataset is one of the known ones, whose pictures have one size.
    pub fn is_known(&self) -> bool {
        Self::NAMES.contains(&self.name.as_str())
    }

    /// Loads the dataset; `watch` hears how far it is.
    ///
    /// A known name comes before a folder of the same name, which is meant by `./NAME`.
    ///
    /// # Errors
    ///
    /// When the name is not known and is no folder's path, or the files are not there, cannot be downloaded or are damaged.
    pub fn open(&self, watch: &dyn Watch) -> Result<Opened, DataError> {
        let files = || files_of(&self.name, self.dir.as_deref(), watch);
        let splits = match self.name.as_str() {
            "digits" if self.dir.is_some() => return Err(DataError::NoFiles { name: self.name.clone() }),
            "digits" => digits::load()?,
            "cifar10" => cifar10::load(files()?)?,
            "cifar100" => cifar100::load(files()?, cifar100::Labels::Fine)?,
            "cifar100-coarse" => cifar100::load(files()?, cifar100::Labels::Coarse)?,
            "mnist" => mnist::load(files()?)?,
            "fashion-mnist" => mnist::load_fashion(files()?)?,
            _ => return self.open_folder(watch),
        };
        Ok(splits.into())
    }

    /// Loads the folder of pictures whose path is the name.
    fn open_folder(&self, watch: &dyn Watch) -> Result<Opened, DataError> {
        let path = Path::new(&self.name);
        if !path.is_dir() {
            return Err(DataError::unknown(&self.name, &Self::NAMES, ", and any folder of pictures by its path"));
        }
        if let Some(dir) = &self.dir {
            return Err(DataError::SecondFolder { path: path.into(), dir: dir.clone() });
        }
        let cache = cache::folder().inspect_err(|error| log::warn!("decoded pictures are not kept: {error}")).ok();
        folder::load(path, self.picture_shape.unwrap_or(folder::DEFAULT_SHAPE), cache.as_deref(), watch)
    }
}

/// The folder of a known dataset's files: `dir`, or where they are downloaded to.
fn files_of(name: &str, dir: Option<&Path>, watch: &dyn Watch) -> Result<PathBuf, DataError> {
    match dir {
        Some(dir) => Ok(dir.into()),
        None => download::fetch(name, watch),
    }
}
