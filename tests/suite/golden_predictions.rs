//! Golden pictures of predictions and of how good they are.

use ocellus::data::{Images, digits};
use ocellus::train::{Calibration, Predictions};
use ocellus::view;

use crate::golden::golden;

/// Predictions of `labels` among `classes` that are wrong at every fourth sample, most of these by the next class, and
/// surer the later they come.
fn predicted(classes: usize, labels: &[u32]) -> Predictions {
    let samples = labels.len();
    let mut logits = vec![0.0; classes * samples];
    for (sample, &label) in labels.iter().enumerate() {
        let wrong = if sample % 12 == 0 { sample / 12 } else { 1 };
        let prediction = (label as usize + if sample % 4 == 0 { wrong } else { 0 }) % classes;
        logits[sample * classes + prediction] = 1.0 + 6.0 * sample as f32 / samples as f32;
        logits[sample * classes + (prediction + 3) % classes] = 1.0;
    }
    Predictions::from_logits(classes, logits).unwrap()
}

#[test]
fn predictions_look_as_they_did() {
    let test = digits::load().unwrap().test.take(12).unwrap();
    let predictions = predicted(10, test.labels());
    golden(
        "predictions",
        &view::predictions(&test, &predictions, &[0, 1, 2, 3, 4, 11], 3).unwrap().titled("digits", ""),
    );
}

#[test]
fn top_classes_look_as_they_did() {
    let test = digits::load().unwrap().test.take(3).unwrap();
    let images = Images::new(test.shape(), test.pixels().to_vec()).unwrap();
    let names = ["one.png", "another picture with a long name.jpg", "three.png"].map(str::to_owned);
    let predictions = predicted(10, test.labels());
    let figure = view::top_classes(&images, &names, &predictions, test.class_names(), 3, 2).unwrap();
    golden("top_classes", &figure.titled("Pictures", ""));
}

/// Labels of so many samples, some of these classes rare.
fn labels(classes: u32, samples: u32) -> Vec<u32> {
    (0..samples).map(|sample| (sample * sample / 7 + sample) % classes).collect()
}

#[test]
fn confusion_looks_as_it_did() {
    let names = [
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "a very long name of a class",
    ];
    let labels = labels(10, 600);
    let predictions = predicted(10, &labels);
    let report = predictions.report(&labels).unwrap();
    let calibration = predictions.calibration(&labels, Calibration::BINS).unwrap();
    let figure = view::confusion(&report, &calibration, &names.map(str::to_owned), "Confusion of a model").unwrap();
    golden("confusion", &figure);
}

#[test]
fn reliability_looks_as_it_did() {
    let labels = labels(10, 600);
    let calibration = predicted(10, &labels).calibration(&labels, 10).unwrap();
    golden("reliability", &view::reliability(&calibration).unwrap().titled("Reliability", ""));
}
