//! Datasets in memory, and every way in which a file of one can be wrong.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use ocellus::data::{DataError, Dataset, Images, Splits, cifar10, digits, epoch_order, idx};
use proptest::prelude::*;
use tempfile::TempDir;

/// The length of a record of CIFAR-10.
const RECORD: usize = 3073;

// --- Helpers ---------------------------------------------------------------------------------------------------------

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

/// A dataset of `count` pictures of 1 x 1 x 1 whose pixel and label tell which one it is.
fn counted(count: usize) -> Dataset {
    let pixels = (0..count).map(|i| i as u8).collect();
    let labels = (0..count).map(|i| i as u32 % 2).collect();
    Dataset::from_memory(Images::new([1, 1, 1], pixels).unwrap(), labels, names(2)).unwrap()
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|class| format!("class {class}")).collect()
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

/// The message with which a folder of these files is refused.
fn folder_refusal(files: &[(String, Vec<u8>)]) -> String {
    refusal(cifar10::load(folder(files).path()))
}

// --- Datasets in memory ----------------------------------------------------------------------------------------------

#[test]
fn images_know_their_number_and_their_pixels() {
    let images = Images::new([1, 2, 3], (0..18).collect()).unwrap();
    assert_eq!((images.len(), images.shape(), images.picture_bytes()), (3, [1, 2, 3], 6));
    assert_eq!(images.get(1), [6, 7, 8, 9, 10, 11]);
    assert!(Images::new([1, 2, 3], Vec::new()).unwrap().is_empty());
}

#[test]
fn pixels_that_are_no_whole_number_of_pictures_are_refused() {
    let message = refusal(Images::new([2, 2, 3], vec![0; 25]));
    assert_says(&message, &["25 bytes", "2 x 2 x 3", "2 are whole", "1 bytes are left"]);
}

#[test]
fn pictures_without_extent_or_beyond_memory_are_refused() {
    assert_says(&refusal(Images::new([2, 0, 3], Vec::new())), &["2 x 0 x 3", "at least 1"]);
    assert_says(&refusal(Images::new([usize::MAX, 2, 3], Vec::new())), &["x 2 x 3", "fit in memory"]);
}

#[test]
fn a_dataset_from_memory_has_what_was_given() {
    let images = Images::new([1, 1, 2], vec![1, 2, 3, 4, 5, 6]).unwrap();
    let dataset = Dataset::from_memory(images, vec![2, 0, 2], names(3)).unwrap();
    assert_eq!((dataset.len(), dataset.is_empty(), dataset.shape(), dataset.classes()), (3, false, [1, 1, 2], 3));
    assert_eq!((dataset.image(2), dataset.pixels().len(), dataset.labels()), (&[5, 6][..], 6, &[2, 0, 2][..]));
    assert_eq!((dataset.class_counts(), dataset.class_names()), (vec![1, 0, 2], &names(3)[..]));
}

#[test]
fn a_dataset_without_pictures_is_refused() {
    let images = Images::new([1, 1, 1], Vec::new()).unwrap();
    assert_says(&refusal(Dataset::from_memory(images, Vec::new(), names(2))), &["no pictures", "at least one"]);
}

#[test]
fn labels_of_another_number_than_the_pictures_are_refused() {
    let images = Images::new([1, 1, 1], vec![0; 3]).unwrap();
    assert_says(&refusal(Dataset::from_memory(images, vec![0; 2], names(2))), &["3 pictures", "2 labels"]);
}

#[test]
fn a_label_without_a_class_is_refused_with_its_picture() {
    let images = Images::new([1, 1, 1], vec![0; 3]).unwrap();
    let message = refusal(Dataset::from_memory(images, vec![0, 1, 2], names(2)));
    assert_says(&message, &["label 2 of picture 2", "2 classes", "from 0 to 1"]);
}

