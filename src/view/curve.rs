//! The curves of trainings as numbers, and the axes that hold them; what draws them is elsewhere.

use super::axis::Axis;
use crate::train::History;

/// A metric of training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// The share of samples predicted correctly.
    Accuracy,
    /// The mean loss.
    Loss,
}

impl Metric {
    /// As titles have it.
    fn name(self) -> &'static str {
        match self {
            Metric::Accuracy => "Accuracy",
            Metric::Loss => "Loss",
        }
    }

    /// The least and the largest that it can be.
    fn bounds(self) -> [f64; 2] {
        match self {
            Metric::Accuracy => [0.0, 1.0],
            Metric::Loss => [0.0, f64::INFINITY],
        }
    }
}

/// The curve of `metric` in training, or in validation: (epoch, value) for each epoch that has one. Values that are no
/// finite numbers, as the loss of a training that went astray, are left out.
pub fn curve(history: &History, metric: Metric, validation: bool) -> Vec<(f64, f64)> {
    let points = history.epochs.iter().filter_map(|record| {
        let value = match (metric, validation) {
            (Metric::Accuracy, false) => Some(record.accuracy),
            (Metric::Accuracy, true) => record.val_accuracy,
            (Metric::Loss, false) => Some(record.loss),
            (Metric::Loss, true) => record.val_loss,
        };
        Some((record.epoch as f64, value?))
    });
    points.filter(|(_, value)| value.is_finite()).collect()
}

/// The parts of a curve that hang together: where an epoch has no value there is a gap.
pub(super) fn stretches(curve: &[(f64, f64)]) -> impl Iterator<Item = &[(f64, f64)]> {
    curve.chunk_by(|(epoch, _), (next, _)| next - epoch < 1.5)
}

/// The axes of a metric's curves.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axes {
    /// The metric's name, and that there is nothing to see where this is so.
    pub(super) title: String,
    /// Of epochs.
    pub(super) x: Axis,
    /// Of the metric.
    pub(super) y: Axis,
}

impl Axes {
    /// Axes that hold all `histories`, of which one has an epoch at least.
    pub(super) fn of(histories: &[&History], metric: Metric) -> Self {
        let epochs = histories.iter().flat_map(|history| &history.epochs).map(|record| record.epoch as f64);
        let (first, last) = extremes(epochs).unwrap_or((1.0, 1.0));
        // One epoch alone is in the middle.
        let room = if first == last { 0.5 } else { 0.02 * (last - first) };
        let mut x = Axis::new([first - room, last + room], ((last - first) as usize + 1).min(10));
        x.ticks.retain(|tick| (tick - tick.round()).abs() < 1e-6);
        let both = |history: &&History| [curve(history, metric, false), curve(history, metric, true)];
        let values = histories.iter().flat_map(both).flatten().map(|(_, value)| value);
        let found = extremes(values);
        let title = format!("{}{}", metric.name(), if found.is_some() { "" } else { ": no finite value" });
        let (low, high) = found.unwrap_or((0.0, 1.0));
        // Equal values have room too, in which they are in the middle.
        let range = if high > low { high - low } else { high.abs().max(1e-6) };
        let [least, most] = metric.bounds();
        // No numbers beyond what the metric can be, and still a little room for lines there.
        let [least, most] = [least - 0.02 * range, most + 0.02 * range];
        let y = Axis::new([(low - 0.06 * range).max(least), (high + 0.06 * range).min(most)], 6);
        Self { title, x, y }
    }
}

fn extremes(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.map(|value| (value, value)).reduce(|(low, high), (value, _)| (low.min(value), high.max(value)))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::train::EpochRecord;

    /// Epochs with these values: accuracy, loss, and those of validation.
    pub(crate) fn history(epochs: &[(f64, f64, Option<f64>, Option<f64>)]) -> History {
        let record = |(index, &(accuracy, loss, val_accuracy, val_loss))| EpochRecord {
            epoch: index + 1,
            loss,
            accuracy,
            val_loss,
            val_accuracy,
            seconds: 1.0,
            images_per_second: 1.0,
            weights_hash: None,
        };
        History { epochs: epochs.iter().enumerate().map(record).collect() }
    }

    #[test]
    fn the_points_of_a_curve_are_the_historys() {
        let history = history(&[
            (0.25, 2.5, Some(0.5), Some(2.0)),
            (0.5, f64::NAN, None, Some(f64::INFINITY)),
            (0.75, 1.5, Some(0.625), None),
        ]);
        assert_eq!(curve(&history, Metric::Accuracy, false), [(1.0, 0.25), (2.0, 0.5), (3.0, 0.75)]);
        assert_eq!(curve(&history, Metric::Accuracy, true), [(1.0, 0.5), (3.0, 0.625)]);
        assert_eq!(curve(&history, Metric::Loss, false), [(1.0, 2.5), (3.0, 1.5)]);
        assert_eq!(curve(&history, Metric::Loss, true), [(1.0, 2.0)]);
        let loss = curve(&history, Metric::Loss, false);
        assert_eq!(stretches(&loss).collect::<Vec<_>>(), [[(1.0, 2.5)], [(3.0, 1.5)]]);
    }

    #[test]
    fn axes_hold_every_value_and_have_no_numbers_beyond_what_can_be() {
        let (short, long) = (history(&[(0.5, 1.0, None, None)]), history(&[(0.75, 0.0, Some(1.0), Some(3.0)); 40]));
        let accuracy = Axes::of(&[&short, &long], Metric::Accuracy);
        let [low, high] = accuracy.y.ends;
        assert!(low < 0.5 && (1.0..1.02).contains(&high), "{accuracy:?}");
        let [first, last] = accuracy.x.ends;
        assert!(first < 1.0 && last > 40.0 && accuracy.x.ticks.len() <= 10, "{accuracy:?}");
        let loss = Axes::of(&[&short, &long], Metric::Loss).y;
        assert!(loss.ends[0] < 0.0 && loss.ticks[0] == 0.0 && loss.ends[1] > 3.0, "{loss:?}");
    }

    #[test]
    fn axes_of_equal_values_of_one_epoch_and_of_none_have_an_extent() {
        let cases = [
            history(&[(1.0, 0.0, Some(1.0), Some(0.0))]),
            history(&[(0.0, 1e-9, None, None); 3]),
            history(&[(0.1, f64::NAN, None, Some(f64::NAN))]),
        ];
        for (history, epochs) in cases.iter().zip([vec![1.0], vec![1.0, 2.0, 3.0], vec![1.0]]) {
            for metric in [Metric::Accuracy, Metric::Loss] {
                let Axes { title, x, y } = Axes::of(&[history], metric);
                let nothing = curve(history, metric, false).is_empty();
                assert_eq!(title.ends_with(": no finite value"), nothing, "{title}");
                assert_eq!(x.ticks, epochs);
                assert!(y.ends[0] < y.ends[1] && !y.ticks.is_empty(), "{metric:?} {y:?}");
                assert!(x.ends[0] < 1.0 && x.ends[1] > epochs[epochs.len() - 1], "{x:?}");
            }
        }
    }
}
