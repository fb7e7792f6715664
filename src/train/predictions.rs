//! What a model predicts: for each picture the logits of all classes, and what follows from them.

use super::{Calibration, Report, TrainError};

/// A model's predictions: for each sample the logits of all classes. Logits, since probabilities and losses follow from
/// them without loss, in f64; where a model ends in a softmax they are what goes into it.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    classes: usize,
    logits: Vec<f32>,
}

impl Predictions {
    /// Predictions of logits of shape (samples, classes).
    ///
    /// # Errors
    ///
    /// When they are no whole number of samples.
    pub fn from_logits(classes: usize, logits: Vec<f32>) -> Result<Self, TrainError> {
        if classes == 0 || !logits.len().is_multiple_of(classes) {
            return Err(TrainError::Samples { given: logits.len(), sample: classes });
        }
        Ok(Self { classes, logits })
    }

    /// The number of samples.
    pub fn len(&self) -> usize {
        self.logits.len() / self.classes
    }

    /// Whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.logits.is_empty()
    }

    /// The number of classes, at least 1.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The logits of sample `sample`, counted from 0: one per class.
    ///
    /// # Panics
    ///
    /// When `sample` is not below [`Predictions::len`], as a slice does; so do the methods below.
    pub fn logits(&self, sample: usize) -> &[f32] {
        &self.logits[sample * self.classes..][..self.classes]
    }

    /// The probability of each class: the softmax of the logits, computed in f64.
    pub fn probabilities(&self, sample: usize) -> Vec<f32> {
        let mut probabilities = self.logits(sample).to_vec();
        softmax(&mut probabilities);
        probabilities
    }

    /// The most probable class, the first of equals; `None` where a logit is NaN.
    pub fn prediction(&self, sample: usize) -> Option<usize> {
        self.order(sample).and_then(|order| order.first().copied())
    }

    /// The prediction's probability, in f64; `None` where there is none, since a logit is NaN or the largest
    /// infinite.
    pub fn confidence(&self, sample: usize) -> Option<f64> {
        let confidence = (-self.loss(sample, self.prediction(sample)?)).exp();
        (!confidence.is_nan()).then_some(confidence)
    }

    /// The `k` most probable classes with their probabilities, the most probable first; all where there are fewer, none
    /// where a logit is NaN.
    pub fn top(&self, sample: usize, k: usize) -> Vec<(usize, f32)> {
        let probabilities = self.probabilities(sample);
        let order = self.order(sample).unwrap_or_default();
        order.into_iter().take(k).map(|class| (class, probabilities[class])).collect()
    }

    /// The classes from the most to the least probable, equals in their own order; `None` where a logit is NaN.
    fn order(&self, sample: usize) -> Option<Vec<usize>> {
        let logits = self.logits(sample);
        let mut order: Vec<usize> = (0..self.classes).collect();
        if logits.iter().any(|logit| logit.is_nan()) {
            return None;
        }
        order.sort_by(|&a, &b| logits[b].partial_cmp(&logits[a]).unwrap_or(std::cmp::Ordering::Equal));
        Some(order)
    }

    /// How many classes come before class `class` in [`Predictions::top`]: 0 for the prediction itself; `None` where a
    /// logit is NaN.
    pub fn rank(&self, sample: usize, class: usize) -> Option<usize> {
        self.order(sample)?.iter().position(|&other| other == class)
    }

    /// The cross-entropy where `label` is right: `-log(softmax(logits)[label])`, in f64; NaN where a logit is.
    pub fn loss(&self, sample: usize, label: usize) -> f64 {
        let logits = self.logits(sample);
        let largest = largest(logits);
        let sum: f64 = logits.iter().map(|&logit| (f64::from(logit) - largest).exp()).sum();
        sum.ln() - (f64::from(logits[label]) - largest)
    }

    /// How good the predictions are where `labels` are right, one for each sample.
    ///
    /// # Errors
    ///
    /// When there are not as many labels as samples, none at all, or one that is no class.
    pub fn report(&self, labels: &[u32]) -> Result<Report, TrainError> {
        Report::new(self, labels)
    }

    /// Whether the predictions are as sure as they are right, in so many ranges of confidence: [`Calibration::BINS`] is
    /// usual.
    ///
    /// # Errors
    ///
    /// As those of [`Predictions::report`], and when there are no bins.
    pub fn calibration(&self, labels: &[u32], bins: usize) -> Result<Calibration, TrainError> {
        Calibration::new(self, labels, bins)
    }

    /// The samples whose prediction is not their label: the surest of them first by [`Predictions::confidence`], equals in
    /// their own order, and last those without a confidence.
    ///
    /// # Errors
    ///
    /// As those of [`Predictions::report`].
    pub fn mistakes(&self, labels: &[u32]) -> Result<Vec<usize>, TrainError> {
        self.check_labels(labels)?;
        let mut mistakes = Vec::new();
        for (sample, &label) in labels.iter().enumerate() {
            if self.prediction(sample) != Some(label as usize) {
                mistakes.push((sample, self.confidence(sample).unwrap_or(f64::NEG_INFINITY)));
            }
        }
        mistakes.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        Ok(mistakes.into_iter().map(|(sample, _)| sample).collect())
    }

    /// An error unless there is a label for each sample, at least one, and every label is a class.
    pub(super) fn check_labels(&self, labels: &[u32]) -> Result<(), TrainError> {
        let (samples, classes) = (self.len(), self.classes());
        if labels.len() != samples || samples == 0 {
            return Err(TrainError::Labels { labels: labels.len(), samples });
        }
        match labels.iter().position(|&label| label as usize >= classes) {
            Some(sample) => Err(TrainError::Label { sample, label: labels[sample] as usize, classes }),
            None => Ok(()),
        }
    }
}

