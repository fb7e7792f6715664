//! The decoded pictures that are kept beside a folder.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use ocellus::data::{Opened, Watch, folder};

use super::folder::{colour, contents, tree};
use super::*;

/// Counts the pictures that are decoded.
#[derive(Default)]
struct Decoded(AtomicU64);

impl Watch for Decoded {
    fn advance(&self, amount: u64) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }
}

/// The dataset, and how many pictures were decoded for it.
fn load(root: &Path, cache: &Path) -> (Opened, u64) {
    let decoded = Decoded::default();
    let opened = folder::load(root, [2, 2, 3], Some(cache), &decoded).unwrap();
    (opened, decoded.0.into_inner())
}

fn kept(cache: &Path) -> Vec<PathBuf> {
    fs::read_dir(cache.join("pictures")).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn pictures() -> TempDir {
    tree(&[
        ("train/a/1.png", colour(1)),
        ("train/b/1.png", colour(2)),
        ("train/b/2.png", colour(3)),
        ("test/a/1.png", colour(4)),
        ("test/b/1.png", colour(5)),
    ])
}

#[test]
fn the_second_time_nothing_is_decoded_and_all_is_the_same() {
    let (root, cache) = (pictures(), tempfile::tempdir().unwrap());
    let (first, decoded) = load(root.path(), cache.path());
    assert_eq!(decoded, 5);
    assert_eq!(load(root.path(), cache.path()), (first.clone(), 0));
    // The same folder by another path.
    assert_eq!(load(&root.path().join("train/.."), cache.path()).1, 0);
    assert_eq!(folder::load(root.path(), [2, 2, 3], None, &()).unwrap(), first);
}

#[test]
fn a_folder_that_changed_is_decoded_again_and_replaces_what_was_kept() {
    let (root, cache) = (pictures(), tempfile::tempdir().unwrap());
    load(root.path(), cache.path());
    let before = kept(cache.path()).len();
    // Another picture; only its part is decoded.
    fs::write(root.path().join("train/b/3.png"), colour(9)).unwrap();
    let (opened, decoded) = load(root.path(), cache.path());
    assert_eq!((opened.train.len(), decoded), (4, 4));
    // Other contents of the same length, written later.
    let path = root.path().join("test/a/1.png");
    fs::write(&path, colour(40)).unwrap();
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
    fs::File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
    let (opened, decoded) = load(root.path(), cache.path());
    assert_eq!(decoded, 2);
    assert!(contents(&opened.test.unwrap()).contains(&(0, 40)));
    // A file of another name.
    fs::rename(&path, root.path().join("test/a/0.png")).unwrap();
    assert_eq!(load(root.path(), cache.path()).1, 2);
    assert_eq!(kept(cache.path()).len(), before);
}

#[test]
fn another_shape_is_decoded_anew() {
    let (root, cache) = (pictures(), tempfile::tempdir().unwrap());
    load(root.path(), cache.path());
    let decoded = Decoded::default();
    let opened = folder::load(root.path(), [3, 2, 1], Some(cache.path()), &decoded).unwrap();
    assert_eq!((opened.train.shape(), decoded.0.into_inner()), ([3, 2, 1], 5));
    assert_eq!(load(root.path(), cache.path()).1, 0);
}

#[test]
fn what_is_kept_is_checked_and_made_again_where_it_is_damaged() {
    let (root, cache) = (pictures(), tempfile::tempdir().unwrap());
    let (expected, _) = load(root.path(), cache.path());
    for damage in ["flip", "cut", "longer", "empty", "foreign"] {
        for path in kept(cache.path()) {
            let mut bytes = fs::read(&path).unwrap();
            match damage {
                "flip" => *bytes.last_mut().unwrap() ^= 1,
                "cut" => bytes.truncate(bytes.len() - 1),
                "longer" => bytes.push(0),
                "empty" => bytes.clear(),
                _ => bytes.fill(b'x'),
            }
            fs::write(path, bytes).unwrap();
        }
        assert_eq!(load(root.path(), cache.path()), (expected.clone(), 5), "{damage}");
        assert_eq!(load(root.path(), cache.path()).1, 0, "after {damage}");
    }
}

#[test]
fn a_cache_that_cannot_be_written_costs_only_time() {
    let (root, cache) = (pictures(), tempfile::tempdir().unwrap());
    let file = cache.path().join("file");
    fs::write(&file, "").unwrap();
    let (opened, decoded) = load(root.path(), &file);
    assert_eq!((opened.train.len(), decoded), (3, 5));
}

#[test]
fn a_folder_with_a_damaged_picture_is_not_kept() {
    let (root, cache) = (pictures(), tempfile::tempdir().unwrap());
    fs::write(root.path().join("train/a/1.png"), "no picture").unwrap();
    assert!(folder::load(root.path(), [2, 2, 3], Some(cache.path()), &()).is_err());
    assert!(!cache.path().join("pictures").exists());
}
