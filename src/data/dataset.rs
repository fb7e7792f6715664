//! Labelled pictures in memory.

use std::collections::HashMap;

use super::DataError;
use super::order::sample_order;

/// Pictures of one shape, one byte per value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    shape: [usize; 3],
    pixels: Vec<u8>,
}

impl Images {
    /// Pictures from their pixels.
    ///
    /// `shape` is height, width and channels of one picture. `pixels` is NHWC: picture after picture, each row by row
    /// from the top, each row pixel by pixel from the left, each pixel one byte per channel. No pixels are no pictures.
    ///
    /// # Errors
    ///
    /// When an extent is 0, the extents' product overflows, or the pixels are no whole number of pictures.
    pub fn new(shape: [usize; 3], pixels: Vec<u8>) -> Result<Self, DataError> {
        let picture = shape.iter().try_fold(1usize, |product, &extent| product.checked_mul(extent));
        match picture {
            None | Some(0) => Err(DataError::Shape { shape }),
            Some(picture) if !pixels.len().is_multiple_of(picture) => {
                let (whole, left) = (pixels.len() / picture, pixels.len() % picture);
                Err(DataError::PixelCount { shape, pixels: pixels.len(), whole, left })
            }
            Some(_) => Ok(Self { shape, pixels }),
        }
    }

    /// Height, width and channels of one picture.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// The bytes of one picture: height x width x channels, at least 1.
    pub fn picture_bytes(&self) -> usize {
        self.shape.iter().product()
    }

    /// The number of pictures.
    pub fn len(&self) -> usize {
        self.pixels.len() / self.picture_bytes()
    }

    /// Whether there are no pictures.
    pub fn is_empty(&self) -> bool {
        self.pixels.is_empty()
    }

    /// The pixels of picture `index`, HWC, counted from 0.
    ///
    /// # Panics
    ///
    /// When `index` is not below [`Images::len`], as a slice does.
    pub fn get(&self, index: usize) -> &[u8] {
        let bytes = self.picture_bytes();
        &self.pixels[index * bytes..][..bytes]
    }

    /// The pixels of all pictures, NHWC.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Keeps the first `count` pictures and returns the others.
    fn split_off(&mut self, count: usize) -> Images {
        let pixels = self.pixels.split_off(count * self.picture_bytes());
        Images { shape: self.shape, pixels }
    }
}

/// Labelled pictures: at least one picture, one label for each, and a name for each class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    images: Images,
    labels: Vec<u32>,
    class_names: Vec<String>,
}

impl Dataset {
    /// A dataset from pictures, labels and the names of the classes.
    ///
    /// Label `i` belongs to picture `i` and is the position of its class in `class_names`, counted from 0. A class may
    /// have no pictures.
    ///
    /// ```
    /// use ocellus::data::{Dataset, Images};
    ///
    /// // Two grey pictures of 2 x 2 pixels, a dark one and a bright one.
    /// let images = Images::new([2, 2, 1], vec![0, 10, 20, 30, 250, 240, 230, 220])?;
    /// let dataset = Dataset::from_memory(images, vec![0, 1], vec!["dark".into(), "bright".into()])?;
    /// assert_eq!(dataset.image(1), [250, 240, 230, 220]);
    /// # Ok::<(), ocellus::data::DataError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When there are no pictures or more than `u32::MAX`, the numbers of pictures and labels differ, there is no
    /// class, a name is empty or there twice, or a label names no class.
    pub fn from_memory(images: Images, labels: Vec<u32>, class_names: Vec<String>) -> Result<Self, DataError> {
        if images.is_empty() {
            return Err(DataError::Empty);
        }
        if u32::try_from(images.len()).is_err() {
            return Err(DataError::TooMany { images: images.len() });
        }
        if images.len() != labels.len() {
            return Err(DataError::LabelCount { images: images.len(), labels: labels.len() });
        }
        check_class_names(&class_names).map_err(|reason| DataError::ClassNames { reason })?;
        let classes = class_names.len();
        if let Some((index, &label)) = labels.iter().enumerate().find(|&(_, &label)| label as usize >= classes) {
            return Err(DataError::LabelRange { index, label, classes });
        }
        Ok(Self { images, labels, class_names })
    }

    /// The number of pictures, at least 1.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no pictures, which is never the case.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Height, width and channels of one picture.
    pub fn shape(&self) -> [usize; 3] {
        self.images.shape()
    }

    /// The pixels of picture `index`, HWC, counted from 0.
    ///
    /// # Panics
    ///
    /// When `index` is not below [`Dataset::len`], as a slice does.
    pub fn image(&self, index: usize) -> &[u8] {
        self.images.get(index)
    }

    /// The pixels of all pictures, NHWC.
    pub fn pixels(&self) -> &[u8] {
        self.images.pixels()
    }

