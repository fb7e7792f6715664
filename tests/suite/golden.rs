//! Golden pictures: what each kind of picture looked like when somebody last looked at it.

use std::path::{Path, PathBuf};

use ocellus::data::{Dataset, Images, digits};
use ocellus::train::{EpochRecord, History};
use ocellus::view::{self, Figure};

/// Two pictures are the same where their pixels differ by less than this on average, in levels of 256,
const MEAN: f64 = 1.0;
/// and where less than this share of pixels
const SHARE: f64 = 0.005;
/// differs by more than this in any colour.
const LEVELS: u8 = 16;

/// Expects `figure` to look like `tests/golden/NAME.png`. Where it does not, what it looks like is written to a file
/// that the message names. With `OCELLUS_WRITE_GOLDEN=1` the golden picture is written anew; look at it before it stays.
pub fn golden(name: &str, figure: &Figure) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.png"));
    if std::env::var_os("OCELLUS_WRITE_GOLDEN").is_some_and(|value| value == "1") {
        figure.save(&path).unwrap();
        return;
    }
    let expected = std::fs::read(&path).map_err(|error| error.to_string());
    let differs = expected.and_then(|expected| difference(&expected, &figure.png().unwrap()));
    if let Err(reason) = differs {
        let actual = actual_path(name);
        figure.save(&actual).unwrap();
        panic!(
            "{}: {reason}. It looks like {} now; if that is right, write it with OCELLUS_WRITE_GOLDEN=1",
            path.display(),
            actual.display()
        );
    }
}

fn actual_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"))
}

/// Whether two PNG files look the same, or how they differ.
fn difference(expected: &[u8], actual: &[u8]) -> Result<(), String> {
    let pixels =
        |png| image::load_from_memory(png).map(|picture| picture.into_rgb8()).map_err(|error| error.to_string());
    let (expected, actual) = (pixels(expected)?, pixels(actual)?);
    if expected.dimensions() != actual.dimensions() {
        return Err(format!("it is {:?} pixels large, not {:?}", actual.dimensions(), expected.dimensions()));
    }
    let pairs = || expected.as_raw().iter().zip(actual.as_raw()).map(|(a, b)| a.abs_diff(*b));
    let mean = pairs().map(f64::from).sum::<f64>() / expected.as_raw().len() as f64;
    let differs = |pixel: &&[u8]| pixel.iter().any(|difference| *difference > LEVELS);
    let far = pairs().collect::<Vec<u8>>().chunks(3).filter(differs).count();
    let share = far as f64 / f64::from(expected.width() * expected.height());
    if mean < MEAN && share < SHARE {
        return Ok(());
    }
    Err(format!(
        "its pixels differ by {mean:.2} levels on average, {:.2} % of them by more than {LEVELS}",
        100.0 * share
    ))
}

/// A history of `epochs` that learns, the faster the larger `rate` is.
fn learning(epochs: usize, rate: f64, validation: bool) -> History {
    let record = |epoch: usize| {
        let loss = 2.3 * (-rate * epoch as f64).exp();
        let held_out = validation.then_some(0.8 * loss + 0.02 * epoch as f64);
        EpochRecord {
            epoch,
            loss,
            accuracy: 1.0 - loss / 2.6,
            val_loss: held_out,
            val_accuracy: held_out.map(|loss| 1.0 - loss / 2.5),
            seconds: 1.0,
            images_per_second: 1.0,
            weights_hash: None,
        }
    };
    History { epochs: (1..=epochs).map(record).collect() }
}

#[test]
fn a_dataset_looks_as_it_did() {
    let digits = digits::load().unwrap().train;
    let figure = view::dataset(&digits, &digits.sample(6, 0, None), 3).unwrap();
    golden("dataset", &figure.titled("digits", ""));
}

#[test]
fn class_counts_look_as_they_did() {
    let names = ["cat", "an aeroplane of the early days", "dog", "none"].map(str::to_owned).to_vec();
    let images = Images::new([1, 1, 3], vec![0; 3 * 17]).unwrap();
    let labels = (0..17).map(|index| [0, 1, 2, 1, 1][index % 5]).collect();
    let dataset = Dataset::from_memory(images, labels, names).unwrap();
    golden("class_counts", &view::class_counts(&dataset).titled("Pictures by class", ""));
}

#[test]
fn the_history_of_one_run_looks_as_it_did() {
    golden("history", &view::history(&[("lecture-1", &learning(10, 0.35, true))]).unwrap());
}

#[test]
fn the_history_of_two_runs_looks_as_it_did() {
    let (slow, fast) = (learning(12, 0.1, true), learning(8, 0.6, false));
    golden("history_two_runs", &view::history(&[("slow", &slow), ("fast, not validated", &fast)]).unwrap());
}

#[test]
fn a_picture_that_changed_is_told_from_one_that_did_not() {
    let drawn = |width: f32, offset: f32| {
        let mut figure = Figure::new(width, 20.0);
        figure.rectangle([2.0 + offset, 2.0, 5.0, 10.0], view::Color::rgb(0, 114, 178));
        figure.png().unwrap()
    };
    let before = drawn(40.0, 0.0);
    assert_eq!(difference(&before, &before), Ok(()));
    // Smoothing that another processor rounds otherwise.
    assert_eq!(difference(&before, &drawn(40.0, 0.01)), Ok(()));
    assert!(difference(&before, &drawn(40.0, 1.0)).unwrap_err().contains("levels on average"));
    assert!(difference(&before, &drawn(41.0, 0.0)).unwrap_err().contains("(82, 40) pixels large, not (80, 40)"));
    assert!(difference(b"no picture", &before).is_err());
}
