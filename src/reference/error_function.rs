//! The error function and its complement, which the exact GELU needs and Rust's standard library lacks.
//!
//! Source of both expansions: Abramowitz and Stegun, "Handbook of Mathematical Functions", 7.1.6 and 7.1.14.

use std::f64::consts::{FRAC_2_SQRT_PI, PI};

/// From here on the continued fraction is used: below it converges slowly, above it the series does.
const BORDER: f64 = 2.0;

/// `erf(x) = 2/sqrt(pi) * (integral from 0 to x of exp(-t*t) dt)`, to about 1e-15.
pub fn erf(x: f64) -> f64 {
    if x.abs() < BORDER { series(x) } else { (1.0 - continued_fraction(x.abs())).copysign(x) }
}

/// `erfc(x) = 1 - erf(x)`, to about 1e-15 and, where it is small, to a relative error of about 1e-13.
pub fn erfc(x: f64) -> f64 {
    if x.abs() < BORDER {
        1.0 - series(x)
    } else if x > 0.0 {
        continued_fraction(x)
    } else {
        2.0 - continued_fraction(-x)
    }
}

/// `erf(x) = 2/sqrt(pi) exp(-x*x) * (sum over n of 2^n x^(2n+1) / (1 * 3 * ... * (2n+1)))`
///
/// No term has the other sign, so nothing cancels.
fn series(x: f64) -> f64 {
    let (mut term, mut sum, mut odd) = (x, x, 1.0);
    while term.abs() > f64::EPSILON * 1e-2 * sum.abs() {
        odd += 2.0;
        term *= 2.0 * x * x / odd;
        sum += term;
    }
    FRAC_2_SQRT_PI * (-x * x).exp() * sum
}

/// `erfc(x) = exp(-x*x) / sqrt(pi) / (x + (1/2) / (x + (2/2) / (x + (3/2) / (x + ...))))` for positive x
fn continued_fraction(x: f64) -> f64 {
    // Enough for full precision at the border; larger x need fewer.
    const LEVELS: u32 = 70;
    let fraction = (1..=LEVELS).rev().fold(x, |below, level| x + 0.5 * f64::from(level) / below);
    (-x * x).exp() / (PI.sqrt() * fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// x, erf(x), erfc(x), from the power series summed with 200 decimal digits.
    const KNOWN: &[(f64, f64, f64)] = &[
        (0.001, 0.0011283787909692365, 0.9988716212090307),
        (0.1, 0.1124629160182849, 0.887537083981715),
        (0.25, 0.27632639016823696, 0.7236736098317631),
        (0.5, 0.5204998778130465, 0.4795001221869535),
        (0.75, 0.7111556336535151, 0.28884436634648486),
        (1.0, 0.8427007929497149, 0.15729920705028513),
        (1.25, 0.9229001282564583, 0.07709987174354177),
        (1.5, 0.9661051464753108, 0.033894853524689274),
        (1.75, 0.9866716712191824, 0.013328328780817557),
        (1.9375, 0.9938568063952132, 0.0061431936047868),
        (1.9999, 0.9953201979070294, 0.004679802092970608),
        (2.0, 0.9953222650189527, 0.004677734981047266),
        (2.0625, 0.9964637508747902, 0.003536249125209789),
        (2.25, 0.9985372834133188, 0.0014627165866811518),
        (2.5, 0.999593047982555, 0.0004069520174449589),
        (3.0, 0.9999779095030014, 2.209049699858544e-05),
        (3.5, 0.9999992569016276, 7.430983723414128e-07),
        (4.0, 0.9999999845827421, 1.541725790028002e-08),
        (5.0, 0.9999999999984626, 1.537459794428035e-12),
        (6.0, 1.0, 2.1519736712498913e-17),
        (8.0, 1.0, 1.1224297172982926e-29),
    ];

    #[test]
    fn known_values_agree() {
        for &(x, expected, complement) in KNOWN {
            assert!((erf(x) - expected).abs() <= 5e-16, "erf({x}) = {} instead of {expected}", erf(x));
            assert!((erf(-x) + expected).abs() <= 5e-16, "erf({x}) = {} instead of -{expected}", erf(-x));
            let error = (erfc(x) - complement).abs();
            assert!(error <= 5e-16 && error <= 1e-13 * complement, "erfc({x}) = {} instead of {complement}", erfc(x));
            assert!((erfc(-x) - (1.0 + expected)).abs() <= 5e-16, "erfc(-{x}) = {}", erfc(-x));
        }
    }

    #[test]
    fn the_two_expansions_meet_at_the_border() {
        assert!((series(BORDER) - (1.0 - continued_fraction(BORDER))).abs() <= 5e-16);
    }

    #[test]
    fn the_ends_are_exact() {
        assert_eq!((erf(0.0), erfc(0.0)), (0.0, 1.0));
        for x in [30.0, 1e10, 1e200, f64::MAX, f64::INFINITY] {
            assert_eq!((erf(x), erf(-x)), (1.0, -1.0), "{x}");
            assert_eq!((erfc(x), erfc(-x)), (0.0, 2.0), "{x}");
        }
        assert!(erf(f64::NAN).is_nan() && erfc(f64::NAN).is_nan());
        assert!((erf(1e-300) / 1e-300 - FRAC_2_SQRT_PI).abs() <= 5e-16);
    }
}