#[test]
fn class_names_that_are_missing_empty_or_equal_are_refused() {
    let refused = |names: &[&str]| {
        let names = names.iter().map(|name| name.to_string()).collect();
        refusal(Dataset::from_memory(Images::new([1, 1, 1], vec![0]).unwrap(), vec![0], names))
    };
    assert_says(&refused(&[]), &["there are none", "give each class one name"]);
    assert_says(&refused(&["cat", " "]), &["class 1 is empty"]);
    assert_says(&refused(&["cat", "dog", "cat"]), &["classes 0 and 2", "'cat'"]);
}

#[test]
fn taking_gives_the_first_pictures_and_at_most_all() {
    let dataset = counted(5);
    let first = dataset.clone().take(2).unwrap();
    assert_eq!((first.pixels(), first.labels(), first.classes()), (&[0, 1][..], &[0, 1][..], 2));
    assert_eq!(dataset.clone().take(5).unwrap(), dataset);
    assert_eq!(dataset.clone().take(usize::MAX).unwrap(), dataset);
    assert_says(&refusal(dataset.take(0)), &["first 0 of 5", "at least 1"]);
}

#[test]
fn the_last_fraction_is_split_off_as_keras_does() {
    let (first, last) = counted(10).split_last(0.25).unwrap();
    assert_eq!((first.pixels(), first.labels()), (&[0, 1, 2, 3, 4, 5, 6][..], &[0, 1, 0, 1, 0, 1, 0][..]));
    assert_eq!((last.pixels(), last.labels(), last.class_names()), (&[7, 8, 9][..], &[1, 0, 1][..], &names(2)[..]));
    // As Python computes it: math.floor(len * (1.0 - fraction)).
    for (samples, fraction, kept) in [(10, 0.1, 9), (10, 0.9, 0), (100, 0.3, 70), (100, 0.7, 30), (7, 0.5, 3)] {
        let split = counted(samples).split_last(fraction);
        assert_eq!(split.map(|(first, _)| first.len()).unwrap_or(0), kept, "{samples} x {fraction}");
    }
}

#[test]
fn fractions_that_leave_nothing_to_one_side_are_refused() {
    for fraction in [0.0, 1.0, -0.5, 1.5, f64::NAN, f64::INFINITY] {
        assert_says(&refusal(counted(10).split_last(fraction)), &["of 10 pictures", "between 0 and 1"]);
    }
    assert_says(&refusal(counted(2).split_last(0.9)), &["0.9", "first part would be empty", "smaller fraction"]);
    assert_says(&refusal(counted(2).split_last(1e-20)), &["last part would be empty", "larger fraction"]);
}

// --- The order of an epoch -------------------------------------------------------------------------------------------

#[test]
fn an_order_has_every_sample_once() {
    for samples in [0, 1, 2, 3, 17, 1000] {
        let mut order = epoch_order(1, 2, samples);
        order.sort_unstable();
        assert!(order.into_iter().eq(0..samples as u32), "{samples}");
    }
}

#[test]
fn an_order_depends_on_seed_and_epoch_and_repeats() {
    let order = epoch_order(1, 2, 100);
    assert_eq!(order, epoch_order(1, 2, 100));
    assert_ne!(order, epoch_order(2, 2, 100));
    assert_ne!(order, epoch_order(1, 3, 100));
    assert!(!order.iter().copied().eq(0..100));
}

#[test]
fn an_order_is_independent_of_the_batch_size() {
    let order = epoch_order(5, 0, 103);
    for batch in [1, 7, 32, 103, 200] {
        // Training resumed before any batch computes the order anew and goes on from its place there.
        let batches = (0..103usize.div_ceil(batch)).flat_map(|step| {
            let order = epoch_order(5, 0, 103);
            order.chunks(batch).nth(step).unwrap().to_vec()
        });
        assert!(batches.eq(order.iter().copied()), "batch {batch}");
    }
}

