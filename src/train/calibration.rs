//! Whether predictions are as sure as they are right.

use serde::Serialize;

use super::{Predictions, TrainError};

/// How often predictions of each confidence are right; the confidence is the predicted class' probability.
///
/// Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// Ranges of confidence of equal width, from 0 to 1.
    pub bins: Vec<CalibrationBin>,
    /// The expected calibration error: the sum over the bins of `samples / all samples * |accuracy - confidence|`, from 0
    /// (as sure as right) to 1. Over the samples in bins; NaN where there are none.
    pub expected_error: f64,
    /// Samples without a confidence ([`Predictions::confidence`]), which are in no bin.
    pub without_confidence: usize,
}

/// The samples whose confidence lies in a range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CalibrationBin {
    /// Where the range begins; itself outside.
    pub lower: f64,
    /// Where it ends; itself inside.
    pub upper: f64,
    /// The number of samples.
    pub samples: usize,
    /// Their mean confidence; `None` where there are no samples.
    pub confidence: Option<f64>,
    /// The share of them that is predicted correctly; `None` where there are no samples.
    pub accuracy: Option<f64>,
}

impl Calibration {
    /// The usual number of bins.
    pub const BINS: usize = 15;

    pub(super) fn new(predictions: &Predictions, labels: &[u32], bins: usize) -> Result<Self, TrainError> {
        predictions.check_labels(labels)?;
        if bins == 0 {
            return Err(TrainError::Option { option: "bins", value: "0".to_owned(), range: "at least 1" });
        }
        let mut sums = vec![(0_usize, 0.0_f64, 0_usize); bins];
        let mut without_confidence = 0;
        for (sample, &label) in labels.iter().enumerate() {
            let Some(confidence) = predictions.confidence(sample) else {
                without_confidence += 1;
                continue;
            };
            let bin = (confidence * bins as f64).ceil() as usize;
            let (samples, sure, right) = &mut sums[bin.clamp(1, bins) - 1];
            *samples += 1;
            *sure += confidence;
            *right += usize::from(predictions.prediction(sample) == Some(label as usize));
        }
        let all = labels.len() - without_confidence;
        let gaps = sums.iter().map(|(_, sure, right)| (*right as f64 - sure).abs());
        let expected_error = gaps.sum::<f64>() / all as f64;
        let bin = |(number, (samples, sure, right)): (usize, (usize, f64, usize))| CalibrationBin {
            lower: number as f64 / bins as f64,
            upper: (number + 1) as f64 / bins as f64,
            samples,
            confidence: (samples > 0).then(|| sure / samples as f64),
            accuracy: (samples > 0).then(|| right as f64 / samples as f64),
        };
        Ok(Self { bins: sums.into_iter().enumerate().map(bin).collect(), expected_error, without_confidence })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Predictions of class 0 of two with these probabilities.
    fn of_probabilities(probabilities: &[f32]) -> Predictions {
        let logits = probabilities.iter().flat_map(|p| [p.ln(), (1.0 - p).ln()]).collect();
        Predictions::from_logits(2, logits).unwrap()
    }

    fn close(a: Option<f64>, b: f64) -> bool {
        a.is_some_and(|a| (a - b).abs() < 1e-6)
    }

    #[test]
    fn bins_hold_how_sure_and_how_right_their_samples_are() {
        // The third predicts class 1, with probability 0.9.
        let predictions = of_probabilities(&[0.95, 0.85, 0.1, 0.55, 0.6, 0.7]);
        let calibration = predictions.calibration(&[0, 1, 1, 0, 1, 1], 5).unwrap();
        let samples: Vec<usize> = calibration.bins.iter().map(|bin| bin.samples).collect();
        assert_eq!(samples.iter().sum::<usize>() + calibration.without_confidence, 6);
        assert_eq!(samples[..2], [0, 0]);
        assert_eq!(samples[2] + samples[3], 3);
        let sure = calibration.bins[4];
        assert_eq!((sure.lower, sure.upper, sure.samples), (0.8, 1.0, 3));
        assert!(close(sure.confidence, 0.9) && close(sure.accuracy, 2.0 / 3.0), "{sure:?}");
        assert_eq!((calibration.bins[0].confidence, calibration.bins[0].accuracy), (None, None));
    }

    #[test]
    fn the_expected_error_is_the_mean_gap_weighted_by_samples() {
        let predictions = of_probabilities(&[0.9, 0.9, 0.9, 0.7]);
        let calibration = predictions.calibration(&[0, 0, 1, 1], 10).unwrap();
        // 0.9 in float lies a little above or below the bins' border; their sum is the same.
        assert!((calibration.expected_error - (3.0 / 4.0 * (0.9 - 2.0 / 3.0) + 0.7 / 4.0)).abs() < 1e-6);
        let one = predictions.calibration(&[0, 0, 1, 1], 1).unwrap();
        assert!((one.expected_error - (0.85 - 0.5)).abs() < 1e-6, "{one:?}");
        assert_eq!((one.bins.len(), one.bins[0].lower, one.bins[0].upper), (1, 0.0, 1.0));
    }

    #[test]
    fn the_surest_and_the_least_sure_are_in_bins_too() {
        let predictions = Predictions::from_logits(2, vec![1e4, -1e4, 0.0, 0.0]).unwrap();
        let calibration = predictions.calibration(&[0, 0], 2).unwrap();
        assert_eq!(calibration.bins.iter().map(|bin| bin.samples).collect::<Vec<_>>(), [1, 1]);
        assert_eq!((calibration.bins[0].confidence, calibration.bins[1].confidence), (Some(0.5), Some(1.0)));
        let alone = Predictions::from_logits(1, vec![3.0]).unwrap().calibration(&[0], Calibration::BINS).unwrap();
        assert_eq!((alone.expected_error, alone.bins[14].samples), (0.0, 1));
    }

    #[test]
    fn what_has_a_nan_is_counted_by_itself() {
        let predictions = Predictions::from_logits(2, vec![f32::NAN, 0.0, 0.0, 1e4]).unwrap();
        let calibration = predictions.calibration(&[0, 1], 3).unwrap();
        assert_eq!((calibration.without_confidence, calibration.expected_error), (1, 0.0));
        assert_eq!(calibration.bins.iter().map(|bin| bin.samples).sum::<usize>(), 1);
        let nothing = Predictions::from_logits(2, vec![f32::NAN, 0.0]).unwrap().calibration(&[0], 3).unwrap();
        assert!(nothing.expected_error.is_nan() && nothing.without_confidence == 1);
    }

    #[test]
    fn labels_and_bins_that_do_not_serve_are_refused() {
        let predictions = of_probabilities(&[0.9]);
        let refused = |labels: &[u32], bins| predictions.calibration(labels, bins).unwrap_err().to_string();
        assert!(refused(&[0, 1], 5).contains("2 labels"));
        assert!(refused(&[2], 5).contains("label 2"));
        assert!(refused(&[0], 0).contains("bins is 0, it must be at least 1"));
    }
}
