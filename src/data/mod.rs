//! Datasets: labelled pictures in memory, the files they come from and the order in which an epoch takes them.
//!
//! A [`Dataset`] is pictures as bytes, their labels and the names of the classes. It comes from memory
//! ([`Dataset::from_memory`]), from CIFAR-10's official files ([`cifar10::load`]), from IDX files ([`idx`]) or from
//! the digits inside the program ([`digits::load`]). For training it goes to the
//! GPU as a [`ResidentDataset`]. Nothing here knows of a network.

mod archive;
pub mod cache;
pub mod catalogue;
pub mod cifar10;
mod dataset;
pub mod digits;
pub mod download;
mod error;
mod gzip;
pub mod idx;
mod order;
mod records;
mod resident;
mod source;
mod watch;

pub use dataset::{Dataset, Images, Splits};
pub use error::DataError;
pub use order::epoch_order;
pub use resident::{ResidentDataset, ResidentLayout};
pub use source::{Opened, Source};
pub use watch::{Unit, Watch};

/// The most bytes of pixels or labels that one file or archive may hold (2 GiB).
///
/// Compressed files can announce and expand to almost anything; what is larger than this is refused, not loaded.
const MOST_BYTES: u64 = 2 << 30;