#[test]
fn a_sample_comes_early_or_late_with_equal_chance() {
    let epochs = 400;
    let mean = |sample: u32| {
        let place = |epoch| epoch_order(3, epoch, 50).iter().position(|&other| other == sample).unwrap();
        (0..epochs).map(place).sum::<usize>() as f64 / epochs as f64
    };
    // The mean of 400 places of standard deviation 14.4 has a standard deviation of 0.72.
    for sample in [0, 1, 24, 49] {
        assert!((mean(sample) - 24.5).abs() < 3.0, "sample {sample} comes at {} on average", mean(sample));
    }
}

// --- The embedded digits ---------------------------------------------------------------------------------------------

#[test]
fn the_digits_are_balanced() {
    let Splits { name, train, test } = digits::load().unwrap();
    assert_eq!((name.as_str(), train.len(), test.len()), ("digits", 4000, 1000));
    assert_eq!((train.shape(), test.shape()), ([28, 28, 1], [28, 28, 1]));
    assert_eq!((train.class_counts(), test.class_counts()), (vec![400; 10], vec![100; 10]));
    assert_eq!(train.class_names(), ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    assert_eq!(train.class_names(), test.class_names());
}

#[test]
fn the_digits_look_like_digits() {
    let train = digits::load().unwrap().train;
    let ink = |row: usize, column: usize, class: usize| -> f64 {
        let pixel = |i: usize| f64::from(train.image(i * 10 + class)[row * 28 + column]);
        (0..400).map(pixel).sum::<f64>() / 400.0
    };
    // A zero is empty in its middle where a one has its stroke, and the corners are always empty.
    assert!(ink(14, 14, 0) < 30.0 && ink(14, 14, 1) > 150.0);
    assert!((0..10).all(|class| ink(0, 0, class) == 0.0 && ink(27, 27, class) == 0.0));
}

#[test]
fn no_digit_to_test_with_is_one_to_train_on() {
    let Splits { train, test, .. } = digits::load().unwrap();
    let known: std::collections::HashSet<&[u8]> = (0..train.len()).map(|index| train.image(index)).collect();
    assert!((0..test.len()).all(|index| !known.contains(test.image(index))));
}

// --- IDX files -------------------------------------------------------------------------------------------------------

#[test]
fn idx_files_are_read_plain_and_packed() {
    let images = Images::new([2, 4, 1], noise(24)).unwrap();
    assert_eq!(idx::read_images("pictures", &idx_images()).unwrap(), images);
    assert_eq!(idx::read_images("pictures", &gzip(&idx_images())).unwrap(), images);
    let labels = idx_file(0x801, &[3], &[7, 0, 255]);
    assert_eq!(idx::read_labels("labels", &labels).unwrap(), [7, 0, 255]);
    assert_eq!(idx::read_labels("labels", &gzip(&labels)).unwrap(), [7, 0, 255]);
}

#[test]
fn gzip_data_in_several_parts_is_read_to_its_end() {
    let file = idx_images();
    let packed = [gzip(&file[..20]), gzip(&file[20..])].concat();
    assert_eq!(idx::read_images("pictures", &packed).unwrap().pixels(), noise(24));
}

#[test]
fn a_wrong_magic_number_is_refused_with_its_meaning() {
    let labels = idx_file(0x801, &[3], &[1, 2, 3]);
    let message = refusal(idx::read_images("a.idx", &labels));
    assert_says(&message, &["a.idx, byte 0", "0x00000801", "of labels", "0x00000803", "mistaken"]);
    let message = refusal(idx::read_labels("b.idx", &idx_images()));
    assert_says(&message, &["b.idx, byte 0", "0x00000803", "of pictures", "0x00000801"]);
    let floats = refusal(idx::read_images("c.idx", &idx_file(0xd03, &[1, 1, 1], &[0; 4])));
    assert_says(&floats, &["c.idx, byte 0", "0x00000d03", "not unsigned bytes"]);
    let flat = refusal(idx::read_images("d.idx", &idx_file(0x802, &[2, 2, 2], &[0; 8])));
    assert_says(&flat, &["d.idx, byte 0", "more or fewer extents"]);
    let png = refusal(idx::read_images("e.png", b"\x89PNG\r\n\x1a\n0123456789"));
    assert_says(&png, &["e.png, byte 0", "0x89504e47", "no IDX file"]);
}

#[test]
fn a_header_that_is_cut_off_is_refused() {
    for length in 0..16 {
        let message = refusal(idx::read_images("cut.idx", &idx_images()[..length]));
        assert_says(&message, &[&format!("cut.idx, byte {length}:"), "header of 16 bytes"]);
    }
    let message = refusal(idx::read_labels("cut.idx", &idx_file(0x801, &[], &[])));
    assert_says(&message, &["cut.idx, byte 4:", "header of 8 bytes"]);
}

#[test]
fn an_idx_file_that_is_too_short_is_refused_with_its_end() {
    let file = idx_images();
    let message = refusal(idx::read_images("short.idx", &file[..39]));
    assert_says(&message, &["short.idx, byte 39:", "after 23 of the announced 3 x 2 x 4 bytes"]);
    let message = refusal(idx::read_images("short.idx.gz", &gzip(&file[..39])));
    assert_says(&message, &["short.idx.gz (unpacked), byte 39:", "after 23 of the announced 3 x 2 x 4 bytes"]);
}

#[test]
fn an_idx_file_that_is_too_long_is_refused_with_the_place() {
    let file = [idx_images(), vec![0]].concat();
    let message = refusal(idx::read_images("long.idx", &file));
    assert_says(&message, &["long.idx, byte 40:", "goes on after the announced 3 x 2 x 4 bytes"]);
    let message = refusal(idx::read_images("long.idx.gz", &gzip(&file)));
    assert_says(&message, &["long.idx.gz (unpacked), byte 40:", "goes on"]);
}

#[test]
fn an_extent_of_zero_is_refused_with_its_place() {
    for (extents, place, what) in [([0, 2, 4], 4, "0 pictures"), ([3, 0, 4], 8, "0 rows"), ([3, 2, 0], 12, "0 columns")]
    {
        let message = refusal(idx::read_images("zero.idx", &idx_file(0x803, &extents, &[])));
        assert_says(&message, &[&format!("zero.idx, byte {place}:"), what]);
    }
    assert_says(&refusal(idx::read_labels("zero.idx", &idx_file(0x801, &[0], &[]))), &["byte 4:", "0 labels"]);
}

#[test]
fn extents_that_overflow_or_exceed_two_gibibytes_are_refused() {
    for extents in [[u32::MAX; 3], [1 << 31, 1 << 31, 4], [3, 1 << 15, 1 << 15]] {
        let message = refusal(idx::read_images("huge.idx", &idx_file(0x803, &extents, &[0; 100])));
        assert_says(&message, &["huge.idx, byte 4:", &extents[1].to_string(), "more than the 2147483648"]);
    }
}

#[test]
fn a_header_that_lies_about_its_size_costs_no_memory() {
    // Two gibibytes announced, a hundred bytes there: where memory were taken at once, small machines would fail here.
    let file = idx_file(0x803, &[2, 1 << 15, 1 << 15], &[0; 100]);
    assert_says(&refusal(idx::read_images("lie.idx", &file)), &["lie.idx, byte 116:", "after 100 of"]);
    assert_says(&refusal(idx::read_images("lie.gz", &gzip(&file))), &["lie.gz (unpacked), byte 116:", "after 100 of"]);
}

#[test]
fn a_gzip_bomb_is_unpacked_no_further_than_announced() {
    let packed = gzip(&idx_file(0x803, &[3, 2, 4], &vec![0; 64 << 20]));
    assert!(packed.len() < 1 << 20);
    assert_says(&refusal(idx::read_images("bomb.gz", &packed)), &["bomb.gz (unpacked), byte 40:", "goes on"]);
}

#[test]
fn a_truncated_gzip_is_refused_with_file_and_offset() {
    let packed = gzip(&idx_images());
    for length in 2..packed.len() {
        let message = refusal(idx::read_images("cut.idx.gz", &packed[..length]));
        assert_says(&message, &["cut.idx.gz, byte ", "ends in the middle of its gzip data", "get the file again"]);
    }
    let message = refusal(idx::read_images("cut.idx.gz", &packed[..packed.len() - 3]));
    assert_says(&message, &[&format!("cut.idx.gz, byte {}:", packed.len() - 3)]);
}

#[test]
fn a_wrong_checksum_is_refused_with_file_and_offset() {
    let mut packed = gzip(&idx_images());
    let end = packed.len();
    packed[end - 8] ^= 1;
    let message = refusal(idx::read_images("damaged.gz", &packed));
    assert_says(&message, &[&format!("damaged.gz, byte {end}:"), "cannot be unpacked", "checksum"]);
}

#[test]
fn bytes_behind_the_gzip_data_are_refused() {
    let packed = [gzip(&idx_images()), b"and something else entirely".to_vec()].concat();
    assert_says(&refusal(idx::read_images("behind.gz", &packed)), &["behind.gz, byte ", "cannot be unpacked"]);
}

// --- CIFAR-10 --------------------------------------------------------------------------------------------------------

#[test]
fn planes_become_pixels() {
    let mut record = vec![0; RECORD];
    record[0] = 8;
    // Row 0, column 1: red 10, green 20, blue 30. Row 31, column 31: red 11, green 21, blue 31.
    for (colour, (first, last)) in [(10, 11), (20, 21), (30, 31)].into_iter().enumerate() {
        record[1 + colour * 1024 + 1] = first;
        record[1 + colour * 1024 + 1023] = last;
    }
    let files = cifar10_files_but("test_batch.bin", Some(record));
    let test = cifar10::load(folder(&files).path()).unwrap().test;
    assert_eq!((test.len(), test.shape(), test.labels()), (1, [32, 32, 3], &[8][..]));
    assert_eq!((&test.image(0)[3..6], &test.image(0)[3069..]), (&[10, 20, 30][..], &[11, 21, 31][..]));
    assert_eq!(test.pixels().iter().filter(|&&value| value != 0).count(), 6);
}

#[test]
fn folders_and_archives_give_the_same_datasets() {
    let files = cifar10_files();
    let here = folder(&files);
    let expected = cifar10::load(here.path()).unwrap();
    assert_eq!((expected.name.as_str(), expected.train.len(), expected.test.len()), ("cifar10", 5, 4));
    assert_eq!((expected.train.labels(), expected.test.labels()), (&[3, 1, 4, 1, 5][..], &[9, 2, 6, 5][..]));
    assert_eq!(expected.train.class_names(), ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]);

    let above = tempfile::tempdir().unwrap();
    fs::rename(here.path(), above.path().join("cifar-10-batches-bin")).unwrap();
    assert_eq!(cifar10::load(above.path()).unwrap(), expected);

    for prefix in ["", "./", "cifar-10-batches-bin/", "./cifar-10-batches-bin/", "data/cifar-10-batches-bin/"] {
        let (beside, archive) = archive_of(&gzip(&tar_of(prefix, &files)));
        assert_eq!(cifar10::load(beside.path()).unwrap(), expected, "folder, '{prefix}'");
        assert_eq!(cifar10::load(&archive).unwrap(), expected, "archive, '{prefix}'");
    }
    let reversed: Vec<_> = files.into_iter().rev().collect();
    assert_eq!(cifar10::load(archive_of(&gzip(&tar_of("", &reversed))).1).unwrap(), expected, "in another order");
}

