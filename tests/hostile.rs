//! Files that are wrong on purpose: valid ones of every format that is read, changed at random by the thousand. Each is
//! read or refused; none makes the program panic or take memory that its own length does not account for.
//!
//! A binary of its own, since it counts what the allocator is asked for, by all threads. Tests take turns.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(unsafe_code, reason = "an allocator cannot be written without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{Cursor, Write};
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use flate2::{Compression, write::GzEncoder};
use image::{DynamicImage, ImageFormat, RgbImage};
use ocellus::data::{Dataset, Images, cifar10, cifar100, folder, idx, picture};
use ocellus::explain::{Kernel, Matrix};
use ocellus::files::checksum;
use ocellus::gpu::{AdapterRequest, Gpu};
use ocellus::model::{Activation, Metadata, Model, Sequential, WeightsFile, layers::*};
use ocellus::shape::Shape;
use ocellus::train::{Blocking, Checkpoint, EpochRecord, History, ModelSource, Run, RunConfig, TrainOptions, Trainer};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

static LIVE: AtomicI64 = AtomicI64::new(0);
static MOST: AtomicI64 = AtomicI64::new(0);

struct Counting;

impl Counting {
    fn add(bytes: i64) {
        let live = LIVE.fetch_add(bytes, Ordering::Relaxed) + bytes;
        MOST.fetch_max(live, Ordering::Relaxed);
    }
}

// SAFETY: everything is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::add(layout.size() as i64);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Self::add(layout.size() as i64);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        Self::add(-(layout.size() as i64));
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        Self::add(bytes as i64 - layout.size() as i64);
        unsafe { System.realloc(pointer, layout, bytes) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The bytes that `action` takes beyond those there are, at the most.
fn taken(action: impl FnOnce()) -> i64 {
    let before = LIVE.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    action();
    MOST.load(Ordering::Relaxed) - before
}

/// What is done to a file. Places are shares of its length, so that they fit whatever was done before.
#[derive(Clone, Debug)]
enum Change {
    Flip(f64, u8),
    Write(f64, Vec<u8>),
    Cut(f64),
    Remove(f64, f64),
    Insert(f64, Vec<u8>),
    /// A stretch of it once more, somewhere else.
    Copy(f64, f64, f64),
    /// A word of text, by its number, becomes another.
    Word(f64, String),
}

/// Numbers at which sums and products overflow, in both orders of bytes.
fn extremes() -> impl Strategy<Value = Vec<u8>> {
    let numbers = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, u64::MAX >> 1, u64::MAX];
    (prop::sample::select(numbers.to_vec()), 1_usize..=8, any::<bool>()).prop_map(|(number, length, big)| match big {
        true => number.to_be_bytes()[8 - length..].to_vec(),
        false => number.to_le_bytes()[..length].to_vec(),
    })
}

/// Words that stand where others are expected.
const WORDS: [&str; 26] = [
    "0",
    "-1",
    "1",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "18446744073709551615",
    "1e308",
    "-1e400",
    "nan",
    "inf",
    "0.5",
    "true",
    "\"\"",
    "\"../../../etc/passwd\"",
    "[]",
    "{}",
    "[[[[[[[[]]]]]]]]",
    "[0, 0]",
    "[4294967295, 4294967295]",
    "null",
    "\"\\u0000\"",
    "conv2d",
    "add",
    "\u{fffd}\u{1f441}",
    "1979-05-27T07:32:00Z",
];

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let share = || 0.0..1.0_f64;
    let bytes = || prop_oneof![prop::collection::vec(any::<u8>(), 1..9), extremes()];
    let change = prop_oneof![
        4 => (share(), any::<u8>()).prop_map(|(place, bits)| Change::Flip(place, bits | 1)),
        4 => (share(), bytes()).prop_map(|(place, bytes)| Change::Write(place, bytes)),
        1 => share().prop_map(Change::Cut),
        1 => (share(), 0.0..0.2_f64).prop_map(|(place, length)| Change::Remove(place, length)),
        2 => (share(), bytes()).prop_map(|(place, bytes)| Change::Insert(place, bytes)),
        1 => (share(), 0.0..0.2_f64, share()).prop_map(|(from, length, to)| Change::Copy(from, length, to)),
        4 => (share(), prop::sample::select(WORDS.to_vec())).prop_map(|(place, word)| Change::Word(place, word.to_owned())),
    ];
    prop::collection::vec(change, 1..6)
}

