//! Repeated measurements in three numbers.

use serde::Serialize;

/// The median of repeated measurements, and the quartiles that half of them lie between.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// Half of the measurements lie below.
    pub median: f64,
    /// A quarter lies below.
    pub lower_quartile: f64,
    /// A quarter lies above.
    pub upper_quartile: f64,
    /// How many there are.
    pub samples: usize,
}

impl Spread {
    /// The same in another unit.
    pub fn map(self, convert: impl Fn(f64) -> f64) -> Self {
        Self {
            median: convert(self.median),
            lower_quartile: convert(self.lower_quartile),
            upper_quartile: convert(self.upper_quartile),
            samples: self.samples,
        }
    }

    /// The spread of `samples`, between which is interpolated; of none it is 0.
    pub fn of(samples: &[f64]) -> Self {
        let mut sorted = samples.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| {
            let place = share * sorted.len().saturating_sub(1) as f64;
            let value = |place: f64| sorted.get(place as usize).copied().unwrap_or(0.0);
            let (below, above) = (value(place.floor()), value(place.ceil()));
            below + (above - below) * place.fract()
        };
        Self { median: at(0.5), lower_quartile: at(0.25), upper_quartile: at(0.75), samples: samples.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_lie_between_the_measurements() {
        let spread = Spread::of(&[4.0, 1.0, 2.0, 3.0]);
        assert_eq!((spread.lower_quartile, spread.median, spread.upper_quartile), (1.75, 2.5, 3.25));
        let one = Spread::of(&[7.0]);
        assert_eq!((one.lower_quartile, one.median, one.upper_quartile, one.samples), (7.0, 7.0, 7.0, 1));
    }
}