#[test]
fn batches_stand_in_the_order_of_their_numbers() {
    let mut files = cifar10_files_but("data_batch_1.bin", None);
    files.retain(|(name, _)| name != "data_batch_2.bin");
    files.extend((1..=11).map(|number| (format!("data_batch_{number}.bin"), records(&[number % 10]))));
    let expected = [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1];
    assert_eq!(cifar10::load(folder(&files).path()).unwrap().train.labels(), expected);
    assert_eq!(cifar10::load(archive_of(&gzip(&tar_of("", &files))).1).unwrap().train.labels(), expected);
}

#[test]
fn without_a_file_of_names_the_classes_have_their_known_names() {
    let splits = cifar10::load(folder(&cifar10_files_but("batches.meta.txt", None)).path()).unwrap();
    let known = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
    assert_eq!(
        (splits.train.class_names(), splits.test.class_names()),
        (&known.map(String::from)[..], &known.map(String::from)[..])
    );
}

#[test]
fn names_with_windows_line_ends_are_read() {
    let names = b"a\r\nb\r\nc\r\nd\r\ne\r\nf\r\ng\r\nh\r\ni\r\nj\r\n".to_vec();
    let splits = cifar10::load(folder(&cifar10_files_but("batches.meta.txt", Some(names))).path()).unwrap();
    assert_eq!(splits.train.class_names()[9], "j");
}