fn changed(valid: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut file = valid.to_vec();
    for change in changes {
        let at = |share: f64, length: usize| ((share * length as f64) as usize).min(length);
        let length = file.len();
        match change {
            Change::Flip(place, bits) => {
                let place = at(*place, length.saturating_sub(1));
                if let Some(byte) = file.get_mut(place) {
                    *byte ^= bits;
                }
            }
            Change::Write(place, bytes) => {
                let place = at(*place, length);
                file.iter_mut().skip(place).zip(bytes).for_each(|(byte, new)| *byte = *new);
            }
            Change::Cut(place) => file.truncate(at(*place, length)),
            Change::Remove(place, part) => {
                let start = at(*place, length);
                file.drain(start..(start + at(*part, length)).min(length));
            }
            Change::Insert(place, bytes) => {
                let place = at(*place, length);
                file.splice(place..place, bytes.iter().copied());
            }
            Change::Copy(from, part, to) => {
                let start = at(*from, length);
                let piece = file[start..(start + at(*part, length)).min(length)].to_vec();
                let to = at(*to, length);
                file.splice(to..to, piece);
            }
            Change::Word(place, word) => {
                let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-\"".contains(byte);
                let start =
                    file.iter().skip(at(*place, length)).position(is_word).map(|start| start + at(*place, length));
                if let Some(start) = start {
                    let end = start + file[start..].iter().take_while(|byte| is_word(byte)).count();
                    file.splice(start..end, word.bytes());
                }
            }
        }
    }
    file
}

/// One test at a time, so that what one takes is not counted as another's.
static TURN: Mutex<()> = Mutex::new(());

/// Reads `count` changed forms of each of `valid` by `read`, which tells whether it took the file: it must take the valid
/// ones. Each may take memory as its bytes allow: `per_byte` for each, and what every reader needs.
fn survives(count: u32, per_byte: usize, valid: &[Vec<u8>], read: impl Fn(&[u8]) -> bool) {
    const ALWAYS: usize = 4 << 20;
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    for file in valid {
        assert!(read(file), "the valid file is refused");
        let config = Config { cases: count, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
        let result = TestRunner::new(config).run(&changes(), |changes| {
            let file = changed(file, &changes);
            let bytes = taken(|| _ = read(&file));
            let allowed = (ALWAYS + per_byte * file.len()) as i64;
            match bytes <= allowed {
                true => Ok(()),
                false => Err(TestCaseError::fail(format!("{bytes} bytes for a file of {}", file.len()))),
            }
        });
        result.unwrap_or_else(|error| panic!("{error}"));
    }
}

/// Text, of which what is not UTF-8 is replaced.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const SETTINGS: &str = r#"
name = "graph"
outputs = ["out"]

[data]
name = "./pictures"
image_size = [32, 32]
limit = 100
validation_split = 0.2

[training]
epochs = 3
batch_size = 16
seed = 7
label_smoothing = 0.1
kernels = "fast"
on_nan = "skip"
checkpoint_every = 10
keep = 2
freeze = ["first"]

[optimizer]
name = "adamw"
learning_rate = 1e-3
weight_decay = 0.01
global_clipnorm = 1.0

[[layers]]
type = "input_layer"
shape = [28, 28, 1]

[[layers]]
type = "conv2d"
name = "first"
filters = 4
kernel_size = [3, 3]
strides = 2
padding = "same"
activation = "relu"

[[layers]]
type = "batch_normalization"
name = "norm"

[[layers]]
type = "depthwise_conv2d"
kernel_size = 3
padding = "same"
depth_multiplier = 2
dilation_rate = 1

[[layers]]
type = "max_pooling2d"
name = "pooled"
pool_size = 2
padding = "same"

[[layers]]
type = "average_pooling2d"
name = "mean"
inputs = ["norm"]
pool_size = 2

[[layers]]
type = "concatenate"
inputs = ["pooled", "mean"]

[[layers]]
type = "dropout"
rate = 0.25

[[layers]]
type = "flatten"

[[layers]]
type = "dense"
name = "out"
units = 10
"#;

#[test]
fn settings_and_models_in_toml() {
    let named = "model = \"lecture\"\n[data]\nname = \"digits\"\n[optimizer]\nname = \"sgd\"\nmomentum = 0.9\n";
    survives(1500, 4000, &[SETTINGS.into(), named.into()], |bytes| {
        let config = RunConfig::parse(Path::new("run.toml"), &text(bytes));
        if let Ok(config) = &config {
            // What it says is written and read again; the model takes no memory before it gets weights.
            assert!(config.to_toml().is_ok());
            match &config.model {
                Some(ModelSource::Layers(source)) => {
                    if let Ok(model) = source.build(&Shape::from([28, 28, 1])) {
                        assert!(!model.name().contains(['/', '\\']), "a name that leaves the folder");
                        let _ = (model.parameters(), model.multiply_adds());
                    }
                }
                Some(ModelSource::Builtin(name)) => assert!(!name.contains(['/', '\\'])),
                None => {}
            }
        }
        config.is_ok()
    });
}

#[test]
fn settings_as_deep_as_a_stack() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    for (open, close) in [("[", "]"), ("{a=", "}"), ("a.", "")] {
        let deep = format!("x = {}1{}", open.repeat(100_000), close.repeat(100_000));
        let keys = format!("{}x = 1", open.repeat(100_000));
        for text in [deep, keys] {
            assert!(RunConfig::parse(Path::new("run.toml"), &text).is_err());
        }
    }
}

