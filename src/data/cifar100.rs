//! CIFAR-100 in its official binary layout (Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009).
//!
//! `train.bin` holds the pictures to train on, `test.bin` those to test with, `fine_label_names.txt` and
//! `coarse_label_names.txt` the names of the 100 classes and of the 20 that they are gathered in. A file is any number
//! of records of 3,074 bytes: the coarse label, the fine label, then 1,024 red, 1,024 green and 1,024 blue bytes, each
//! plane row by row from the top.

use std::path::Path;

use super::{
    DataError, Splits,
    cifar::{Layout, TrainFiles},
    records::{LabelByte, RecordFormat},
};

/// Where the archive can be downloaded.
pub const ADDRESS: &str = "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz";

/// Which of a picture's two labels is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Labels {
    /// The 100 classes, such as `maple_tree`.
    #[default]
    Fine,
    /// The 20 that they are gathered in, such as `trees`.
    Coarse,
}

const LABELS: [LabelByte; 2] =
    [LabelByte { name: "coarse label", classes: 20 }, LabelByte { name: "fine label", classes: 100 }];

const FINE: Layout = Layout {
    title: "CIFAR-100",
    name: "cifar100",
    folder: "cifar-100-binary",
    archive: "cifar-100-binary.tar.gz",
    address: ADDRESS,
    train: TrainFiles::One("train.bin"),
    test: "test.bin",
    names: "fine_label_names.txt",
    known_names: &FINE_NAMES,
    record: RecordFormat { labels: &LABELS, kept: 1 },
};

const COARSE: Layout = Layout {
    name: "cifar100-coarse",
    names: "coarse_label_names.txt",
    known_names: &COARSE_NAMES,
    record: RecordFormat { labels: &LABELS, kept: 0 },
    ..FINE
};

/// Loads CIFAR-100: pictures of 32 x 32 x 3 (red, green, blue), 100 classes by their fine labels, 20 by their coarse
/// ones.
///
/// `path` is the folder of `train.bin` and `test.bin`, a folder that holds `cifar-100-binary/` or
/// `cifar-100-binary.tar.gz` (looked for in this order), or a `.tar.gz` archive itself, which is read without being
/// unpacked to disk. Other files are passed over. The classes' names come from `fine_label_names.txt` or
/// `coarse_label_names.txt`, or are the well-known ones where that file is not.
///
/// # Errors
///
/// When nothing is found at `path`, a file is missing, cannot be read or is there twice, a file is no whole number of
/// records, a coarse label is not below 20 or a fine one not below 100, the archive is cut off or damaged, or the
/// pictures exceed 2 GiB.
pub fn load(path: impl AsRef<Path>, labels: Labels) -> Result<Splits, DataError> {
    match labels {
        Labels::Fine => FINE.load(path.as_ref()),
        Labels::Coarse => COARSE.load(path.as_ref()),
    }
}

#[rustfmt::skip]
const FINE_NAMES: [&str; 100] = [
    "apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle",
    "bowl", "boy", "bridge", "bus", "butterfly", "camel", "can", "castle", "caterpillar", "cattle",
    "chair", "chimpanzee", "clock", "cloud", "cockroach", "couch", "crab", "crocodile", "cup", "dinosaur",
    "dolphin", "elephant", "flatfish", "forest", "fox", "girl", "hamster", "house", "kangaroo", "keyboard",
    "lamp", "lawn_mower", "leopard", "lion", "lizard", "lobster", "man", "maple_tree", "motorcycle", "mountain",
    "mouse", "mushroom", "oak_tree", "orange", "orchid", "otter", "palm_tree", "pear", "pickup_truck", "pine_tree",
    "plain", "plate", "poppy", "porcupine", "possum", "rabbit", "raccoon", "ray", "road", "rocket",
    "rose", "sea", "seal", "shark", "shrew", "skunk", "skyscraper", "snail", "snake", "spider",
    "squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank", "telephone", "television", "tiger", "tractor",
    "train", "trout", "tulip", "turtle", "wardrobe", "whale", "willow_tree", "wolf", "woman", "worm",
];

const COARSE_NAMES: [&str; 20] = [
    "aquatic_mammals",
    "fish",
    "flowers",
    "food_containers",
    "fruit_and_vegetables",
    "household_electrical_devices",
    "household_furniture",
    "insects",
    "large_carnivores",
    "large_man-made_outdoor_things",
    "large_natural_outdoor_scenes",
    "large_omnivores_and_herbivores",
    "medium_mammals",
    "non-insect_invertebrates",
    "people",
    "reptiles",
    "small_mammals",
    "trees",
    "vehicles_1",
    "vehicles_2",
];
