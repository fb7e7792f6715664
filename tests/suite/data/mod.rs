//! Datasets in memory, and every way in which a file of one can be wrong.

mod archive;
mod cifar10;
mod cifar100;
mod damage;
mod digits;
mod folder;
mod folder_cache;
mod idx;
mod memory;
mod mnist;
mod order;
mod picture;
mod real_pictures;
mod source;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use ocellus::data::{DataError, epoch_order};
use tempfile::TempDir;

/// The length of a record of CIFAR-10.
const RECORD: usize = 3073;

/// The message of the error that `result` must be, with those of its causes.
fn refusal<T>(result: Result<T, DataError>) -> String {
    let error = result.err().expect("this should have been refused");
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        message += &format!(": {error}");
        cause = error.source();
    }
    message
}

/// Fails unless `message` contains every one of `parts`.
fn assert_says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "'{part}' is not in the message: {message}");
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// Bytes that look random and do not pack well, the same every time.
fn noise(count: usize) -> Vec<u8> {
    epoch_order(7, 0, count).into_iter().map(|number| number as u8).collect()
}

fn idx_file(magic: u32, extents: &[u32], values: &[u8]) -> Vec<u8> {
    let header = std::iter::once(&magic).chain(extents).flat_map(|number| number.to_be_bytes());
    header.chain(values.iter().copied()).collect()
}

/// Three pictures of 2 rows and 4 columns.
fn idx_images() -> Vec<u8> {
    idx_file(0x803, &[3, 2, 4], &noise(24))
}

/// Records whose labels are `labels` and whose pixels are noise.
fn records(labels: &[u8]) -> Vec<u8> {
    let mut bytes = noise(labels.len() * RECORD);
    for (record, &label) in bytes.chunks_mut(RECORD).zip(labels) {
        record[0] = label;
    }
    bytes
}

/// The files of a small CIFAR-10: names and bytes.
fn cifar10_files() -> Vec<(String, Vec<u8>)> {
    vec![
        ("data_batch_1.bin".into(), records(&[3, 1, 4])),
        ("data_batch_2.bin".into(), records(&[1, 5])),
        ("test_batch.bin".into(), records(&[9, 2, 6, 5])),
        ("batches.meta.txt".into(), b"a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n".to_vec()),
    ]
}

/// `cifar10_files` with the file `name` replaced by `bytes`, or without it.
fn cifar10_files_but(name: &str, bytes: Option<Vec<u8>>) -> Vec<(String, Vec<u8>)> {
    let mut files = cifar10_files();
    files.retain(|(other, _)| other != name);
    files.extend(bytes.map(|bytes| (name.into(), bytes)));
    files
}

/// A folder with these files in it.
fn folder(files: &[(String, Vec<u8>)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

/// A tar archive with these files in it, each below `prefix`.
fn tar_of(prefix: &str, files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        append(&mut archive, &format!("{prefix}{name}"), bytes);
    }
    archive.into_inner().unwrap()
}

fn append(archive: &mut tar::Builder<Vec<u8>>, name: &str, bytes: &[u8]) {
    let mut header = tar::Header::new_ustar();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    // Not `set_path`, which refuses names that lead out of the folder.
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_cksum();
    archive.append(&header, bytes).unwrap();
}

/// A folder with the archive `cifar-10-binary.tar.gz` of these bytes, and the archive's path.
fn archive_of(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cifar-10-binary.tar.gz");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}
