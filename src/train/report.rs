//! How good predictions are: as a whole, and class by class.

use std::cmp::Reverse;

use serde::Serialize;

use super::{Predictions, TrainError};

/// What predictions are worth where the right classes are known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The number of samples.
    pub samples: usize,
    /// The mean loss: softmax cross-entropy.
    pub loss: f64,
    /// The share of samples predicted correctly.
    pub accuracy: f64,
    /// The share of samples whose label is among the five most probable classes; 1 where there are no more than five.
    pub top_5_accuracy: f64,
    /// Each class by itself.
    pub classes: Vec<ClassReport>,
    /// `confusion[label][prediction]`: how many samples of each class were predicted as which.
    pub confusion: Vec<Vec<usize>>,
}

/// What predictions are worth for one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ClassReport {
    /// Samples of the class.
    pub support: usize,
    /// Samples predicted as the class.
    pub predicted: usize,
    /// Samples of the class that were predicted as such.
    pub correct: usize,
    /// `correct / predicted`: how often the prediction is right; `None` where there is none.
    pub precision: Option<f64>,
    /// `correct / support`: the accuracy on the class' own samples; `None` where there are none.
    pub recall: Option<f64>,
    /// `2 correct / (support + predicted)`: the harmonic mean of both; `None` where there is neither.
    pub f1: Option<f64>,
}

/// A class that is taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ConfusedPair {
    /// The class.
    pub label: usize,
    /// What it is taken for.
    pub prediction: usize,
    /// How many samples are.
    pub count: usize,
}

impl Report {
    /// The classes that count for [`Report::top_5_accuracy`].
    const TOP: usize = 5;

    pub(super) fn new(predictions: &Predictions, labels: &[u32]) -> Result<Self, TrainError> {
        predictions.check_labels(labels)?;
        let (samples, classes) = (predictions.len(), predictions.classes());
        let mut confusion = vec![vec![0; classes]; classes];
        let mut support = vec![0; classes];
        let (mut loss, mut correct, mut among_top) = (0.0, 0, 0);
        for (sample, &label) in labels.iter().enumerate() {
            let label = label as usize;
            loss += predictions.loss(sample, label);
            support[label] += 1;
            // What has a NaN is a prediction of nothing, which is wrong.
            if let (Some(prediction), Some(rank)) = (predictions.prediction(sample), predictions.rank(sample, label)) {
                confusion[label][prediction] += 1;
                correct += usize::from(rank == 0);
                among_top += usize::from(rank < Self::TOP);
            }
        }
        let class_report = |class: usize| {
            let (support, predicted) = (support[class], confusion.iter().map(|row| row[class]).sum::<usize>());
            let correct = confusion[class][class];
            ClassReport {
                support,
                predicted,
                correct,
                precision: share(correct, predicted),
                recall: share(correct, support),
                f1: share(2 * correct, support + predicted),
            }
        };
        Ok(Self {
            samples,
            loss: loss / samples as f64,
            accuracy: correct as f64 / samples as f64,
            top_5_accuracy: among_top as f64 / samples as f64,
            classes: (0..classes).map(class_report).collect(),
            confusion,
        })
    }

    /// The `k` pairs of classes that are taken for one another most often, the most frequent first, equals in the order of
    /// label and prediction; all where there are fewer. A pair and its reverse are two.
    pub fn most_confused(&self, k: usize) -> Vec<ConfusedPair> {
        let mut pairs = Vec::new();
        for (label, row) in self.confusion.iter().enumerate() {
            for (prediction, &count) in row.iter().enumerate() {
                if label != prediction && count > 0 {
                    pairs.push(ConfusedPair { label, prediction, count });
                }
            }
        }
        pairs.sort_by_key(|pair| Reverse(pair.count));
        pairs.truncate(k);
        pairs
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Predictions of these classes out of `classes`, with the probability of `e / (e + classes - 1)`.
    fn predicted(classes: usize, predictions: &[usize]) -> Predictions {
        let mut logits = vec![0.0; classes * predictions.len()];
        for (sample, prediction) in predictions.iter().enumerate() {
            logits[sample * classes + prediction] = 1.0;
        }
        Predictions::from_logits(classes, logits).unwrap()
    }

    #[test]
    fn classes_are_counted_by_label_and_by_prediction() {
        let report = predicted(3, &[0, 0, 1, 0]).report(&[0, 0, 0, 1]).unwrap();
        assert_eq!((report.samples, report.accuracy, report.top_5_accuracy), (4, 0.5, 1.0));
        assert_eq!(report.confusion, [[2, 1, 0], [1, 0, 0], [0, 0, 0]]);
        let third = Some(2.0 / 3.0);
        let first = ClassReport { support: 3, predicted: 3, correct: 2, precision: third, recall: third, f1: third };
        assert_eq!(report.classes[0], first);
        assert_eq!((report.classes[1].precision, report.classes[1].recall), (Some(0.0), Some(0.0)));
        assert_eq!(report.classes[2], ClassReport::default());
        let e = std::f64::consts::E;
        let (right, wrong) = ((e / (e + 2.0)).ln(), (1.0 / (e + 2.0)).ln());
        assert!((report.loss + (right + wrong) / 2.0).abs() < 1e-12, "{}", report.loss);
    }

    #[test]
    fn the_most_confused_pairs_come_by_how_often_then_by_class() {
        let report = predicted(3, &[1, 1, 2, 0, 0, 2, 2, 1]).report(&[0, 0, 0, 1, 1, 1, 2, 2]).unwrap();
        let pair = |label, prediction, count| ConfusedPair { label, prediction, count };
        let all = [pair(0, 1, 2), pair(1, 0, 2), pair(0, 2, 1), pair(1, 2, 1), pair(2, 1, 1)];
        assert_eq!(report.most_confused(9), all);
        assert_eq!(report.most_confused(2), all[..2]);
        assert!(predicted(3, &[0, 1]).report(&[0, 1]).unwrap().most_confused(3).is_empty());
    }

    #[test]
    fn the_label_among_five_counts_for_the_top_five() {
        // Behind the prediction the others stand in their order: class 4 is the fifth of them, class 5 the sixth.
        let report = predicted(8, &[0, 0, 7, 7]).report(&[4, 5, 3, 4]).unwrap();
        assert_eq!((report.accuracy, report.top_5_accuracy), (0.0, 0.5));
    }

    #[test]
    fn a_sample_with_nan_is_wrong_and_shows_in_the_loss() {
        let predictions = Predictions::from_logits(2, vec![f32::NAN, 0.0, 1.0, 0.0]).unwrap();
        let report = predictions.report(&[0, 0]).unwrap();
        assert!(report.loss.is_nan());
        assert_eq!((report.accuracy, report.classes[0].support, report.classes[0].predicted), (0.5, 2, 1));
    }

    #[test]
    fn labels_that_do_not_fit_are_refused() {
        let predictions = predicted(3, &[0, 1]);
        let error = predictions.report(&[0]).unwrap_err().to_string();
        assert!(error.contains("1 labels") && error.contains("2 samples"), "{error}");
        let error = predictions.report(&[0, 3]).unwrap_err().to_string();
        assert!(error.contains("sample 1") && error.contains("label 3") && error.contains("3 classes"), "{error}");
        assert!(predicted(3, &[]).report(&[]).is_err());
    }
}
