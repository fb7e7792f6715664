//! CIFAR-10 as a folder of pictures and in its binary layout: `OCELLUS_TEST_DATA` and `OCELLUS_TEST_CIFAR10`.

use std::collections::HashMap;

use flate2::read::GzDecoder;
use image::RgbImage;
use ocellus::data::{Dataset, Images, cifar10, folder};
use ocellus::gpu::Gpu;
use ocellus::model::builtin;
use ocellus::train::{Blocking, TrainOptions, Trainer};

use super::picture::png;
use super::*;
use crate::support::{gpu, skipped};

const CLASSES: [&str; 2] = ["cat", "truck"];

/// The pictures to test with of two classes, in a folder.
fn unpacked(archive: &Path) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let mut archive = tar::Archive::new(GzDecoder::new(fs::File::open(archive).unwrap()));
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().into_owned();
        let class =
            CLASSES.iter().find(|class| path.parent().is_some_and(|folder| folder.ends_with(format!("test/{class}"))));
        if let Some(class) = class.filter(|_| entry.header().entry_type().is_file()) {
            fs::create_dir_all(root.path().join(class)).unwrap();
            entry.unpack(root.path().join(class).join(path.file_name().unwrap())).unwrap();
        }
    }
    root
}

/// The pictures of the class of this name.
fn of_class<'a>(dataset: &'a Dataset, class: &str) -> Vec<&'a [u8]> {
    let label = dataset.class_names().iter().position(|name| name == class).unwrap() as u32;
    (0..dataset.len()).filter(|&i| dataset.labels()[i] == label).map(|i| dataset.image(i)).collect()
}

/// The first pictures of a dataset as PNG files below `root`, which keep every pixel; a folder for each class.
fn write_pngs(root: &Path, dataset: &Dataset, count: usize) {
    for name in dataset.class_names() {
        fs::create_dir_all(root.join(name)).unwrap();
    }
    for i in 0..count {
        let class = &dataset.class_names()[dataset.labels()[i] as usize];
        let picture = RgbImage::from_raw(32, 32, dataset.image(i).to_vec()).unwrap();
        fs::write(root.join(class).join(format!("{i}.png")), png(&picture.into())).unwrap();
    }
}

/// The first pictures of a dataset in the order that `like` has them, each of which must be there.
fn in_the_order_of(like: &Dataset, dataset: &Dataset, count: usize) -> Dataset {
    assert_eq!((like.len(), like.class_names()), (count, dataset.class_names()));
    let mut places: HashMap<(u32, &[u8]), Vec<usize>> = HashMap::new();
    for i in 0..count {
        places.entry((dataset.labels()[i], dataset.image(i))).or_default().push(i);
    }
    let mut order = (0..count).map(|i| places.get_mut(&(like.labels()[i], like.image(i)))?.pop());
    let order: Vec<usize> = order.by_ref().collect::<Option<_>>().expect("a picture of other bytes");
    let pixels = order.iter().flat_map(|&i| dataset.image(i)).copied().collect();
    let labels = order.iter().map(|&i| dataset.labels()[i]).collect();
    Dataset::from_memory(Images::new([32, 32, 3], pixels).unwrap(), labels, dataset.class_names().to_vec()).unwrap()
}

/// Every bit that an epoch of the lecture's model leaves: its metrics, and the weights.
fn epoch(gpu: &Gpu, train: &Dataset, test: &Dataset) -> (Vec<u64>, Vec<u32>) {
    let model = builtin("lecture", [32, 32, 3], 10).unwrap();
    model.initialize(3);
    let options = TrainOptions { epochs: 1, batch_size: 32, seed: 3, ..TrainOptions::default() };
    let history = Blocking::fit(&mut Trainer::new(gpu, &model, train, Some(test), &options).unwrap(), &mut ()).unwrap();
    let record = history.epochs[0];
    let metrics = [record.loss, record.accuracy, record.val_loss.unwrap(), record.val_accuracy.unwrap()];
    let weights = model.weights().into_iter().flat_map(|(.., values)| values);
    (metrics.map(f64::to_bits).to_vec(), weights.map(f32::to_bits).collect())
}

#[test]
fn a_folder_of_lossless_pictures_trains_as_the_binary_layout_does_bit_for_bit() {
    const COUNTS: [usize; 2] = [1000, 250];
    let Some(binary) = std::env::var_os("OCELLUS_TEST_CIFAR10") else {
        return skipped("OCELLUS_TEST_CIFAR10 names no folder with CIFAR-10's binary layout");
    };
    let binary = cifar10::load(binary).unwrap();
    let root = tempfile::tempdir().unwrap();
    write_pngs(&root.path().join("train"), &binary.train, COUNTS[0]);
    write_pngs(&root.path().join("test"), &binary.test, COUNTS[1]);
    let folder = folder::load(root.path(), [32, 32, 3], None, &()).unwrap();
    let folder = [folder.train, folder.test.unwrap()];
    // The folder has an order of its own; the pictures of the binary layout are brought into it.
    let parts = [&binary.train, &binary.test];
    let [train, test] = [0, 1].map(|part| in_the_order_of(&folder[part], parts[part], COUNTS[part]));
    assert_eq!([&train, &test], [&folder[0], &folder[1]]);
    let Some(gpu) = gpu() else { return };
    assert_eq!(epoch(&gpu, &folder[0], &folder[1]), epoch(&gpu, &train, &test));
}

#[test]
fn a_folder_of_pictures_has_the_pixels_of_the_binary_layout() {
    let (Some(data), Some(binary)) = (std::env::var_os("OCELLUS_TEST_DATA"), std::env::var_os("OCELLUS_TEST_CIFAR10"))
    else {
        return skipped("OCELLUS_TEST_DATA and OCELLUS_TEST_CIFAR10 do not name CIFAR-10 in both layouts");
    };
    let root = unpacked(&Path::new(&data).join("cifar10-pictures.tar.gz"));
    let folder = folder::load(root.path(), [32, 32, 3], None, &()).unwrap().train;
    let binary = cifar10::load(binary).unwrap().test;
    assert_eq!(folder.class_names(), CLASSES);
    for class in CLASSES {
        let mut left = of_class(&binary, class);
        let pictures = of_class(&folder, class);
        assert_eq!((pictures.len(), left.len()), (1000, 1000), "{class}");
        let (mut difference, mut bytes) = (0, 0);
        for picture in pictures {
            // The binary layout is in an order of its own, and its pixels come from another JPEG decoder, which
            // rounds otherwise where it enlarges the colours.
            let near = |other: &&[u8]| picture.iter().zip(*other).all(|(a, b)| a.abs_diff(*b) <= 5);
            let found = left.iter().position(near).unwrap_or_else(|| panic!("a {class} is not in the binary layout"));
            let other = left.swap_remove(found);
            difference += picture.iter().zip(other).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
            bytes += picture.len();
        }
        let mean = difference as f64 / bytes as f64;
        assert!(mean < 0.35, "{class}: the pixels differ by {mean} on average");
    }
}
