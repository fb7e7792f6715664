//! Real pictures from outside, decoded by the program that uses the library: found by `OCELLUS_TEST_DATA`.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use ocellus::data::{Dataset, Images};
use ocellus::model::{Activation, Sequential, layers::*};
use ocellus::train::{Optimizer, TrainOptions, Trainer};
use pollster::block_on;

use crate::support::{gpu, skipped};

/// Every `step`-th of the archive's training pictures, by class.
fn pictures(archive: &Path, step: usize) -> BTreeMap<String, Vec<Vec<u8>>> {
    let mut archive = tar::Archive::new(GzDecoder::new(std::fs::File::open(archive).unwrap()));
    let mut classes: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    let mut number = 0;
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().into_owned();
        let is_picture = path.extension().is_some_and(|extension| extension == "jpg" || extension == "jpeg");
        if !is_picture || !path.components().any(|part| part.as_os_str() == "train") {
            continue;
        }
        number += 1;
        if number % step == 0 {
            let class = path.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            classes.entry(class).or_default().push(bytes);
        }
    }
    classes
}

#[test]
fn real_pictures_from_memory_are_learned() {
    let Some(folder) = std::env::var_os("OCELLUS_TEST_DATA") else {
        return skipped("OCELLUS_TEST_DATA names no folder with cifar10-pictures.tar.gz");
    };
    let Some(gpu) = gpu() else { return };
    let classes = pictures(&Path::new(&folder).join("cifar10-pictures.tar.gz"), 500);
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for (label, files) in classes.values().enumerate() {
        for file in files {
            let picture = image::load_from_memory(file).unwrap().into_rgb8();
            assert_eq!(picture.dimensions(), (32, 32));
            pixels.extend_from_slice(picture.as_raw());
            labels.push(label as u32);
        }
    }
    let names: Vec<String> = classes.into_keys().collect();
    assert_eq!(names.len(), 10, "{names:?}");
    let dataset = Dataset::from_memory(Images::new([32, 32, 3], pixels).unwrap(), labels, names).unwrap();
    let model = Sequential::new([32, 32, 3])
        .add(Conv2d::new(8, 3).strides(2).activation(Activation::Relu))
        .add(MaxPooling2d::new(2))
        .add(Flatten {})
        .add(Dense::new(10))
        .build()
        .unwrap();
    model.initialize(1);
    let optimizer = Optimizer { learning_rate: 0.01, ..Optimizer::adam() };
    let options = TrainOptions { epochs: 60, batch_size: 20, optimizer, ..TrainOptions::default() };
    let history = block_on(Trainer::new(&gpu, &model, &dataset, None, &options).unwrap().fit(&mut ())).unwrap();
    let (first, last) = (history.epochs[0], history.epochs[59]);
    assert!(first.loss > 1.8, "the first epoch knows little: {first:?}");
    assert!(last.loss < 1.0 && last.accuracy > 0.7, "the last knows the pictures by heart: {last:?}");
}