#[test]
fn nothing_found_names_the_path_what_is_expected_and_the_address() {
    let empty = tempfile::tempdir().unwrap();
    for path in [empty.path().to_path_buf(), empty.path().join("absent")] {
        let message = refusal(cifar10::load(&path));
        assert_says(&message, &["CIFAR-10", path.to_str().unwrap(), "data_batch_1.bin", "cifar-10-batches-bin/"]);
        assert_says(&message, &["https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"]);
    }
}

#[test]
fn an_empty_folder_of_the_official_name_does_not_hide_the_archive() {
    let (beside, _) = archive_of(&gzip(&tar_of("", &cifar10_files())));
    fs::create_dir(beside.path().join("cifar-10-batches-bin")).unwrap();
    assert_eq!(cifar10::load(beside.path()).unwrap().train.len(), 5);
}

#[test]
fn missing_batches_are_refused_by_name() {
    let no_test = folder_refusal(&cifar10_files_but("test_batch.bin", None));
    assert_says(&no_test, &["test_batch.bin is missing in ", "training batches are there", "kriz/cifar-10-binary"]);

    let mut files = cifar10_files_but("data_batch_1.bin", None);
    files.retain(|(name, _)| name != "data_batch_2.bin");
    assert_says(&folder_refusal(&files), &["data_batch_1.bin is missing in ", "every other training batch"]);

    let gap = [cifar10_files(), vec![("data_batch_4.bin".into(), records(&[0]))]].concat();
    assert_says(&folder_refusal(&gap), &["data_batch_3.bin is missing", "although data_batch_4.bin is there"]);

    let last = [cifar10_files(), vec![("data_batch_4294967295.bin".into(), records(&[0]))]].concat();
    assert_says(
        &folder_refusal(&last),
        &["data_batch_3.bin is missing", "although data_batch_4294967295.bin is there"],
    );
    let alone = [records(&[7]), records(&[8])].into_iter().zip(["data_batch_4294967295.bin", "test_batch.bin"]);
    let alone: Vec<_> = alone.map(|(bytes, name)| (name.to_string(), bytes)).collect();
    assert_eq!(cifar10::load(folder(&alone).path()).unwrap().train.labels(), [7]);

    let (_folder, archive) = archive_of(&gzip(&tar_of("", &cifar10_files_but("test_batch.bin", None))));
    let message = refusal(cifar10::load(&archive));
    assert_says(&message, &["test_batch.bin is missing in ", archive.to_str().unwrap()]);
}

