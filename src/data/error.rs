//! What can go wrong between a file, or the caller's memory, and a dataset.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::download::DownloadError;
use crate::settings::suggestion;

/// An error of a dataset; each message says what was wrong, where, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The operating system would not let a file or folder be read.
    #[error("cannot read {}; check that the path is right and that you may read it", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's own words.
        source: io::Error,
    },
    /// A dataset is not where it was looked for.
    #[error(
        "no {dataset} was found at {}; expected there: {expected}; it can be downloaded from {address}",
        path.display()
    )]
    NotFound {
        /// The dataset's name.
        dataset: String,
        /// The path that was tried.
        path: PathBuf,
        /// What was looked for there.
        expected: String,
        /// Where the dataset can be had.
        address: String,
    },
    /// A dataset is there, but one of its files is not.
    #[error("{file} is missing in {}, {reason}; {advice}", place.display())]
    Missing {
        /// The name of the missing file.
        file: String,
        /// The folder or archive it should be in.
        place: PathBuf,
        /// Why it should be there.
        reason: String,
        /// What to do about it.
        advice: String,
    },
    /// A file's contents are not what its format says.
    #[error("{file}, byte {offset}: {reason}; {advice}")]
    Malformed {
        /// The file; for a member of an archive both names, for unpacked bytes the word `unpacked` behind it.
        file: String,
        /// Where in the file, in bytes from its start.
        offset: u64,
        /// What is wrong there.
        reason: String,
        /// What to do about it.
        advice: String,
    },
    /// No dataset has this name.
    #[error("there is no dataset '{name}'{suggestion}")]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The name that may have been meant, and all names there are, in words.
        suggestion: String,
    },
    /// A folder of pictures was given a second folder to look in.
    #[error("{} is itself a folder of pictures; leave out the second folder, {}", path.display(), dir.display())]
    SecondFolder {
        /// The folder of pictures.
        path: PathBuf,
        /// The other one.
        dir: PathBuf,
    },
    /// A folder is no folder of pictures.
    #[error("{}: {reason}; {advice}", path.display())]
    PictureFolder {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// What to do about it.
        advice: String,
    },
    /// A picture cannot be decoded.
    #[error("{file}: {reason}; replace the picture or take it away")]
    Picture {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Several pictures of a folder cannot be read.
    #[error("{first}; {others} more pictures of {} cannot be read either", path.display())]
    Pictures {
        /// What is wrong with the first.
        first: Box<DataError>,
        /// How many others there are.
        others: usize,
        /// The folder.
        path: PathBuf,
    },
    /// Pictures cannot be brought to a shape.
    #[error(
        "pictures from files cannot be made {} x {} x {} (height, width, channels): take 1 channel for grey or 3 for \
         RGB, and from 1 to {most} pixels", shape[0], shape[1], shape[2]
    )]
    PictureShape {
        /// Height, width, channels.
        shape: [usize; 3],
        /// The most pixels of a picture.
        most: u64,
    },
    /// The memory does not hold the pictures.
    #[error(
        "{count} pictures of {} x {} x {} (height, width, channels) do not fit in memory; make them smaller, or use \
         fewer", shape[0], shape[1], shape[2]
    )]
    Memory {
        /// The number of pictures.
        count: usize,
        /// Height, width, channels.
        shape: [usize; 3],
    },
    /// A dataset that is part of the program was given a folder.
    #[error("the {name} are in the program and need no folder; leave it out, or name another dataset")]
    NoFiles {
        /// The dataset's name.
        name: String,
    },
    /// There is no folder to keep things in.
    #[error("the system names no cache directory; name one with OCELLUS_CACHE")]
    NoCache,
    /// A dataset's file cannot be had.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// One of a picture's extents is zero, or all three together are too large.
    #[error(
        "pictures cannot be {} x {} x {} (height, width, channels); every extent must be at least 1 \
         and their product fit in memory", shape[0], shape[1], shape[2]
    )]
    Shape {
        /// Height, width, channels.
        shape: [usize; 3],
    },
    /// The pixels are no whole number of pictures.
    #[error(
        "{pixels} bytes of pixels are no whole number of {} x {} x {} pictures (height, width, channels): \
         {whole} are whole and {left} bytes are left; check the shape, and that every pixel has one byte per channel",
        shape[0], shape[1], shape[2]
    )]
    PixelCount {
        /// Height, width, channels.
        shape: [usize; 3],
        /// The bytes there are.
        pixels: usize,
        /// The number of whole pictures among them.
        whole: usize,
        /// The bytes behind the last whole picture.
        left: usize,
    },
    /// There is no picture at all.
    #[error("the dataset has no pictures; give at least one")]
    Empty,
    /// There are more pictures than a 32-bit number can count.
    #[error("the dataset has {images} pictures, but at most {} can be counted; use fewer", u32::MAX)]
    TooMany {
        /// The number of pictures.
        images: usize,
    },
    /// The numbers of pictures and labels differ.
    #[error("there are {images} pictures but {labels} labels; give one label for each picture, in the same order")]
    LabelCount {
        /// The number of pictures.
        images: usize,
        /// The number of labels.
        labels: usize,
    },
    /// A label names no class.
    #[error(
        "label {label} of picture {index} names no class: there are {classes} classes, numbered from 0 to {}; \
         check the labels, or give a name for every class", classes.saturating_sub(1)
    )]
    LabelRange {
        /// The picture, counted from 0.
        index: usize,
        /// Its label.
        label: u32,
        /// The number of classes.
        classes: usize,
    },
    /// The names of the classes cannot be used.
    #[error("the class names cannot be used: {reason}; give each class one name of its own")]
    ClassNames {
        /// What is wrong with them.
        reason: String,
    },
    /// A dataset was to be cut down to nothing.
    #[error("cannot take the first 0 of {samples} pictures; take at least 1")]
    TakeNone {
        /// The number of pictures there are.
        samples: usize,
    },
    /// A dataset cannot be split as asked.
    #[error("cannot split off the last {fraction} of {samples} pictures: {reason}")]
    Split {
        /// The fraction that was asked for.
        fraction: f64,
        /// The number of pictures there are.
        samples: usize,
        /// Why not, and what would do.
        reason: String,
    },
}

impl DataError {
    /// None of the `known` datasets has this name; `others` is what else would do.
    pub(super) fn unknown(name: &str, known: &[&str], others: &str) -> Self {
        Self::Unknown { name: name.to_owned(), suggestion: suggestion(name, known.iter().copied()) + others }
    }
}

/// Why the reading of a file stopped, told by a reader that does not know the file's name.
pub(super) enum Stopped {
    /// The file is not what it should be, at this byte and for this reason.
    Malformed { offset: u64, reason: String },
    /// The bytes could not be had.
    Read(io::Error),
}

impl Stopped {
    /// The error with the file's name, and what to do where its contents are wrong.
    pub(super) fn in_file(self, path: &Path, advice: &str) -> DataError {
        match self {
            Self::Read(source) => DataError::Read { path: path.into(), source },
            Self::Malformed { offset, reason } => {
                DataError::Malformed { file: path.display().to_string(), offset, reason, advice: advice.into() }
            }
        }
    }
}
