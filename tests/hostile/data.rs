//! Datasets' files and archives.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use ocellus::data::{cifar10, cifar100, idx};

use crate::survives;

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// How much longer data can be than their deflated form, and what a reader holds twice while it grows.
const INFLATED: usize = 3 * 1100;

#[test]
fn idx_files_plain_and_packed() {
    let images = [&[0, 0, 8, 3, 0, 0, 0, 5, 0, 0, 0, 4, 0, 0, 0, 3][..], &[7; 60]].concat();
    let labels = [&[0, 0, 8, 1, 0, 0, 0, 9][..], &[1, 2, 3, 4, 5, 6, 7, 8, 9]].concat();
    let reads_images = |bytes: &[u8]| idx::read_images("images", bytes).is_ok();
    let reads_labels = |bytes: &[u8]| idx::read_labels("labels", bytes).is_ok();
    survives(2000, 16, std::slice::from_ref(&images), reads_images);
    survives(2000, 16, std::slice::from_ref(&labels), reads_labels);
    survives(1000, INFLATED, &[gzipped(&images)], reads_images);
    survives(1000, INFLATED, &[gzipped(&labels)], reads_labels);
    // Changed before it is packed: the checksum of gzip is right.
    survives(1000, INFLATED, &[images], |bytes| reads_images(&gzipped(bytes)));
}

/// Two records of so many bytes of label.
fn records(label_bytes: usize) -> Vec<u8> {
    (0..2 * (label_bytes + 3072))
        .map(|i| if i % (label_bytes + 3072) < label_bytes { 3 } else { (i % 251) as u8 })
        .collect()
}

#[test]
fn cifar_in_binary_files() {
    let folder = tempfile::tempdir().unwrap();
    for batch in ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"] {
        std::fs::write(folder.path().join(format!("{batch}.bin")), records(1)).unwrap();
    }
    survives(500, 64, &[records(1)], |bytes| {
        std::fs::write(folder.path().join("data_batch_3.bin"), bytes).unwrap();
        cifar10::load(folder.path()).is_ok()
    });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("test.bin"), records(2)).unwrap();
    survives(500, 64, &[records(2)], |bytes| {
        std::fs::write(folder.path().join("train.bin"), bytes).unwrap();
        cifar100::load(folder.path(), cifar100::Labels::Fine).is_ok()
    });
}

#[test]
fn names_of_classes() {
    let names =
        |count: usize| -> Vec<u8> { (0..count).map(|class| format!("class {class}\n")).collect::<String>().into() };
    let folder = tempfile::tempdir().unwrap();
    for batch in ["data_batch_1", "test_batch"] {
        std::fs::write(folder.path().join(format!("{batch}.bin")), records(1)).unwrap();
    }
    survives(500, 64, &[names(10)], |bytes| {
        std::fs::write(folder.path().join("batches.meta.txt"), bytes).unwrap();
        cifar10::load(folder.path()).is_ok()
    });
    let folder = tempfile::tempdir().unwrap();
    for file in ["train", "test"] {
        std::fs::write(folder.path().join(format!("{file}.bin")), records(2)).unwrap();
    }
    for (labels, file, count) in [
        (cifar100::Labels::Fine, "fine_label_names.txt", 100),
        (cifar100::Labels::Coarse, "coarse_label_names.txt", 20),
    ] {
        survives(500, 64, &[names(count)], |bytes| {
            std::fs::write(folder.path().join(file), bytes).unwrap();
            cifar100::load(folder.path(), labels).is_ok()
        });
    }
}

/// An archive as CIFAR-10's official one, with two records for each file.
fn tar() -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for batch in ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"] {
        let mut header = tar::Header::new_gnu();
        header.set_size(records(1).len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        let name = format!("cifar-10-batches-bin/{batch}.bin");
        archive.append_data(&mut header, name, records(1).as_slice()).unwrap();
    }
    archive.into_inner().unwrap()
}

#[test]
fn archives_are_read_and_never_unpacked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cifar-10-binary.tar.gz");
    let load = |packed: &[u8]| {
        std::fs::write(&path, packed).unwrap();
        let loaded = cifar10::load(&path).is_ok();
        let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["cifar-10-binary.tar.gz"], "it wrote something");
        loaded
    };
    survives(500, INFLATED, &[gzipped(&tar())], load);
    survives(500, INFLATED, &[tar()], |bytes| load(&gzipped(bytes)));
}