fn small_model() -> Model {
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
fn weights() -> Vec<u8> {
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

#[test]
fn a_description_of_a_giant_takes_no_memory() {
    let valid = weights();
    let header = u64::from_le_bytes(valid[..8].try_into().unwrap()) as usize;
    let words = text(&valid[8..8 + header]);
    assert_eq!(words.matches(r#"\"units\":3"#).count(), 1, "{words}");
    // A kernel of 2.56 GB, where the file has one of 384 bytes.
    let words = words.replace(r#"\"units\":3"#, r#"\"units\":20000000"#);
    let mut file = (words.len() as u64).to_le_bytes().to_vec();
    file.extend(words.bytes().chain(valid[8 + header..].iter().copied()));
    checksum::seal(&mut file);
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
    let expected = WeightsFile::from_bytes(Path::new("weights"), &valid).unwrap().model().unwrap().weights_hash();
    for place in 0..valid.len() {
        let mut file = valid.clone();
        file[place] ^= 1 << (place % 8);
        // A bit of the checksum's own name hides it, and leaves all else as it is.
        if let Ok(file) = WeightsFile::from_bytes(Path::new("weights"), &file) {
            assert!(file.model().unwrap().weights_hash() == expected, "byte {place}");
        }
    }
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

fn history() -> History {
    let record = |epoch| EpochRecord {
        epoch,
        loss: 1.25,
        accuracy: 0.5,
        val_loss: Some(1.5),
        val_accuracy: None,
        seconds: 2.5,
        images_per_second: 100.0,
        weights_hash: Some(0xab),
    };
    History { epochs: (1..4).map(record).collect() }
}

#[test]
fn histories_and_run_folders() {
    survives(2000, 200, &[history().to_csv().into_bytes()], |bytes| {
        let Ok(history) = History::from_csv(&text(bytes)) else { return false };
        let _ = (history.best(), history.seconds(), history.images_per_second(), history.to_csv());
        true
    });
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("config.toml", SETTINGS.as_bytes());
    write("best.safetensors", b"");
    write("last.safetensors", b"");
    survives(500, 4000, &[history().to_csv().into_bytes()], |bytes| {
        write("history.csv", bytes);
        Run::open(folder.path()).is_ok()
    });
    write("history.csv", history().to_csv().as_bytes());
    survives(500, 4000, &[SETTINGS.into()], |bytes| {
        write("config.toml", bytes);
        Run::open(folder.path()).is_ok()
    });
}

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

/// Gives every chunk of a PNG file whose end can be found the checksum of its contents.
fn mend_png(file: &mut [u8]) {
    let mut start = 8;
    while let Some(header) = file.get(start..start + 8) {
        let length = u32::from_be_bytes([header[0], header[1], header[2], header[3]]) as usize;
        let end = start + 8 + length;
        let Some(contents) = file.get(start + 4..end) else { return };
        let checksum = crc32fast::hash(contents).to_be_bytes();
        let Some(place) = file.get_mut(end..end + 4) else { return };
        place.copy_from_slice(&checksum);
        start = end + 4;
    }
}

/// The picture in this format.
fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn drawing() -> DynamicImage {
    RgbImage::from_fn(17, 11, |x, y| image::Rgb([(x * 15) as u8, (y * 23) as u8, (x * y) as u8])).into()
}

fn decodes(bytes: &[u8]) -> bool {
    let _ = picture::decode_within("picture", bytes, 16, 3);
    picture::decode("picture", bytes, [8, 8, 1]).is_ok()
}

/// How many bytes a decoded picture can have for each of its file: a bit for a pixel, deflated, becomes eight bytes in the
/// decoder, and as many again where it is shrunk.
const DECODED: usize = 1100 * 8 * 16;

#[test]
fn pictures_in_png_and_jpeg() {
    let png = [drawing(), drawing().into_rgba16().into(), drawing().into_luma8().into()];
    let png = png.map(|picture| encoded(&picture, ImageFormat::Png));
    let jpeg = [drawing(), drawing().into_luma8().into()].map(|picture| encoded(&picture, ImageFormat::Jpeg));
    survives(1000, DECODED, &png, decodes);
    survives(1500, DECODED, &png, |bytes| {
        let mut bytes = bytes.to_vec();
        mend_png(&mut bytes);
        decodes(&bytes)
    });
    survives(1000, DECODED, &jpeg, decodes);
}

#[test]
fn a_picture_announced_larger_than_its_file_could_be_is_not_decoded() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let announce = |depth: u8, side: u32| {
        let mut png = encoded(&drawing(), ImageFormat::Png);
        png[16..20].copy_from_slice(&side.to_be_bytes());
        png[20..24].copy_from_slice(&side.to_be_bytes());
        png[24] = depth;
        mend_png(&mut png);
        png
    };
    let mut jpeg = encoded(&drawing(), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x1f, 0xff, 0x1f, 0xff]);
    for file in [announce(8, 8000), announce(16, 8000), announce(8, 60_000), jpeg] {
        let bytes = taken(|| {
            let error = picture::decode("picture", &file, [8, 8, 3]).unwrap_err().to_string();
            assert!(error.contains("picture"), "{error}");
        });
        assert!(bytes < 1 << 20, "{bytes} bytes for a file of {}", file.len());
    }
}

#[test]
fn folders_of_pictures_and_what_is_kept_of_them() {
    let place = tempfile::tempdir().unwrap();
    let (pictures, cache) = (place.path().join("pictures"), place.path().join("cache"));
    let png = encoded(&drawing(), ImageFormat::Png);
    for class in ["one", "two"] {
        std::fs::create_dir_all(pictures.join(class)).unwrap();
        std::fs::write(pictures.join(class).join("a.png"), &png).unwrap();
    }
    let load = |cache: Option<&Path>| folder::load(&pictures, [8, 8, 3], cache, &());
    survives(300, DECODED, std::slice::from_ref(&png), |bytes| {
        std::fs::write(pictures.join("one/a.png"), bytes).unwrap();
        load(None).is_ok()
    });
    std::fs::write(pictures.join("one/a.png"), &png).unwrap();
    let expected = load(Some(&cache)).unwrap().train;
    let kept: Vec<_> = std::fs::read_dir(cache.join("pictures")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(kept.len(), 1);
    let valid = std::fs::read(&kept[0]).unwrap();
    // Whatever becomes of it, the pictures are the same.
    survives(500, DECODED, &[valid], |bytes| {
        std::fs::write(&kept[0], bytes).unwrap();
        load(Some(&cache)).unwrap().train.pixels() == expected.pixels()
    });
}

#[test]
fn kernels_written_out() {
    let valid = ["0 -1 0; -1 5 -1; 0 -1 0", "1 2 3", "0.5 -.5; 1e-3 2e3"].map(|text| text.as_bytes().to_vec());
    survives(1000, 200, &valid, |bytes| {
        let text = text(bytes);
        let _ = text.parse::<Kernel>();
        text.parse::<Matrix>().is_ok()
    });
}
