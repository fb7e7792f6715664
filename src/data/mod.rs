//! Datasets: labelled pictures in memory, the files they come from and the order in which an epoch takes them.
//!
//! A [`Dataset`] is pictures as bytes, their labels and the names of the classes. It comes from memory
//! ([`Dataset::from_memory`]), from the official files of [`cifar10`], [`cifar100`] and [`mnist`], from a [`folder`] of
//! pictures or from the [`digits`] inside the program; a [`Source`] opens any of them by its name. Single pictures are
//! read by [`picture`], single IDX files by [`idx`]. For training a dataset goes to the GPU as a [`ResidentDataset`].
//! Nothing here knows of a network.

mod archive;
pub mod cache;
pub mod catalogue;
mod cifar;
pub mod cifar10;
pub mod cifar100;
mod dataset;
pub mod digits;
pub mod download;
mod error;
pub mod folder;
mod gzip;
pub mod idx;
pub mod mnist;
mod order;
pub mod picture;
mod picture_cache;
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
