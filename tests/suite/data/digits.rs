//! The embedded digits.

use ocellus::data::{Splits, digits};

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
