//! MNIST and Fashion-MNIST: four IDX files in a folder.

use ocellus::data::{Splits, mnist};

use super::*;

/// The four files, small: five pictures of 2 x 4 to train on and three to test with.
pub(super) fn files() -> Vec<(String, Vec<u8>)> {
    vec![
        ("train-images-idx3-ubyte".into(), idx_file(0x803, &[5, 2, 4], &noise(40))),
        ("train-labels-idx1-ubyte".into(), idx_file(0x801, &[5], &[3, 1, 4, 1, 5])),
        ("t10k-images-idx3-ubyte".into(), idx_file(0x803, &[3, 2, 4], &noise(24))),
        ("t10k-labels-idx1-ubyte".into(), idx_file(0x801, &[3], &[9, 2, 6])),
    ]
}

fn files_but(number: usize, bytes: Option<Vec<u8>>) -> Vec<(String, Vec<u8>)> {
    let mut files = files();
    match bytes {
        Some(bytes) => files[number].1 = bytes,
        None => drop(files.remove(number)),
    }
    files
}

fn load(files: &[(String, Vec<u8>)]) -> Result<Splits, DataError> {
    mnist::load(folder(files).path())
}

#[test]
fn the_four_files_are_two_datasets() {
    let splits = load(&files()).unwrap();
    assert_eq!((splits.name.as_str(), splits.train.shape(), splits.test.shape()), ("mnist", [2, 4, 1], [2, 4, 1]));
    assert_eq!((splits.train.labels(), splits.test.labels()), (&[3, 1, 4, 1, 5][..], &[9, 2, 6][..]));
    assert_eq!((splits.train.pixels(), splits.test.pixels()), (&noise(40)[..], &noise(24)[..]));
    assert_eq!(splits.train.class_names()[7], "7");
    let fashion = mnist::load_fashion(folder(&files()).path()).unwrap();
    assert_eq!((fashion.name.as_str(), fashion.train.pixels()), ("fashion-mnist", splits.train.pixels()));
    assert_eq!(
        (fashion.test.class_names()[0].as_str(), fashion.test.class_names()[9].as_str()),
        ("T-shirt/top", "Ankle boot")
    );
}

#[test]
fn every_spelling_and_place_gives_the_same_datasets() {
    let expected = load(&files()).unwrap();
    let packed: Vec<_> = files().into_iter().map(|(name, bytes)| (name + ".gz", gzip(&bytes))).collect();
    assert_eq!(load(&packed).unwrap(), expected, "packed");
    let dotted: Vec<_> = files().into_iter().map(|(name, bytes)| (name.replace("-idx", ".idx"), bytes)).collect();
    assert_eq!(load(&dotted).unwrap(), expected, "with dots");
    let both: Vec<_> = dotted.into_iter().map(|(name, bytes)| (name + ".gz", gzip(&bytes))).collect();
    assert_eq!(load(&both).unwrap(), expected, "with dots, packed");
    let plain_first = [packed.iter().map(|(name, _)| (name.clone(), b"foreign".to_vec())).collect(), files()].concat();
    assert_eq!(load(&plain_first).unwrap(), expected, "plain before packed");

    let above = tempfile::tempdir().unwrap();
    fs::create_dir_all(above.path().join("MNIST/raw")).unwrap();
    for (name, bytes) in packed {
        fs::write(above.path().join("MNIST/raw").join(name), bytes).unwrap();
    }
    assert_eq!(mnist::load(above.path()).unwrap(), expected, "where torchvision keeps them");
}

#[test]
fn every_damage_is_refused_with_the_file_and_what_to_do() {
    let labels = |labels: &[u8]| Some(idx_file(0x801, &[labels.len() as u32], labels));
    // The file's number, its contents, and what is said.
    type Case<'a> = (usize, Option<Vec<u8>>, &'a [&'a str]);
    let table: [Case; 10] = [
        (
            0,
            None,
            &[
                "train-images-idx3-ubyte (or train-images-idx3-ubyte.gz) is missing in ",
                "train-labels-idx1-ubyte is there",
            ],
        ),
        (3, None, &["t10k-labels-idx1-ubyte (or ", "is missing in ", "train-images-idx3-ubyte is there"]),
        (0, Some(vec![]), &["train-images-idx3-ubyte, byte 0:", "header of 16 bytes"]),
        (0, labels(&[1, 2, 3]), &["train-images-idx3-ubyte, byte 0:", "of a file of labels"]),
        (2, Some(idx_file(0x803, &[3, 2, 4], &noise(23))), &["t10k-images-idx3-ubyte, byte 39:", "after 23 of"]),
        (2, Some(idx_file(0x803, &[u32::MAX; 3], &noise(23))), &["t10k-images-idx3-ubyte, byte 4:", "more than"]),
        (
            1,
            labels(&[3, 1, 4, 1]),
            &["train-labels-idx1-ubyte, byte 4:", "4 labels", "train-images-idx3-ubyte has 5 pictures"],
        ),
        (3, labels(&[9, 10, 6]), &["t10k-labels-idx1-ubyte, byte 9:", "label 1 is 10", "from 0 to 9"]),
        (2, Some(idx_file(0x803, &[3, 4, 2], &noise(24))), &["t10k-images-idx3-ubyte, byte 8:", "4 x 2", "2 x 4"]),
        (
            1,
            Some(gzip(&files()[1].1)[..20].to_vec()),
            &["train-labels-idx1-ubyte, byte ", "in the middle of its gzip data"],
        ),
    ];
    for (number, bytes, parts) in table {
        let message = refusal(load(&files_but(number, bytes)));
        assert_says(&message, parts);
        assert_says(&message, &["get the file again"]);
    }
}

#[test]
fn nothing_found_names_the_path_what_is_expected_and_the_address() {
    let empty = tempfile::tempdir().unwrap();
    let path = empty.path().to_str().unwrap();
    assert_says(&refusal(mnist::load(path)), &["no MNIST was found", path, "train-images-idx3-ubyte", mnist::ADDRESS]);
    let message = refusal(mnist::load_fashion(path));
    assert_says(&message, &["no Fashion-MNIST was found", path, "FashionMNIST/raw/", mnist::FASHION_ADDRESS]);
}