/// Makes logits probabilities: `exp(x_i) / sum of exp(x_j)`, computed in f64 and without allocating.
pub fn softmax(logits: &mut [f32]) {
    let largest = largest(logits);
    let exponential = |logit: f32| (f64::from(logit) - largest).exp();
    let sum: f64 = logits.iter().map(|&logit| exponential(logit)).sum();
    for logit in logits {
        *logit = (exponential(*logit) / sum) as f32;
    }
}

/// The largest of some logits.
fn largest(logits: &[f32]) -> f64 {
    logits.iter().fold(f64::NEG_INFINITY, |largest, &logit| largest.max(logit.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn predictions(logits: &[f32]) -> Predictions {
        Predictions::from_logits(3, logits.to_vec()).unwrap()
    }

    #[test]
    fn the_top_classes_come_in_order_with_their_probabilities() {
        let predictions = predictions(&[0.0, 2.0_f32.ln(), 1.0_f32.ln(), 5.0, 5.0, 5.0]);
        assert_eq!(predictions.len(), 2);
        let top = predictions.top(0, 2);
        assert_eq!(top.iter().map(|(class, _)| *class).collect::<Vec<_>>(), [1, 0]);
        assert!((top[0].1 - 0.5).abs() < 1e-7 && (top[1].1 - 0.25).abs() < 1e-7, "{top:?}");
        // Equals keep their order, and more than all is all.
        assert_eq!(predictions.top(1, 9).iter().map(|(class, _)| *class).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(
            (predictions.prediction(1), predictions.rank(1, 2), predictions.rank(0, 1)),
            (Some(0), Some(2), Some(0))
        );
    }

    #[test]
    fn logits_far_apart_overflow_nothing() {
        let predictions = predictions(&[1e4, -1e4, 0.0, 3e38, -3e38, 0.0]);
        assert_eq!(predictions.probabilities(0), [1.0, 0.0, 0.0]);
        assert_eq!(predictions.probabilities(1), [1.0, 0.0, 0.0]);
        // Past what a probability can tell.
        assert_eq!(predictions.loss(0, 1), 2e4);
    }

    #[test]
    fn a_logit_that_is_nan_predicts_nothing() {
        let predictions = predictions(&[0.0, f32::NAN, 1.0]);
        assert_eq!((predictions.prediction(0), predictions.rank(0, 2)), (None, None));
        assert!(predictions.top(0, 3).is_empty());
        assert!(predictions.loss(0, 2).is_nan() && predictions.probabilities(0).iter().all(|p| p.is_nan()));
    }

    #[test]
    fn mistakes_come_with_the_surest_first() {
        let (nan, inf) = (f32::NAN, f32::INFINITY);
        let logits =
            [[1.0, 0.0, 0.0], [nan, 0.0, 0.0], [0.0, 3.0, 0.0], [inf, 0.0, 9.0], [2.0, 0.0, 0.0], [2.0, 0.0, 0.0]];
        let predictions = predictions(&logits.concat());
        assert_eq!(predictions.mistakes(&[1, 0, 0, 2, 1, 1]).unwrap(), [2, 4, 5, 0, 1, 3]);
        assert_eq!(predictions.mistakes(&[0, 0, 1, 0, 0, 2]).unwrap(), [5, 1]);
        let e = std::f64::consts::E;
        assert!((predictions.confidence(0).unwrap() - e / (e + 2.0)).abs() < 1e-12);
        assert_eq!((predictions.confidence(1), predictions.confidence(3)), (None, None));
        assert!(predictions.mistakes(&[0]).unwrap_err().to_string().contains("1 labels"));
        assert!(predictions.mistakes(&[3, 0, 0, 0, 0, 0]).is_err());
    }

    #[test]
    fn parts_of_samples_are_refused() {
        assert!(Predictions::from_logits(3, vec![0.0; 4]).unwrap_err().to_string().contains("4 numbers"));
        assert!(Predictions::from_logits(0, Vec::new()).is_err());
        assert!(Predictions::from_logits(3, Vec::new()).unwrap().is_empty());
    }
}
