//! CIFAR-10 as a folder of pictures and in its binary layout: `OCELLUS_TEST_DATA` and `OCELLUS_TEST_CIFAR10`.

use flate2::read::GzDecoder;
use ocellus::data::{Dataset, cifar10, folder};

use super::*;
use crate::support::skipped;

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
            // The binary layout is in an order of its own, and its pixels come from another JPEG decoder, whose
            // rounding differs by little.
            let near = |other: &&[u8]| picture.iter().zip(*other).all(|(a, b)| a.abs_diff(*b) <= 6);
            let found = left.iter().position(near).unwrap_or_else(|| panic!("a {class} is not in the binary layout"));
            let other = left.swap_remove(found);
            difference += picture.iter().zip(other).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
            bytes += picture.len();
        }
        let mean = difference as f64 / bytes as f64;
        assert!(mean < 0.5, "{class}: the pixels differ by {mean} on average");
    }
}