#[test]
fn a_file_that_is_no_whole_number_of_records_is_refused_with_its_length() {
    let cut = records(&[1, 2, 3])[..2 * RECORD + 100].to_vec();
    let files = cifar10_files_but("data_batch_2.bin", Some(cut));
    let expected = [
        "data_batch_2.bin, byte 6146:",
        "6246 bytes long",
        "2 records of 3073 bytes end at byte 6146",
        "100 bytes are",
    ];
    assert_says(&folder_refusal(&files), &expected);
    let message = refusal(cifar10::load(archive_of(&gzip(&tar_of("cifar-10-batches-bin/", &files))).1));
    assert_says(&message, &expected);
    assert_says(&message, &["cifar-10-binary.tar.gz: cifar-10-batches-bin/data_batch_2.bin, byte"]);
}

#[test]
fn an_empty_batch_is_refused() {
    let message = folder_refusal(&cifar10_files_but("test_batch.bin", Some(Vec::new())));
    assert_says(&message, &["test_batch.bin, byte 0:", "empty", "get the files again"]);
}

#[test]
fn a_label_out_of_range_is_refused_with_its_record() {
    let message = folder_refusal(&cifar10_files_but("data_batch_2.bin", Some(records(&[9, 0, 10]))));
    assert_says(&message, &["data_batch_2.bin, byte 6146:", "label of record 2 is 10", "from 0 to 9"]);
}

