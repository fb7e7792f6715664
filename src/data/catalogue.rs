//! The datasets that are known by name: what is in them, and where their files can be had.
//!
//! Lengths and checksums are pinned here: a file is used only when it is the one that everybody else uses, wherever it
//! came from.

use super::{DataError, download::Checksum};
use crate::settings::suggestion;

/// A dataset that is known by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownSet {
    /// The name by which it is asked for, such as `cifar10`.
    pub name: &'static str,
    /// What its pictures show, in a few words.
    pub description: &'static str,
    /// Who published it, and when.
    pub source: &'static str,
    /// Height, width and channels of a picture.
    pub shape: [usize; 3],
    /// The number of pictures to train on.
    pub train: usize,
    /// The number of pictures to test with.
    pub test: usize,
    /// The number of classes.
    pub classes: usize,
    /// Where its files can be had; `None` for what is part of the program.
    pub distribution: Option<Distribution>,
}

/// The files of a dataset, and where they can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// The folder below `datasets/` of the cache that holds them; datasets made of the same files share it.
    pub folder: &'static str,
    /// What stands before a file's name in its addresses, ending in `/`; tried in this order.
    pub mirrors: &'static [&'static str],
    /// The files, all of which are needed.
    pub files: &'static [KnownFile],
}

/// A file whose contents are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownFile {
    /// Its name, the same on every mirror and on disk.
    pub name: &'static str,
    /// Its length.
    pub bytes: u64,
    /// The checksum of its contents.
    pub checksum: Checksum,
}

impl Distribution {
    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// The dataset of this name.
///
/// # Errors
///
/// When there is none; the message names those there are, and the nearest.
pub fn find(name: &str) -> Result<&'static KnownSet, DataError> {
    KNOWN.iter().find(|set| set.name == name).ok_or_else(|| {
        let suggestion = suggestion(name, KNOWN.map(|set| set.name));
        DataError::Unknown { name: name.to_owned(), suggestion }
    })
}

/// All datasets that are known by name, the one inside the program first.
pub const KNOWN: [KnownSet; 6] = [
    KnownSet {
        name: "digits",
        description: "handwritten digits, a part of MNIST",
        source: "LeCun, Cortes and Burges 1998",
        shape: [28, 28, 1],
        train: 4_000,
        test: 1_000,
        classes: 10,
        distribution: None,
    },
    KnownSet {
        name: "cifar10",
        description: "photographs of animals and vehicles",
        source: "Krizhevsky 2009",
        shape: [32, 32, 3],
        train: 50_000,
        test: 10_000,
        classes: 10,
        distribution: Some(Distribution {
            folder: "cifar10",
            mirrors: &[TORONTO],
            files: &[KnownFile {
                name: "cifar-10-binary.tar.gz",
                bytes: 170_052_171,
                checksum: Checksum::sha256("c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"),
            }],
        }),
    },
    KnownSet {
        name: "cifar100",
        description: "photographs of animals, plants and things",
        source: "Krizhevsky 2009",
        shape: [32, 32, 3],
        train: 50_000,
        test: 10_000,
        classes: 100,
        distribution: Some(CIFAR100),
    },
    KnownSet {
        name: "cifar100-coarse",
        description: "the pictures of cifar100, in twenty groups of five classes",
        source: "Krizhevsky 2009",
        shape: [32, 32, 3],
        train: 50_000,
        test: 10_000,
        classes: 20,
        distribution: Some(CIFAR100),
    },
    KnownSet {
        name: "mnist",
        description: "handwritten digits",
        source: "LeCun, Cortes and Burges 1998",
        shape: [28, 28, 1],
        train: 60_000,
        test: 10_000,
        classes: 10,
        distribution: Some(Distribution {
            folder: "mnist",
            mirrors: &[
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
                "https://storage.googleapis.com/cvdf-datasets/mnist/",
            ],
            files: &[
                KnownFile {
                    name: TRAIN_IMAGES,
                    bytes: 9_912_422,
                    checksum: Checksum::md5("f68b3c2dcbeaaa9fbdd348bbdeb94873"),
                },
                KnownFile {
                    name: TRAIN_LABELS,
                    bytes: 28_881,
                    checksum: Checksum::md5("d53e105ee54ea40749a09fcbcd1e9432"),
                },
                KnownFile {
                    name: TEST_IMAGES,
                    bytes: 1_648_877,
                    checksum: Checksum::md5("9fb629c4189551a2d022fa330f9573f3"),
                },
                KnownFile {
                    name: TEST_LABELS,
                    bytes: 4_542,
                    checksum: Checksum::md5("ec29112dd5afa0611ce80d1b7f02629c"),
                },
            ],
        }),
    },
    KnownSet {
        name: "fashion-mnist",
        description: "pieces of clothing",
        source: "Xiao, Rasul and Vollgraf 2017",
        shape: [28, 28, 1],
        train: 60_000,
        test: 10_000,
        classes: 10,
        distribution: Some(Distribution {
            folder: "fashion-mnist",
            mirrors: &["https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"],
            files: &[
                KnownFile {
                    name: TRAIN_IMAGES,
                    bytes: 26_421_880,
                    checksum: Checksum::md5("8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
                },
                KnownFile {
                    name: TRAIN_LABELS,
                    bytes: 29_515,
                    checksum: Checksum::md5("25c81989df183df01b3e8a0aad5dffbe"),
                },
                KnownFile {
                    name: TEST_IMAGES,
                    bytes: 4_422_102,
                    checksum: Checksum::md5("bef4ecab320f06d8554ea6380940ec79"),
                },
                KnownFile {
                    name: TEST_LABELS,
                    bytes: 5_148,
                    checksum: Checksum::md5("bb300cfdad3c16e7a12a480ee83cd310"),
                },
            ],
        }),
    },
];

const TORONTO: &str = "https://www.cs.toronto.edu/~kriz/";

const CIFAR100: Distribution = Distribution {
    folder: "cifar100",
    mirrors: &[TORONTO],
    files: &[KnownFile {
        name: "cifar-100-binary.tar.gz",
        bytes: 168_513_733,
        checksum: Checksum::sha256("58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"),
    }],
};

const TRAIN_IMAGES: &str = "train-images-idx3-ubyte.gz";
const TRAIN_LABELS: &str = "train-labels-idx1-ubyte.gz";
const TEST_IMAGES: &str = "t10k-images-idx3-ubyte.gz";
const TEST_LABELS: &str = "t10k-labels-idx1-ubyte.gz";
