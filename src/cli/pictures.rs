//! The pictures that a model looks at: a dataset's, or files.

use std::path::PathBuf;

use rayon::prelude::*;

use super::CliError;
use super::bar::Bar;
use super::run_argument::Trained;
use crate::data::{Dataset, Images, Unit, Watch, picture};

/// Pictures as the model takes them.
pub(super) enum Pictures {
    /// Pictures by their names, as those of files are.
    Files { names: Vec<String>, images: Images },
    /// Labelled pictures by their indices.
    Dataset(Dataset),
}

impl Pictures {
    /// Reads picture files in parallel and brings them to the size that the model takes.
    pub(super) fn read(trained: &Trained, files: &[PathBuf]) -> Result<Self, CliError> {
        let shape = trained.picture_shape()?;
        let bar = Bar::new();
        bar.begin("reading pictures", Some(files.len() as u64), Unit::Pictures);
        let read = files.par_iter().map(|file| {
            let pixels = picture::load(file, shape);
            bar.advance(1);
            pixels
        });
        let pixels = read.collect::<Result<Vec<_>, _>>().map_err(CliError::Picture);
        bar.end();
        let names = files.iter().map(|file| file.display().to_string()).collect();
        Ok(Self::Files { names, images: Images::new(shape, pixels?.concat())? })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Files { names, .. } => names.len(),
            Self::Dataset(dataset) => dataset.len(),
        }
    }

    /// Their pixels one after the other.
    pub(super) fn pixels(&self) -> &[u8] {
        match self {
            Self::Files { images, .. } => images.pixels(),
            Self::Dataset(dataset) => dataset.pixels(),
        }
    }

    /// What their names are.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Files { .. } => "file",
            Self::Dataset(_) => "index",
        }
    }

    /// The name of each: its file, or its index.
    pub(super) fn names(&self) -> Vec<String> {
        match self {
            Self::Files { names, .. } => names.clone(),
            Self::Dataset(dataset) => (0..dataset.len()).map(|index| index.to_string()).collect(),
        }
    }

    /// The name of the right class, where it is known.
    pub(super) fn label(&self, place: usize) -> Option<&str> {
        match self {
            Self::Files { .. } => None,
            Self::Dataset(dataset) => Some(&dataset.class_names()[dataset.labels()[place] as usize]),
        }
    }
}