#[test]
fn class_names_that_cannot_be_used_are_refused_with_the_file() {
    let refused = |bytes: &[u8]| folder_refusal(&cifar10_files_but("batches.meta.txt", Some(bytes.to_vec())));
    assert_says(&refused(b"cat\ndog\n"), &["batches.meta.txt, byte 0:", "2 classes instead of 10"]);
    assert_says(&refused(b"a\nb\nc\nd\ne\nf\ng\nh\ni\na\n"), &["batches.meta.txt, byte 0:", "0 and 9", "'a'"]);
    assert_says(&refused(b"a\nb\n\xff\xfe\n"), &["batches.meta.txt, byte 4:", "UTF-8"]);
    assert_says(&refused(&[b'\n'; 70_000]), &["batches.meta.txt, byte 65536:", "longer than 65536"]);
}

#[test]
fn a_batch_that_is_there_twice_is_refused() {
    let again = [cifar10_files(), vec![("data_batch_01.bin".into(), records(&[0]))]].concat();
    assert_says(&folder_refusal(&again), &["data_batch_1.bin, byte 0:", "twice"]);
    let twice = [cifar10_files(), cifar10_files()].concat();
    let message = refusal(cifar10::load(archive_of(&gzip(&tar_of("", &twice))).1));
    assert_says(&message, &["cifar-10-binary.tar.gz: data_batch_1.bin, byte 0:", "twice"]);
}

#[test]
fn a_folder_in_place_of_a_batch_is_refused_by_name() {
    let here = folder(&cifar10_files_but("test_batch.bin", None));
    fs::create_dir(here.path().join("test_batch.bin")).unwrap();
    assert_says(&refusal(cifar10::load(here.path())), &["cannot read", "test_batch.bin", "check"]);
}

#[test]
fn foreign_files_are_passed_over() {
    let foreign =
        ["readme.html", "._data_batch_1.bin", "data_batch_+3.bin", "data_batch_.bin", "data_batch_3.bin.part"];
    let foreign = foreign.map(|name| (name.to_string(), b"foreign".to_vec()));
    let files = [cifar10_files(), foreign.to_vec()].concat();
    let expected = cifar10::load(folder(&cifar10_files()).path()).unwrap();
    assert_eq!(cifar10::load(folder(&files).path()).unwrap(), expected);

    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in &files {
        append(&mut archive, name, bytes);
    }
    for name in ["elsewhere/data_batch_3.bin", "../data_batch_3.bin", "/data_batch_3.bin"] {
        append(&mut archive, name, b"foreign");
    }
    let mut link = tar::Header::new_ustar();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    archive.append_link(&mut link, "data_batch_4.bin", "/etc/passwd").unwrap();
    let (_folder, archive) = archive_of(&gzip(&archive.into_inner().unwrap()));
    assert_eq!(cifar10::load(&archive).unwrap(), expected);
}

