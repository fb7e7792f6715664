//! Datasets in memory.

use ocellus::data::{Dataset, Images};

use super::*;

/// A dataset of `count` pictures of 1 x 1 x 1 whose pixel and label tell which one it is.
fn counted(count: usize) -> Dataset {
    let pixels = (0..count).map(|i| i as u8).collect();
    let labels = (0..count).map(|i| i as u32 % 2).collect();
    Dataset::from_memory(Images::new([1, 1, 1], pixels).unwrap(), labels, names(2)).unwrap()
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|class| format!("class {class}")).collect()
}

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
