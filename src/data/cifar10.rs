//! CIFAR-10 in its official binary layout (Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009).
//!
//! `data_batch_1.bin` and so on hold the pictures to train on, `test_batch.bin` those to test with,
//! `batches.meta.txt` the names of the classes. A batch is any number of records of 3,073 bytes: one byte of label,
//! then 1,024 red, 1,024 green and 1,024 blue bytes, each plane row by row from the top.

use std::path::Path;

use super::{
    DataError, Splits,
    cifar::{Layout, TrainFiles},
    records::{LabelByte, RecordFormat},
};

/// Where the archive can be downloaded.
pub const ADDRESS: &str = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz";

const LAYOUT: Layout = Layout {
    title: "CIFAR-10",
    name: "cifar10",
    folder: "cifar-10-batches-bin",
    archive: "cifar-10-binary.tar.gz",
    address: ADDRESS,
    train: TrainFiles::Numbered { prefix: "data_batch_", suffix: ".bin" },
    test: "test_batch.bin",
    names: "batches.meta.txt",
    known_names: &["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
    record: RecordFormat { labels: &[LabelByte { name: "label", classes: 10 }], kept: 0 },
};

/// Loads CIFAR-10: pictures of 32 x 32 x 3 (red, green, blue), ten classes.
///
/// `path` is the folder of the `.bin` files, a folder that holds `cifar-10-batches-bin/` or `cifar-10-binary.tar.gz`
/// (looked for in this order), or a `.tar.gz` archive itself, which is read without being unpacked to disk. The
/// training pictures stand in the order of their batches' numbers. Other files are passed over. The classes' names come
/// from `batches.meta.txt`, or are the well-known ones where that file is not.
///
/// # Errors
///
/// When nothing is found at `path`, a file is missing, cannot be read or is there twice, a batch is no whole number of
/// records, a label is not below 10, the archive is cut off or damaged, or the pictures exceed 2 GiB.
pub fn load(path: impl AsRef<Path>) -> Result<Splits, DataError> {
    LAYOUT.load(path.as_ref())
}