#[test]
fn reading_an_archive_writes_nothing() {
    let files = [cifar10_files(), vec![("../escaped".into(), b"outside".to_vec())]].concat();
    let (beside, archive) = archive_of(&gzip(&tar_of("", &files)));
    let names =
        |folder: &Path| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    cifar10::load(&archive).unwrap();
    assert_eq!(names(beside.path()), ["cifar-10-binary.tar.gz"]);
    assert!(!beside.path().parent().unwrap().join("escaped").exists());
}

#[test]
fn a_truncated_archive_is_refused_with_file_and_offset() {
    let packed = gzip(&tar_of("", &cifar10_files()));
    for length in [2, 9, 11, 1000, packed.len() / 2, packed.len() - 9, packed.len() - 1] {
        let (_folder, archive) = archive_of(&packed[..length]);
        let message = refusal(cifar10::load(&archive));
        assert_says(&message, &["cifar-10-binary.tar.gz, byte ", "ends in the middle", "get the files again"]);
        assert_says(&message, &[&format!("byte {length}:")]);
    }
}

#[test]
fn an_archive_whose_tar_data_is_cut_off_is_refused() {
    let whole = tar_of("", &cifar10_files());
    // Within the first member, within the second member's header, within a member that is passed over.
    for (length, reason) in [(5000, "before the end of a member"), (512 + 9728 + 100, "entire block")] {
        let message = refusal(cifar10::load(archive_of(&gzip(&whole[..length])).1));
        assert_says(&message, &["cifar-10-binary.tar.gz, byte ", "cannot be unpacked", reason]);
    }
    let foreign = tar_of("", &[("readme.html".into(), vec![0; 5000])]);
    let message = refusal(cifar10::load(archive_of(&gzip(&foreign[..2000])).1));
    assert_says(&message, &["cifar-10-binary.tar.gz, byte ", "cannot be unpacked"]);
}

#[test]
fn an_archive_with_a_wrong_checksum_is_refused() {
    let mut packed = gzip(&tar_of("", &cifar10_files()));
    let end = packed.len();
    packed[end - 8] ^= 1;
    let message = refusal(cifar10::load(archive_of(&packed).1));
    assert_says(&message, &[&format!("cifar-10-binary.tar.gz, byte {end}:"), "checksum"]);

    let mut tar = tar_of("", &cifar10_files());
    tar[0] ^= 1;
    let message = refusal(cifar10::load(archive_of(&gzip(&tar)).1));
    assert_says(&message, &["cifar-10-binary.tar.gz, byte ", "header checksum"]);
}

#[test]
fn a_member_that_lies_about_its_size_is_refused() {
    let mut header = tar::Header::new_ustar();
    header.set_path("data_batch_1.bin").unwrap();
    header.set_size(1 << 50);
    header.set_cksum();
    let mut archive = header.as_bytes().to_vec();
    archive.extend(records(&[1, 2]));
    let message = refusal(cifar10::load(archive_of(&gzip(&archive)).1));
    assert_says(&message, &["cifar-10-binary.tar.gz, byte ", "before the end of a member"]);
}

#[test]
fn a_file_that_is_no_archive_is_refused() {
    let here = folder(&cifar10_files());
    let message = refusal(cifar10::load(here.path().join("data_batch_1.bin")));
    assert_says(&message, &["data_batch_1.bin, byte 0:", "no .tar.gz archive", "get the files again"]);
    assert_says(&refusal(cifar10::load(archive_of(&[]).1)), &["cifar-10-binary.tar.gz, byte 0:", "no .tar.gz"]);
    // gzip data of something else.
    let message = refusal(cifar10::load(archive_of(&gzip(&noise(3000))).1));
    assert_says(&message, &["cifar-10-binary.tar.gz, byte ", "cannot be unpacked"]);
}

// --- Damage of any kind ----------------------------------------------------------------------------------------------

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

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
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
