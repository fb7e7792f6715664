//! Folders of pictures: their layouts, the order of what is in them, and what is refused.

use std::sync::Mutex;

use image::RgbImage;
use ocellus::data::{Dataset, Opened, Unit, Watch, folder};

use super::picture::{jpeg, png};
use super::*;

/// Two by two pixels of one colour.
pub(super) fn colour(value: u8) -> Vec<u8> {
    png(&RgbImage::from_pixel(2, 2, image::Rgb([value; 3])).into())
}

/// A folder with these files in it.
pub(super) fn tree(files: &[(&str, Vec<u8>)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    root
}

fn load(root: &TempDir) -> Result<Opened, DataError> {
    folder::load(root.path(), [2, 2, 3], None, &())
}

/// Label and first byte of every picture.
pub(super) fn contents(dataset: &Dataset) -> Vec<(u32, u8)> {
    (0..dataset.len()).map(|i| (dataset.labels()[i], dataset.image(i)[0])).collect()
}

fn sorted(mut contents: Vec<(u32, u8)>) -> Vec<(u32, u8)> {
    contents.sort_unstable();
    contents
}

#[test]
fn two_parts_with_a_folder_per_class_are_a_dataset() {
    for test in ["test", "val", "validation"] {
        let root = tree(&[
            ("train/dog/1.png", colour(1)),
            ("train/cat/x.PNG", colour(2)),
            ("train/cat/y.Jpg", colour(3)),
            ("train/cat/z.jpeg", colour(4)),
            (&format!("{test}/cat/1.png"), colour(5)),
            (&format!("{test}/dog/1.png"), colour(6)),
        ]);
        let opened = load(&root).unwrap();
        let test = opened.test.unwrap();
        assert_eq!(opened.name, root.path().file_name().unwrap().to_str().unwrap());
        assert_eq!((opened.train.class_names(), opened.train.shape()), (&["cat".into(), "dog".into()][..], [2, 2, 3]));
        assert_eq!(sorted(contents(&opened.train)), [(0, 2), (0, 3), (0, 4), (1, 1)]);
        assert_eq!(sorted(contents(&test)), [(0, 5), (1, 6)]);
        assert_eq!(test.class_names(), opened.train.class_names());
    }
}

#[test]
fn where_there_is_a_test_part_the_validation_part_is_passed_over() {
    let root = tree(&[
        ("train/a/1.png", colour(1)),
        ("val/a/1.png", colour(2)),
        ("test/a/1.png", colour(3)),
        ("test/a/2.png", colour(3)),
    ]);
    assert_eq!(contents(&load(&root).unwrap().test.unwrap()), [(0, 3), (0, 3)]);
}

#[test]
fn one_level_is_a_dataset_without_a_test_part() {
    let root = tree(&[("b/1.png", colour(1)), ("a/1.png", colour(2)), ("a/2.png", colour(3))]);
    let opened = load(&root).unwrap();
    assert!(opened.test.is_none());
    assert_eq!(sorted(contents(&opened.train)), [(0, 2), (0, 3), (1, 1)]);
}

#[test]
fn the_last_share_of_a_folder_has_its_part_of_every_class() {
    let mut files = Vec::new();
    for (class, count) in [("a", 30), ("b", 60), ("c", 90)] {
        files.extend((0..count).map(|i| (format!("{class}/{i:03}.png"), colour(i))));
    }
    let files: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let dataset = load(&tree(&files)).unwrap().train;
    // Another folder of the same names, written in another order.
    let reversed: Vec<_> = files.iter().rev().cloned().collect();
    assert_eq!(load(&tree(&reversed)).unwrap().train, dataset);
    let (rest, last) = dataset.split_last(0.2).unwrap();
    assert_eq!((rest.class_counts(), last.class_counts()), (vec![24, 48, 72], vec![6, 12, 18]));
    // Not the last files of a class, but some from everywhere.
    let of_c: Vec<u8> = contents(&last).into_iter().filter(|(label, _)| *label == 2).map(|(_, value)| value).collect();
    assert!(of_c.iter().any(|&i| i < 30) && of_c.iter().any(|&i| i >= 60) && !of_c.is_sorted(), "{of_c:?}");
}

#[test]
fn hidden_and_other_files_and_deeper_folders_are_passed_over() {
    let root = tree(&[
        ("readme.txt", b"words".to_vec()),
        ("loose.png", colour(9)),
        (".hidden/1.png", colour(9)),
        ("a/1.png", colour(1)),
        ("a/._1.png", b"foreign".to_vec()),
        ("a/.DS_Store", b"foreign".to_vec()),
        ("a/notes.txt", b"words".to_vec()),
        ("a/deeper/2.png", colour(9)),
        ("a/folder.png/2.png", colour(9)),
        ("b/1.png", colour(2)),
    ]);
    assert_eq!(sorted(contents(&load(&root).unwrap().train)), [(0, 1), (1, 2)]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_one_to_nothing_is_refused() {
    use std::os::unix::fs::symlink;
    let elsewhere = tree(&[("1.png", colour(7))]);
    let root = tree(&[("a/1.png", colour(1))]);
    symlink(elsewhere.path(), root.path().join("b")).unwrap();
    symlink(elsewhere.path().join("1.png"), root.path().join("a/2.png")).unwrap();
    assert_eq!(sorted(contents(&load(&root).unwrap().train)), [(0, 1), (0, 7), (1, 7)]);
    symlink("nowhere", root.path().join("a/3.png")).unwrap();
    assert_says(&refusal(load(&root)), &["a/3.png"]);
}

#[test]
fn pictures_of_any_size_and_kind_are_brought_to_the_shape() {
    let photo = jpeg(&RgbImage::from_pixel(40, 30, image::Rgb([200, 100, 50])).into());
    let root = tree(&[("a/1.png", colour(1)), ("b/1.jpg", photo)]);
    let dataset = folder::load(root.path(), [3, 5, 1], None, &()).unwrap().train;
    assert_eq!((dataset.shape(), dataset.len()), ([3, 5, 1], 2));
    let b = dataset.labels().iter().position(|&label| label == 1).unwrap();
    assert!(dataset.image(b).iter().all(|value| value.abs_diff(124) < 3), "{:?}", dataset.image(b));
}

#[test]
fn every_layout_that_is_none_is_refused_with_its_folder() {
    // The files, and what is said.
    let text = || b"words".to_vec();
    type Case<'a> = (&'a [(&'a str, Vec<u8>)], &'a [&'a str]);
    let table: [Case; 7] = [
        (&[], &["there are no pictures", "train/CLASS/"]),
        (&[("1.png", colour(1))], &["the pictures are in no classes", "a folder for each class"]),
        (&[("a/1.png", colour(1)), ("b/1.txt", text())], &["/b: ", "no pictures in the folder of this class"]),
        (&[("train/a/1.png", colour(1)), ("test/1.png", colour(1))], &["/test: ", "in no classes"]),
        (
            &[("train/a/1.png", colour(1)), ("train/b/1.png", colour(1)), ("test/a/1.png", colour(1))],
            &["/test: the class b is missing", "/train", "the same classes"],
        ),
        (
            &[("train/a/1.png", colour(1)), ("test/a/1.png", colour(1)), ("test/c/1.png", colour(1))],
            &["/train: the class c is missing", "/test", "the same classes"],
        ),
        (&[("train/1.png", colour(1))], &["/train: ", "in no classes"]),
    ];
    for (files, parts) in table {
        let root = tree(files);
        let message = refusal(load(&root));
        assert_says(&message, parts);
        assert_says(&message, &[root.path().to_str().unwrap(), "; "]);
    }
    let absent = refusal(folder::load("no/such/folder", [2, 2, 3], None, &()));
    assert_says(&absent, &["cannot read no/such/folder"]);
    let root = tree(&[("a/1.png", colour(1))]);
    assert_says(&refusal(folder::load(root.path(), [2, 2, 5], None, &())), &["2 x 2 x 5", "1 channel for grey"]);
}

#[test]
fn damaged_pictures_are_refused_by_name_with_the_number_of_the_others() {
    let one = tree(&[("a/1.png", colour(1)), ("b/bad.jpg", b"no picture".to_vec())]);
    let message = refusal(load(&one));
    assert_says(&message, &["b/bad.jpg: it begins as neither PNG nor JPEG", "replace the picture"]);
    assert!(!message.contains("more pictures"), "{message}");
    let three = tree(&[
        ("a/1.png", colour(1)),
        ("a/2.png", vec![]),
        ("b/3.png", vec![]),
        ("b/4.png", colour(1)[..40].to_vec()),
    ]);
    assert_says(&refusal(load(&three)), &[".png: ", "; 2 more pictures of", three.path().to_str().unwrap()]);
}

#[test]
fn the_watch_hears_of_every_picture() {
    #[derive(Default)]
    struct Heard(Mutex<Vec<String>>);
    impl Watch for Heard {
        fn begin(&self, what: &str, total: Option<u64>, unit: Unit) {
            self.0.lock().unwrap().push(format!("{what} {total:?} {unit:?}"));
        }
        fn advance(&self, amount: u64) {
            self.0.lock().unwrap().push(amount.to_string());
        }
        fn end(&self) {
            self.0.lock().unwrap().push("end".into());
        }
    }
    let heard = Heard::default();
    let root = tree(&[("train/a/1.png", colour(1)), ("train/a/2.png", colour(1)), ("test/a/1.png", colour(1))]);
    folder::load(root.path(), [2, 2, 3], None, &heard).unwrap();
    let expected = ["decoding train/ Some(2) Pictures", "1", "1", "end", "decoding test/ Some(1) Pictures", "1", "end"];
    assert_eq!(heard.0.into_inner().unwrap(), expected);
}
