//! CIFAR-10 from folders.

use ocellus::data::cifar10;

use super::*;

/// The message with which a folder of these files is refused.
fn folder_refusal(files: &[(String, Vec<u8>)]) -> String {
    refusal(cifar10::load(folder(files).path()))
}

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
