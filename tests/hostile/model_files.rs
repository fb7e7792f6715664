//! Weights and checkpoints.

use std::io::Write;
use std::path::Path;
use std::sync::PoisonError;

use ocellus::data::{Dataset, Images};
use ocellus::files::checksum;
use ocellus::gpu::{AdapterRequest, Gpu};
use ocellus::model::{Activation, Metadata, Model, Sequential, WeightsFile, layers::*};
use ocellus::train::{Blocking, Checkpoint, TrainOptions, Trainer};

use crate::allocator::taken;
use crate::text::text;
use crate::{TURN, survives};

pub fn small_model() -> Model {
    let model = Sequential::new([6, 6, 1])
        .add(Conv2d::new(2, 3).activation(Activation::Relu))
        .add(BatchNormalization::default())
        .add(Flatten {})
        .add(Dense::new(3))
        .build()
        .unwrap();
    model.initialize(1);
    model
}

/// The weights of the small model as a file.
pub fn weights() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    let model = small_model();
    let names = ["a", "b", "c"].map(str::to_owned);
    WeightsFile::save(&path, &model, &Metadata::new(&model, "digits", &names)).unwrap();
    std::fs::read(path).unwrap()
}

fn reads_weights(bytes: &[u8]) -> bool {
    let Ok(file) = WeightsFile::from_bytes(Path::new("weights"), bytes) else { return false };
    let _ = file.transfer(&small_model());
    file.model().is_ok()
}

#[test]
fn weights_in_safetensors() {
    let valid = weights();
    survives(2000, 64, std::slice::from_ref(&valid), reads_weights);
    // What knows how to make the checksum right again gets further in.
    survives(4000, 64, &[valid], |bytes| {
        let mut bytes = bytes.to_vec();
        checksum::seal(&mut bytes);
        reads_weights(&bytes)
    });
}

/// That file with `option` of its model's description, which is there once, changed to `other`, and the checksum right.
pub fn described(option: &str, other: &str) -> Vec<u8> {
    let valid = weights();
    let header = u64::from_le_bytes(valid[..8].try_into().unwrap()) as usize;
    let words = text(&valid[8..8 + header]);
    assert_eq!(words.matches(option).count(), 1, "{words}");
    let words = words.replace(option, other);
    let mut file = (words.len() as u64).to_le_bytes().to_vec();
    file.extend(words.bytes().chain(valid[8 + header..].iter().copied()));
    checksum::seal(&mut file);
    file
}

/// A head whose kernel takes 2.56 GB, where the file has one of 384 bytes.
pub const GIANT_HEAD: [&str; 2] = [r#"\"units\":3"#, r#"\"units\":20000000"#];

#[test]
fn a_description_of_a_giant_takes_no_memory() {
    let file = described(GIANT_HEAD[0], GIANT_HEAD[1]);
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let bytes = taken(|| {
        let error = WeightsFile::from_bytes(Path::new("weights"), &file).unwrap().model().unwrap_err().to_string();
        assert!(error.contains("'dense.kernel' has shape (32, 3), the model's has (32, 20000000)"), "{error}");
    });
    assert!(bytes < 1 << 20, "{bytes} bytes for a file of {}", file.len());
}

#[test]
fn no_changed_bit_of_weights_goes_unnoticed() {
    let valid = weights();
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let read = |file: &[u8]| WeightsFile::from_bytes(Path::new("weights"), file);
    assert!(read(&valid).is_ok());
    for (place, bit) in (0..valid.len()).flat_map(|place| (0..8).map(move |bit| (place, bit))) {
        let mut file = valid.clone();
        file[place] ^= 1 << bit;
        assert!(read(&file).is_err(), "byte {place}, bit {bit}");
    }
}

#[test]
fn a_checksum_of_weights_can_be_missing_but_not_hidden() {
    let read = |file: &[u8]| WeightsFile::from_bytes(Path::new("weights"), file);
    let refused = |other: &str| read(&described(r#"\"crc32\""#, other)).unwrap_err().to_string();
    // As in files of earlier programs, and in those of the program itself.
    let valid = text(&weights());
    let start = valid.find(r#"\"crc32\""#).unwrap();
    let field = &valid[start..start + r#"\"crc32\":\"00000000\","#.len()];
    assert!(read(&described(field, "")).unwrap().model().is_ok());
    let error = refused(r#"\"crc33\""#);
    assert!(error.contains("unknown field `crc33`"), "{error}");
    let error = refused(r#" \"crc32\""#);
    assert!(error.contains("weights is damaged: its checksum does not stand where it was written"), "{error}");
}

/// A checkpoint after a step, as its file; `None` where there is no adapter to make one.
fn checkpoint() -> Option<Vec<u8>> {
    // The device takes memory of its own.
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let gpu = match pollster::block_on(Gpu::open(&AdapterRequest::default())) {
        Ok(gpu) => gpu,
        Err(reason) if std::env::var_os("OCELLUS_REQUIRE_GPU").is_some() => panic!("{reason}"),
        Err(reason) => {
            let _ = writeln!(std::io::stderr(), "test checkpoints ... SKIPPED: {reason}");
            return None;
        }
    };
    let images = Images::new([6, 6, 1], (0..8 * 36).map(|i| (i % 251) as u8).collect()).unwrap();
    let names = ["a", "b", "c"].map(str::to_owned).to_vec();
    let data = Dataset::from_memory(images, vec![0, 1, 2, 0, 1, 2, 0, 1], names).unwrap();
    let options = TrainOptions { epochs: 1, batch_size: 4, ..TrainOptions::default() };
    let mut trainer = Trainer::new(&gpu, &small_model(), &data, Some(&data), &options).unwrap();
    Blocking::fit(&mut trainer, &mut ()).unwrap();
    Some(Blocking::checkpoint(&trainer).unwrap().to_bytes().unwrap())
}

fn reads_checkpoint(bytes: &[u8]) -> bool {
    let Ok(checkpoint) = Checkpoint::from_bytes(Path::new("step-1"), bytes) else { return false };
    let _ =
        (checkpoint.epochs(), checkpoint.step(), checkpoint.iteration(), checkpoint.history(), checkpoint.adapter());
    let model = small_model();
    let _ = (checkpoint.give(&model), checkpoint.give_best(&model));
    // What was read is written again.
    let again = checkpoint.to_bytes().unwrap();
    assert!(Checkpoint::from_bytes(Path::new("again"), &again).is_ok());
    true
}

#[test]
fn checkpoints() {
    let Some(valid) = checkpoint() else { return };
    survives(1000, 64, std::slice::from_ref(&valid), reads_checkpoint);
    survives(4000, 64, &[valid], |bytes| {
        let mut bytes = bytes.to_vec();
        checksum::seal(&mut bytes);
        reads_checkpoint(&bytes)
    });
}
