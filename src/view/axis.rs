//! The numbers along an axis.

use plotters::coord::ranged1d::{BoldPoints, Ranged};
use plotters::coord::types::RangedCoordf64;

/// An axis: where it begins and ends, and the numbers between.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    pub(super) ends: [f64; 2],
    /// The most numbers that were asked for.
    pub(super) most: usize,
    /// The numbers, as plotters chooses them.
    pub(super) ticks: Vec<f64>,
}

impl Axis {
    /// From one end to the other with at most so many numbers.
    pub(super) fn new([low, high]: [f64; 2], most: usize) -> Self {
        let mut ticks = RangedCoordf64::from(low..high).key_points(BoldPoints(most));
        ticks.retain(|tick| (low..=high).contains(tick));
        Self { ends: [low, high], most, ticks }
    }

    /// `value` in as few digits as all numbers of the axis need to be told apart, each as exact as the others; with an
    /// exponent where they would be many.
    pub(super) fn text(&self, value: f64) -> String {
        let step = self.ticks.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
        let largest = self.ticks.iter().fold(0.0_f64, |largest, tick| largest.max(tick.abs()));
        let exponents = largest >= 1e5 || (largest > 0.0 && largest < 1e-3);
        let written = |value: f64, digits: usize| match exponents && value != 0.0 {
            true => format!("{value:.digits$e}"),
            false => format!("{:.digits$}", if exponents { value.abs() } else { value }),
        };
        // One number alone is told in two digits.
        let precision = if step.is_finite() { step * 1e-3 } else { largest * 5e-3 };
        let exact = |digits: &usize| {
            let error =
                |tick: f64| written(tick, *digits).parse().map_or(f64::INFINITY, |read: f64| (read - tick).abs());
            self.ticks.iter().all(|&tick| error(tick) <= precision)
        };
        let digits = (0..12).find(exact).unwrap_or(12);
        let text = if value == 0.0 && exponents { "0".to_owned() } else { written(value, digits) };
        // Rounding may leave the sign of a zero.
        let zero = text.trim_start_matches('-').chars().all(|character| matches!(character, '0' | '.'));
        if zero { text.trim_start_matches('-').to_owned() } else { text.replace('-', "−") }
    }

    /// How far along the axis `value` is, from 0 to 1.
    pub(super) fn share(&self, value: f64) -> f64 {
        let [low, high] = self.ends;
        ((value - low) / (high - low)).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(low: f64, high: f64) -> Vec<String> {
        let axis = Axis::new([low, high], 6);
        axis.ticks.iter().map(|&tick| axis.text(tick)).collect()
    }

    #[test]
    fn no_two_numbers_of_an_axis_are_written_alike() {
        assert_eq!(texts(0.0, 1.0), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(texts(0.9671, 0.9752), ["0.968", "0.970", "0.972", "0.974"]);
        for (low, high) in [(0.97, 0.9701), (-0.5, 2.5), (0.0, 3e-6), (1.0, 1.0 + 1e-7), (0.0, 7e8), (2e5, 2.1e5)] {
            let mut numbers = texts(low, high);
            let count = numbers.len();
            assert!(count >= 2, "{low} to {high}: {numbers:?}");
            assert!(numbers.iter().all(|text| text.chars().count() <= 10), "{numbers:?}");
            numbers.dedup();
            assert_eq!(numbers.len(), count, "{low} to {high}: {numbers:?}");
        }
        assert_eq!(texts(-1.0, 1.0)[0].chars().next(), Some('−'));
    }
}
