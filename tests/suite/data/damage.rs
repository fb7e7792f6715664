//! Damage of any kind.

use ocellus::data::{cifar10, cifar100, idx, picture};
use proptest::prelude::*;

use super::picture::{jpeg, png};
use super::*;
use crate::support::cases;

/// One change to a file's bytes.
#[derive(Clone, Debug)]
struct Damage {
    kind: DamageKind,
    /// Where; taken modulo the length.
    place: usize,
    byte: u8,
}

#[derive(Clone, Copy, Debug)]
enum DamageKind {
    Overwrite,
    Insert,
    Remove,
    CutOff,
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let place = self.place % bytes.len();
        match self.kind {
            DamageKind::Overwrite => bytes[place] = self.byte,
            DamageKind::Insert => bytes.insert(place, self.byte),
            DamageKind::Remove => drop(bytes.remove(place)),
            DamageKind::CutOff => bytes.truncate(place),
        }
    }
}

/// Some changes, half of them near the start, where the headers are.
fn damages() -> impl Strategy<Value = Vec<Damage>> {
    let kind = prop_oneof![
        5 => Just(DamageKind::Overwrite),
        1 => Just(DamageKind::Insert),
        1 => Just(DamageKind::Remove),
        1 => Just(DamageKind::CutOff),
    ];
    let place = prop_oneof![0..40usize, 0..600usize, any::<usize>(), any::<usize>()];
    let byte = prop_oneof![any::<u8>(), Just(0), Just(1), Just(128), Just(255)];
    let damage = (kind, place, byte).prop_map(|(kind, place, byte)| Damage { kind, place, byte });
    prop::collection::vec(damage, 1..5)
}

fn damaged(bytes: &[u8], damages: &[Damage]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    damages.iter().for_each(|damage| damage.apply(&mut bytes));
    bytes
}

/// Fails unless the message of a refusal names the file and says what to do.
fn assert_helps<T>(result: Result<T, DataError>, file: &str) {
    if result.is_err() {
        assert_says(&refusal(result), &[file, "; "]);
    }
}

#[test]
fn damaged_idx_files_never_panic() {
    let images = idx_images();
    let labels = idx_file(0x801, &[9], &noise(9));
    proptest!(cases(500), |(damages in damages())| {
        for file in [&images, &labels] {
            for bytes in [damaged(file, &damages), gzip(&damaged(file, &damages)), damaged(&gzip(file), &damages)] {
                assert_helps(idx::read_images("some.idx", &bytes), "some.idx");
                assert_helps(idx::read_labels("some.idx", &bytes), "some.idx");
            }
        }
    });
}

#[test]
fn damaged_cifar10_files_never_panic() {
    let files = cifar10_files();
    let here = folder(&files);
    proptest!(cases(300), |(which in 0..4usize, damages in damages())| {
        let (name, bytes) = &files[which];
        let path = here.path().join(name);
        fs::write(&path, damaged(bytes, &damages)).unwrap();
        let result = cifar10::load(here.path());
        fs::write(&path, bytes).unwrap();
        assert_helps(result, name);
    });
}

#[test]
fn damaged_cifar10_archives_never_panic() {
    let unpacked = tar_of("cifar-10-batches-bin/", &cifar10_files());
    let packed = gzip(&unpacked);
    let (_folder, path) = archive_of(&packed);
    proptest!(cases(300), |(damages in damages())| {
        for bytes in [damaged(&packed, &damages), gzip(&damaged(&unpacked, &damages))] {
            fs::write(&path, bytes).unwrap();
            assert_helps(cifar10::load(&path), "cifar-10-binary.tar.gz");
        }
    });
}

#[test]
fn damaged_cifar100_files_never_panic() {
    let files = super::cifar100::files();
    let here = folder(&files);
    proptest!(cases(200), |(which in 0..files.len(), damages in damages(), coarse in any::<bool>())| {
        let (name, bytes) = &files[which];
        let path = here.path().join(name);
        fs::write(&path, damaged(bytes, &damages)).unwrap();
        let labels = if coarse { cifar100::Labels::Coarse } else { cifar100::Labels::Fine };
        let result = cifar100::load(here.path(), labels);
        fs::write(&path, bytes).unwrap();
        assert_helps(result, name);
    });
}

#[test]
fn damaged_mnist_files_never_panic() {
    let files = super::mnist::files();
    let here = folder(&files);
    proptest!(cases(200), |(which in 0..4usize, damages in damages())| {
        let (name, bytes) = &files[which];
        let path = here.path().join(name);
        fs::write(&path, damaged(bytes, &damages)).unwrap();
        let result = ocellus::data::mnist::load(here.path());
        fs::write(&path, bytes).unwrap();
        assert_helps(result, "-ubyte");
    });
}

#[test]
fn damaged_pictures_never_panic() {
    let pixels = noise(24 * 17 * 3);
    let rgb = image::RgbImage::from_raw(24, 17, pixels).unwrap();
    let files = [png(&rgb.clone().into()), jpeg(&rgb.into())];
    proptest!(cases(400), |(which in 0..2usize, damages in damages())| {
        let result = picture::decode("some picture", &damaged(&files[which], &damages), [8, 8, 3]);
        if let Ok(pixels) = &result {
            assert_eq!(pixels.len(), 8 * 8 * 3);
        }
        assert_helps(result, "some picture");
    });
}
