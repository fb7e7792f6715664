//! What can be wrong with what is to be explained.

use super::Kernel;
use crate::model::ModelError;
use crate::settings::suggestion;
use crate::shape::Padding;
use crate::train::TrainError;

/// An error of the room; each message says what was wrong, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// A matrix without numbers.
    #[error("a matrix needs numbers: rows separated by ';', numbers by spaces or commas, as in \"0 1; 2 3\"")]
    NoNumbers,
    /// A matrix whose rows differ in length.
    #[error(
        "row {row} of the matrix has {} but row 1 has {}; give every row as many (they have {})",
        numbers(counts[row - 1]), counts[0], listed(counts)
    )]
    Ragged {
        /// The first row that differs from row 1, counted from 1.
        row: usize,
        /// The numbers in each row.
        counts: Vec<usize>,
    },
    /// A word of a matrix that is no number.
    #[error("'{word}' in row {row}, column {column} of the matrix is no number; write numbers such as 2, -1 or 0.5")]
    NoNumber {
        /// The row, counted from 1.
        row: usize,
        /// The column, counted from 1.
        column: usize,
        /// What stands there.
        word: String,
    },
    /// A number that no calculation could use.
    #[error("'{word}' in row {row}, column {column} of the matrix is not finite in 32 bits; take another number")]
    NotFinite {
        /// The row, counted from 1.
        row: usize,
        /// The column, counted from 1.
        column: usize,
        /// What stands there.
        word: String,
    },
    /// Values that are not as many as their extents say.
    #[error(
        "{given} numbers are given for {what} of shape {shape:?}; give as many as its extents, all at least 1, multiply to"
    )]
    Extents {
        /// What they are for.
        what: &'static str,
        /// Its extents.
        shape: Vec<usize>,
        /// How many numbers there are.
        given: usize,
    },
    /// No kernel has this name.
    #[error(
        "there is no kernel '{0}'{known}; or write its numbers, as in \"0 1; 2 3\"", known = suggestion(.0, Kernel::NAMES)
    )]
    UnknownKernel(String),
    /// A convolution without kernels.
    #[error("there is no kernel to convolve with; give at least one")]
    NoKernels,
    /// Kernels of several sizes in one convolution.
    #[error(
        "kernel {number} has shape {shape:?} (height, width, channels) but kernel 0 has {first:?}; kernels of one \
         convolution have one shape, convolve with the others by themselves"
    )]
    KernelShapes {
        /// The kernel's number, from 0.
        number: usize,
        /// Its shape.
        shape: [usize; 3],
        /// That of the first.
        first: [usize; 3],
    },
    /// A kernel for another number of channels.
    #[error(
        "the kernel has {kernel} channels but the picture has {picture}; make the picture grey, give the kernel as many \
         channels, or convolve each channel by itself"
    )]
    Channels {
        /// The kernel's.
        kernel: usize,
        /// The picture's.
        picture: usize,
    },
    /// A kernel that is larger than the picture.
    #[error(
        "a kernel of {}x{} does not fit into a picture of {}x{} with padding '{padding}'; use padding 'same', a smaller \
         kernel or a larger picture", kernel[0], kernel[1], picture[0], picture[1]
    )]
    Window {
        /// Height and width of the kernel.
        kernel: [usize; 2],
        /// Height and width of the picture.
        picture: [usize; 2],
        /// What stands around the picture.
        padding: Padding,
    },
    /// A place outside of the output.
    #[error(
        "there is no value at row {row}, column {column} of map {map}: the output has {} rows, {} columns and {} maps, \
         all counted from 0", shape[0], shape[1], shape[2]
    )]
    NoValue {
        /// The row that was asked for.
        row: usize,
        /// The column.
        column: usize,
        /// The map.
        map: usize,
        /// Height, width and channels of the output.
        shape: [usize; 3],
    },
    /// A picture that was not among those given.
    #[error("there is no picture {picture}: the activations are of {pictures}, counted from 0")]
    NoPicture {
        /// The picture that was asked for.
        picture: usize,
        /// How many there are.
        pictures: usize,
    },
    /// A layer that has no kernels to look at.
    #[error("layer '{layer}' ({kind}) is no convolution{}", convolutions(available))]
    NoConvolution {
        /// Its name.
        layer: String,
        /// Its type.
        kind: &'static str,
        /// The convolutions that the model has.
        available: Vec<String>,
    },
    /// The model cannot be made.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The model cannot run.
    #[error(transparent)]
    Train(#[from] TrainError),
}

fn numbers(count: usize) -> String {
    if count == 1 { "1 number".to_owned() } else { format!("{count} numbers") }
}

fn listed(counts: &[usize]) -> String {
    counts.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}

fn convolutions(available: &[String]) -> String {
    match available {
        [] => "; the model has none".to_owned(),
        names => format!("; there are {}", names.join(", ")),
    }
}
