//! CIFAR-100, where it differs from CIFAR-10, whose reader it shares.

use ocellus::data::cifar100::{self, Labels};

use super::*;

/// Records of these coarse and fine labels, their pixels noise.
fn records(labels: &[(u8, u8)]) -> Vec<u8> {
    let mut bytes = noise(labels.len() * (RECORD + 1));
    for (record, &(coarse, fine)) in bytes.chunks_mut(RECORD + 1).zip(labels) {
        record[..2].copy_from_slice(&[coarse, fine]);
    }
    bytes
}

/// The files of a small CIFAR-100: names and bytes.
pub(super) fn files() -> Vec<(String, Vec<u8>)> {
    vec![
        ("train.bin".into(), records(&[(17, 47), (0, 4), (19, 99)])),
        ("test.bin".into(), records(&[(14, 2), (4, 0)])),
        ("fine_label_names.txt".into(), numbered("fine", 100)),
        ("coarse_label_names.txt".into(), numbered("coarse", 20)),
    ]
}

fn numbered(word: &str, count: usize) -> Vec<u8> {
    (0..count).map(|number| format!("{word} {number}\n")).collect::<String>().into_bytes()
}

fn files_but(name: &str, bytes: Option<Vec<u8>>) -> Vec<(String, Vec<u8>)> {
    let mut files = files();
    files.retain(|(other, _)| other != name);
    files.extend(bytes.map(|bytes| (name.into(), bytes)));
    files
}

fn refused(files: &[(String, Vec<u8>)], labels: Labels) -> String {
    refusal(cifar100::load(folder(files).path(), labels))
}

#[test]
fn fine_and_coarse_labels_belong_to_the_same_pictures() {
    let here = folder(&files());
    let fine = cifar100::load(here.path(), Labels::Fine).unwrap();
    let coarse = cifar100::load(here.path(), Labels::Coarse).unwrap();
    assert_eq!((fine.name.as_str(), coarse.name.as_str()), ("cifar100", "cifar100-coarse"));
    assert_eq!((fine.train.labels(), fine.test.labels()), (&[47, 4, 99][..], &[2, 0][..]));
    assert_eq!((coarse.train.labels(), coarse.test.labels()), (&[17, 0, 19][..], &[14, 4][..]));
    assert_eq!((fine.train.classes(), coarse.train.classes()), (100, 20));
    assert_eq!(
        (&fine.train.class_names()[99], &coarse.test.class_names()[19]),
        (&"fine 99".into(), &"coarse 19".into())
    );
    assert_eq!(fine.train.pixels(), coarse.train.pixels());
    // The planes begin behind both labels.
    let record = &files()[0].1;
    assert_eq!(fine.train.image(0)[..3], [record[2], record[2 + 1024], record[2 + 2048]]);
}

#[test]
fn without_files_of_names_the_classes_have_their_known_names() {
    let mut files = files();
    files.truncate(2);
    let here = folder(&files);
    let fine = cifar100::load(here.path(), Labels::Fine).unwrap().train;
    let coarse = cifar100::load(here.path(), Labels::Coarse).unwrap().train;
    let name = |number: usize| fine.class_names()[number].as_str();
    assert_eq!([name(0), name(39), name(47), name(99)], ["apple", "keyboard", "maple_tree", "worm"]);
    assert!(fine.class_names().is_sorted() && coarse.class_names().is_sorted());
    assert_eq!((coarse.class_names()[14].as_str(), coarse.class_names()[17].as_str()), ("people", "trees"));
}

#[test]
fn folders_and_archives_give_the_same_datasets() {
    let expected = cifar100::load(folder(&files()).path(), Labels::Fine).unwrap();
    let above = tempfile::tempdir().unwrap();
    fs::write(above.path().join("cifar-100-binary.tar.gz"), gzip(&tar_of("cifar-100-binary/", &files()))).unwrap();
    assert_eq!(cifar100::load(above.path(), Labels::Fine).unwrap(), expected);
    let archive = above.path().join("cifar-100-binary.tar.gz");
    assert_eq!(cifar100::load(&archive, Labels::Fine).unwrap(), expected);
    fs::remove_file(archive).unwrap();
    fs::create_dir(above.path().join("cifar-100-binary")).unwrap();
    for (name, bytes) in files() {
        fs::write(above.path().join("cifar-100-binary").join(name), bytes).unwrap();
    }
    assert_eq!(cifar100::load(above.path(), Labels::Fine).unwrap(), expected);
}

#[test]
fn every_damage_is_refused_with_the_file_and_the_address() {
    let address = "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz";
    let long = "x\n".repeat(40_000).into_bytes();
    // The file, its contents, the labels asked for, and what is said.
    type Case<'a> = (&'a str, Option<Vec<u8>>, Labels, &'a [&'a str]);
    let table: [Case; 9] = [
        ("train.bin", None, Labels::Fine, &["train.bin is missing in ", "although test.bin is there"]),
        ("test.bin", None, Labels::Fine, &["test.bin is missing in "]),
        ("train.bin", Some(vec![]), Labels::Fine, &["train.bin, byte 0:", "empty"]),
        (
            "test.bin",
            Some(vec![0; 3100]),
            Labels::Coarse,
            &["test.bin, byte 3074:", "3100 bytes long", "26 bytes are left"],
        ),
        (
            "train.bin",
            Some(records(&[(0, 0), (20, 0)])),
            Labels::Fine,
            &["train.bin, byte 3074:", "coarse label of record 1 is 20", "coarse labels are numbered from 0 to 19"],
        ),
        (
            "train.bin",
            Some(records(&[(0, 100)])),
            Labels::Coarse,
            &["byte 0:", "fine label of record 0 is 100", "to 99"],
        ),
        (
            "fine_label_names.txt",
            Some(numbered("fine", 99)),
            Labels::Fine,
            &["fine_label_names.txt", "99 classes instead of 100"],
        ),
        ("coarse_label_names.txt", Some(b"a\na\n".repeat(10)), Labels::Coarse, &["coarse_label_names.txt", "'a'"]),
        ("coarse_label_names.txt", Some(long), Labels::Coarse, &["coarse_label_names.txt, byte 65536:", "longer than"]),
    ];
    for (name, bytes, labels, parts) in table {
        let message = refused(&files_but(name, bytes), labels);
        assert_says(&message, parts);
        assert_says(&message, &[address]);
    }
    // Names that were not asked for do no harm.
    let files = files_but("fine_label_names.txt", Some(b"one".to_vec()));
    assert!(cifar100::load(folder(&files).path(), Labels::Coarse).is_ok());
}

#[test]
fn nothing_found_names_the_path_what_is_expected_and_the_address() {
    let empty = tempfile::tempdir().unwrap();
    let message = refusal(cifar100::load(empty.path(), Labels::Fine));
    assert_says(
        &message,
        &["CIFAR-100", empty.path().to_str().unwrap(), "train.bin and test.bin", "cifar-100-binary/"],
    );
    assert_says(&message, &["cifar-100-binary.tar.gz"]);
}
