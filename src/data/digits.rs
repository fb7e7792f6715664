//! The handwritten digits that are part of the program: 5,000 of MNIST.

use super::{DataError, Dataset, Splits, idx};

/// An embedded file, with the name that messages call it.
macro_rules! embedded {
    ($file:literal) => {
        ($file, include_bytes!(concat!("../../assets/", $file)).as_slice())
    };
}

/// The digits: 4,000 to train on, 400 of each class, and 1,000 to test with, 100 of each class.
///
/// Pictures are 28 x 28 x 1, white on black; class `i` is named by its digit. In both parts the classes take turns, so
/// [`Dataset::take`] and [`Dataset::split_last`] keep them balanced. Where they come from and
/// under which licence is written in `assets/README.md`.
///
/// ```
/// let digits = ocellus::data::digits::load()?;
/// assert_eq!((digits.train.len(), digits.test.len()), (4000, 1000));
/// assert_eq!(digits.train.shape(), [28, 28, 1]);
/// # Ok::<(), ocellus::data::DataError>(())
/// ```
///
/// # Errors
///
/// None, unless the embedded files were exchanged for others when the program was built.
pub fn load() -> Result<Splits, DataError> {
    Ok(Splits {
        name: "digits".into(),
        train: part(embedded!("digits-train-images.idx.gz"), embedded!("digits-train-labels.idx.gz"))?,
        test: part(embedded!("digits-test-images.idx.gz"), embedded!("digits-test-labels.idx.gz"))?,
    })
}

fn part(images: (&str, &[u8]), labels: (&str, &[u8])) -> Result<Dataset, DataError> {
    let names = (0..10).map(|digit: u32| digit.to_string()).collect();
    Dataset::from_memory(idx::read_images(images.0, images.1)?, idx::read_labels(labels.0, labels.1)?, names)
}
