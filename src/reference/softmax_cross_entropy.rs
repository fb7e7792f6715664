//! The loss of a classifier, taken from its logits, and the number of its correct answers.
//!
//! The target of a row is `(1 - label_smoothing) * [c = label] + label_smoothing / classes`. Every label is below the
//! number of classes.

use super::softmax::{self, log_softmax};

/// `losses[r] = -(sum over c of target[r, c] * log(softmax(logits)[r, c]))`
///
/// `logits` (rows, classes), `labels` (rows); the result is (rows).
pub fn forward(classes: usize, label_smoothing: f64, logits: &[f64], labels: &[u32]) -> Vec<f64> {
    let rows = logits.chunks_exact(classes).zip(labels);
    rows.map(|(row, &label)| {
        let terms = log_softmax(row).into_iter().enumerate().map(|(c, log_probability)| {
            let target = target(classes, label_smoothing, label, c);
            // A class that is not asked for may have probability 0, whose logarithm times 0 would be NaN.
            if target == 0.0 { 0.0 } else { -target * log_probability }
        });
        terms.sum()
    })
    .collect()
}

/// `dlogits[r, c] = (softmax(logits)[r, c] - target[r, c]) / rows`: the gradient of the mean of the losses.
///
/// `logits` (rows, classes), `labels` (rows); the result has the shape of the logits.
pub fn gradient(classes: usize, label_smoothing: f64, logits: &[f64], labels: &[u32]) -> Vec<f64> {
    let mut dlogits = softmax::forward(classes, logits);
    for (row, &label) in dlogits.chunks_exact_mut(classes).zip(labels) {
        for (c, d) in row.iter_mut().enumerate() {
            *d = (*d - target(classes, label_smoothing, label, c)) / labels.len() as f64;
        }
    }
    dlogits
}

/// The number of rows whose largest logit stands at the label; the first of equal ones counts.
///
/// `logits` (rows, classes), `labels` (rows).
pub fn correct(classes: usize, logits: &[f64], labels: &[u32]) -> usize {
    let rows = logits.chunks_exact(classes).zip(labels);
    rows.filter(|(row, label)| {
        let largest = (1..classes).fold(0, |best, c| if row[c] > row[best] { c } else { best });
        largest == **label as usize
    })
    .count()
}

/// The probability that the loss asks of class `c`.
fn target(classes: usize, label_smoothing: f64, label: u32, c: usize) -> f64 {
    let asked = if c == label as usize { 1.0 } else { 0.0 };
    asked * (1.0 - label_smoothing) + label_smoothing / classes as f64
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_close, assert_gradient, numbers};
    use super::*;

    #[test]
    fn equal_logits_cost_the_logarithm_of_the_number_of_classes() {
        for smoothing in [0.0, 0.1] {
            assert_close(&forward(10, smoothing, &[3.0; 20], &[0, 9]), &[10f64.ln(); 2], 1e-14);
        }
    }

    #[test]
    fn smoothing_asks_a_little_of_every_class() {
        // Probabilities 1/4 and 3/4, targets 0.9 and 0.1.
        let expected = -(0.9 * 0.25f64.ln() + 0.1 * 0.75f64.ln());
        assert_close(&forward(2, 0.2, &[0.0, 3f64.ln()], &[0]), &[expected], 1e-15);
        assert_close(&gradient(2, 0.2, &[0.0, 3f64.ln()], &[0]), &[-0.65, 0.65], 1e-15);
    }

    #[test]
    fn sure_answers_cost_nothing_or_much_but_never_nan() {
        assert_eq!(forward(2, 0.0, &[1e5, -1e5, 1e5, -1e5], &[0, 1]), [0.0, 2e5]);
        assert_eq!(forward(2, 0.0, &[0.0, f64::NEG_INFINITY], &[0]), [0.0]);
    }

    #[test]
    fn the_gradient_is_the_finite_difference_of_the_mean() {
        for (rows, classes) in [(1, 1), (1, 2), (5, 3), (3, 10)] {
            let logits: Vec<f64> = numbers(1, rows * classes).iter().map(|x| 4.0 * x).collect();
            let labels: Vec<u32> = (0..rows).map(|r| (r * 7 % classes) as u32).collect();
            let mean = vec![1.0 / rows as f64; rows];
            for smoothing in [0.0, 0.1] {
                let dlogits = gradient(classes, smoothing, &logits, &labels);
                assert_gradient(|x| forward(classes, smoothing, x, &labels), &mean, &logits, &dlogits);
            }
        }
    }

    #[test]
    fn the_first_of_equal_logits_is_the_answer() {
        let logits = [1.0, 2.0, 2.0, 0.0, 0.0, 0.0, -3.0, -2.0, -1.0];
        assert_eq!(correct(3, &logits, &[1, 0, 2]), 3);
        assert_eq!(correct(3, &logits, &[2, 1, 2]), 1);
        assert_eq!(correct(1, &[5.0], &[0]), 1);
    }
}