    /// The label of each picture: the position of its class in [`Dataset::class_names`].
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// The name of each class.
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// The number of classes, at least 1.
    pub fn classes(&self) -> usize {
        self.class_names.len()
    }

    /// The number of pictures of each class.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes()];
        for &label in &self.labels {
            counts[label as usize] += 1;
        }
        counts
    }

    /// Up to `count` pictures at random, each once, by their indices; where `class` is given those of this class alone.
    ///
    /// They depend on `seed`, the number of pictures and the labels: a larger `count` has the same first.
    pub fn sample(&self, count: usize, seed: u32, class: Option<usize>) -> Vec<usize> {
        let order = sample_order(seed, self.len()).into_iter().map(|index| index as usize);
        let wanted = |index: &usize| class.is_none_or(|class| self.labels[*index] as usize == class);
        order.filter(wanted).take(count).collect()
    }

    /// Gives the classes this order, and the labels their new numbers. `false`, and nothing changed, where `names` are
    /// not the same names.
    ///
    /// ```
    /// use ocellus::data::{Dataset, Images};
    ///
    /// let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
    /// let images = Images::new([1, 1, 1], vec![1, 2])?;
    /// let mut dataset = Dataset::from_memory(images, vec![0, 1], names(["cat", "dog"]))?;
    /// assert!(dataset.order_classes(&names(["dog", "cat"])));
    /// assert_eq!(dataset.labels(), [1, 0]);
    /// assert!(!dataset.order_classes(&names(["dog", "horse"])));
    /// # Ok::<(), ocellus::data::DataError>(())
    /// ```
    pub fn order_classes(&mut self, names: &[String]) -> bool {
        let place = |own: &String| names.iter().position(|name| name == own);
        let Some(places) = self.class_names.iter().map(place).collect::<Option<Vec<_>>>() else { return false };
        if names.len() != places.len() {
            return false;
        }
        for label in &mut self.labels {
            *label = places[*label as usize] as u32;
        }
        self.class_names = names.to_vec();
        true
    }

    /// The first `count` pictures, or all when there are fewer. The classes stay, with or without pictures.
    ///
    /// # Errors
    ///
    /// When `count` is 0.
    pub fn take(mut self, count: usize) -> Result<Self, DataError> {
        if count == 0 {
            return Err(DataError::TakeNone { samples: self.len() });
        }
        if count < self.len() {
            self.images.pixels.truncate(count * self.images.picture_bytes());
            self.images.pixels.shrink_to_fit();
            self.labels.truncate(count);
        }
        Ok(self)
    }

    /// Splits off the last `fraction` of the pictures: the dataset without them, and they.
    ///
    /// This is Keras' `validation_split`. The pictures are taken as they stand, before any shuffling: the first part
    /// has `floor(len * (1 - fraction))` of them. So where a dataset is sorted by class, the second part has the last
    /// classes only. The classes stay in both parts.
    ///
    /// # Errors
    ///
    /// When `fraction` does not lie strictly between 0 and 1, or when one of the parts would be empty.
    pub fn split_last(mut self, fraction: f64) -> Result<(Self, Self), DataError> {
        let samples = self.len();
        let refuse = |reason: &str| Err(DataError::Split { fraction, samples, reason: reason.into() });
        // NaN lies nowhere, so the comparison asks for what is right.
        if !(fraction > 0.0 && fraction < 1.0) {
            return refuse("the fraction must lie between 0 and 1, for example 0.1");
        }
        let first = (samples as f64 * (1.0 - fraction)).floor() as usize;
        if first == 0 {
            return refuse("the first part would be empty; use a smaller fraction or more pictures");
        }
        if first >= samples {
            return refuse("the last part would be empty; use a larger fraction or more pictures");
        }
        let last = self.split_off(first);
        Ok((self, last))
    }

    /// Keeps the first `count` pictures and returns the others.
    fn split_off(&mut self, count: usize) -> Dataset {
        Dataset {
            images: self.images.split_off(count),
            labels: self.labels.split_off(count),
            class_names: self.class_names.clone(),
        }
    }
}

/// A dataset to train on and another, never trained on, to test with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Splits {
    /// The name by which the two are known together, such as `cifar10`.
    pub name: String,
    /// The pictures to train on.
    pub train: Dataset,
    /// The pictures to test with; same shape, same classes.
    pub test: Dataset,
}

/// Says what is wrong with the names of the classes, if anything is.
pub(super) fn check_class_names(names: &[String]) -> Result<(), String> {
    if names.is_empty() {
        return Err("there are none".into());
    }
    let mut first_seen = HashMap::new();
    for (class, name) in names.iter().enumerate() {
        if name.trim().is_empty() {
            return Err(format!("the name of class {class} is empty"));
        }
        if let Some(earlier) = first_seen.insert(name, class) {
            return Err(format!("classes {earlier} and {class} are both named '{name}'"));
        }
    }
    Ok(())
}
