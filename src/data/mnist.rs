//! MNIST (LeCun, Cortes and Burges, 1998) and Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017): four IDX files each, of
//! the same names.
//!
//! Pictures to train on are in `train-images-idx3-ubyte`, their labels in `train-labels-idx1-ubyte`; those to test with
//! in `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte`. Each may end in `.gz`, and may have its first dash before
//! `idx` replaced by a dot, as some copies have it.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use super::{DataError, Dataset, Images, MOST_BYTES, Splits, idx};

/// Where MNIST's four files can be downloaded.
pub const ADDRESS: &str = "https://storage.googleapis.com/cvdf-datasets/mnist/";

/// Where Fashion-MNIST's four files can be downloaded.
pub const FASHION_ADDRESS: &str =
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/";

/// A dataset in MNIST's files.
struct Layout {
    /// What messages call the dataset.
    title: &'static str,
    name: &'static str,
    address: &'static str,
    /// Where torchvision keeps the files.
    subfolder: &'static str,
    classes: [&'static str; 10],
}

const MNIST: Layout = Layout {
    title: "MNIST",
    name: "mnist",
    address: ADDRESS,
    subfolder: "MNIST/raw",
    classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
};

const FASHION: Layout = Layout {
    title: "Fashion-MNIST",
    name: "fashion-mnist",
    address: FASHION_ADDRESS,
    subfolder: "FashionMNIST/raw",
    classes: ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
};

/// Loads MNIST: pictures of 28 x 28 x 1, white on black, ten classes named by their digits.
///
/// `path` is the folder of the four files, or one that holds them in `MNIST/raw/`. A file that is there plain and
/// packed is read plain.
///
/// # Errors
///
/// When a file is missing, cannot be read or is no whole IDX file, a picture has no label or a label no picture, a
/// label is not below 10, or the pictures to test with have another size than those to train on.
pub fn load(path: impl AsRef<Path>) -> Result<Splits, DataError> {
    MNIST.load(path.as_ref())
}

/// Loads Fashion-MNIST: pictures of 28 x 28 x 1, white on black, ten classes of clothes.
///
/// `path` is the folder of the four files, or one that holds them in `FashionMNIST/raw/`. A file that is there plain
/// and packed is read plain.
///
/// # Errors
///
/// As those of [`load`].
pub fn load_fashion(path: impl AsRef<Path>) -> Result<Splits, DataError> {
    FASHION.load(path.as_ref())
}

/// The four files.
const FILES: [&str; 4] =
    ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];

impl Layout {
    fn load(&self, path: &Path) -> Result<Splits, DataError> {
        let [train_images, train_labels, test_images, test_labels] = self.find(path)?;
        let train = self.part(&train_images, &train_labels)?;
        let test = self.part(&test_images, &test_labels)?;
        if train.shape() != test.shape() {
            let ([height, width, _], [test_height, test_width, _]) = (train.shape(), test.shape());
            let reason = format!(
                "the pictures are {test_height} x {test_width}, but those of {} are {height} x {width}",
                train_images.display()
            );
            return Err(self.malformed(&test_images, 8, reason));
        }
        Ok(Splits { name: self.name.into(), train, test })
    }

    /// The paths of the four files.
    fn find(&self, path: &Path) -> Result<[PathBuf; 4], DataError> {
        for folder in [path.to_path_buf(), path.join(self.subfolder)] {
            let found = FILES.map(|name| find_file(&folder, name));
            let there = found.iter().zip(FILES).find(|(file, _)| file.is_some()).map(|(_, name)| name);
            let Some(there) = there else { continue };
            if let [Some(a), Some(b), Some(c), Some(d)] = found {
                return Ok([a, b, c, d]);
            }
            let missing = found.iter().zip(FILES).find(|(file, _)| file.is_none()).map_or(FILES[0], |(_, name)| name);
            return Err(DataError::Missing {
                file: format!("{missing} (or {missing}.gz)"),
                place: folder,
                reason: format!("although {there} is there"),
                advice: self.advice(),
            });
        }
        let subfolder = self.subfolder;
        Err(DataError::NotFound {
            dataset: self.title.into(),
            path: path.into(),
            expected: format!("a folder with {}, plain or .gz, or one that holds {subfolder}/", FILES.join(", ")),
            address: self.address.into(),
        })
    }

    /// The pictures of one file with the labels of another.
    fn part(&self, images_path: &Path, labels_path: &Path) -> Result<Dataset, DataError> {
        let images = idx::read_images(&images_path.display().to_string(), &self.read(images_path)?)?;
        let labels = idx::read_labels(&labels_path.display().to_string(), &self.read(labels_path)?)?;
        self.check(&images, images_path, &labels, labels_path)?;
        Dataset::from_memory(images, labels, self.classes.map(String::from).to_vec())
    }

    /// Refuses labels that do not go with the pictures, naming the files.
    fn check(&self, images: &Images, images_path: &Path, labels: &[u32], path: &Path) -> Result<(), DataError> {
        if labels.len() != images.len() {
            let images_name = images_path.display();
            let reason = format!("there are {} labels, but {images_name} has {} pictures", labels.len(), images.len());
            return Err(self.malformed(path, 4, reason));
        }
        match labels.iter().enumerate().find(|&(_, &label)| label as usize >= self.classes.len()) {
            Some((number, label)) => {
                let reason = format!("label {number} is {label}, but labels are numbered from 0 to 9");
                Err(self.malformed(path, 8 + number as u64, reason))
            }
            None => Ok(()),
        }
    }

    /// The bytes of a file.
    fn read(&self, path: &Path) -> Result<Vec<u8>, DataError> {
        let read_error = |source| DataError::Read { path: path.into(), source };
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(read_error)?;
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(read_error)?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(self.malformed(path, MOST_BYTES, format!("the file is longer than {MOST_BYTES} bytes")));
        }
        Ok(bytes)
    }

    fn advice(&self) -> String {
        format!("get the file again from {}", self.address)
    }

    /// An error at byte `offset` of a file, unpacked if it is packed.
    fn malformed(&self, path: &Path, offset: u64, reason: String) -> DataError {
        DataError::Malformed { file: path.display().to_string(), offset, reason, advice: self.advice() }
    }
}

/// The file of this official name in `folder`, under any of its spellings.
fn find_file(folder: &Path, name: &str) -> Option<PathBuf> {
    let dotted = name.replacen("-idx", ".idx", 1);
    let spellings = [name.to_owned(), dotted.clone(), format!("{name}.gz"), format!("{dotted}.gz")];
    spellings.into_iter().map(|name| folder.join(name)).find(|path| path.is_file())
}
