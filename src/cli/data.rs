//! The options that name a dataset.

use std::path::PathBuf;

use clap::Args;

use super::CliError;
use super::bar::Bar;
use crate::data::{DataError, Opened, Source, folder};
use crate::model::layers::Pair;
use crate::shape::Shape;
use crate::train::DataConfig;

/// Which dataset to use.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct DataOptions {
    /// The dataset: a known name, of which `digits` is in the program, or a folder of pictures, one folder per class
    #[arg(long, value_name = "NAME|FOLDER")]
    pub(super) data: Option<String>,
    /// Where the dataset's files are
    #[arg(long, value_name = "DIR")]
    pub(super) data_dir: Option<PathBuf>,
    /// The size that a folder's pictures are brought to [default: that of the model's input where there is a
    /// model that declares one, else 32]
    #[arg(long, value_name = "N|HxW", value_parser = image_size)]
    pub(super) image_size: Option<Pair>,
}

impl DataOptions {
    /// Whether any of them is given.
    pub(super) fn any(&self) -> bool {
        self.data.is_some() || self.data_dir.is_some() || self.image_size.is_some()
    }

    /// Puts what was given in the place of what `config` says.
    pub(super) fn merge_into(&self, config: &mut DataConfig) {
        if let Some(name) = &self.data {
            // Another dataset has its files elsewhere, and pictures of another size.
            if *name != config.name {
                config.dir = None;
                config.image_size = None;
            }
            config.name.clone_from(name);
        }
        if let Some(dir) = &self.data_dir {
            config.dir = Some(dir.clone());
        }
        if let Some(size) = self.image_size {
            config.image_size = Some(size);
        }
    }
}

/// Loads a dataset, with a bar where it takes long.
///
/// `declared` is the shape that the model says its input has; pictures of a folder are brought to it.
pub(super) fn open(config: &DataConfig, declared: Option<&Shape>) -> Result<Opened, CliError> {
    let refused = |option: &str, value, reason| CliError::Option { option: option.into(), value, reason };
    let declared = declared.and_then(Shape::picture);
    let asked = config.image_size.map(|size| [size.rows, size.columns, folder::DEFAULT_SHAPE[2]]);
    let source = Source { name: config.name.clone(), dir: config.dir.clone(), picture_shape: declared.or(asked) };
    if let Some(size) = config.image_size {
        if source.is_known() {
            let reason = format!("the pictures of {} have a size of their own; leave it out", source.name);
            return Err(refused("--image-size", written(size), reason));
        }
        if let Some([height, width, _]) = declared.filter(|[height, width, _]| size.array() != [*height, *width]) {
            log::warn!("--image-size {} gives way to the model's input, {height}x{width}", written(size));
        }
    }
    source.open(&Bar::new()).map_err(|error| {
        // Named as they are typed.
        let reason = error.to_string();
        match (&error, &source.dir) {
            (DataError::Unknown { .. }, _) => refused("--data", source.name.clone(), reason),
            (DataError::NoFiles { .. } | DataError::SecondFolder { .. }, Some(dir)) => {
                refused("--data-dir", dir.display().to_string(), reason)
            }
            _ => error.into(),
        }
    })
}

/// Height and width from `32` or `24x32`.
fn image_size(text: &str) -> Result<Pair, String> {
    let numbers: Result<Vec<usize>, _> = text.split(['x', 'X']).map(str::parse).collect();
    match numbers.as_deref() {
        Ok([0] | [0, _] | [_, 0]) => Err("height and width must be at least 1".into()),
        Ok(&[size]) => Ok(size.into()),
        Ok(&[height, width]) => Ok([height, width].into()),
        _ => Err("take one number, such as 32, or height x width, such as 24x32".into()),
    }
}

fn written(size: Pair) -> String {
    format!("{}x{}", size.rows, size.columns)
}
