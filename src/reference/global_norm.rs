//! The length of the whole gradient, and the gradient cut down to a length.

/// `norm = sqrt(sum over i of g[i]^2)`
///
/// `g` has any shape; all gradients of a model, one after the other, have the global norm.
pub fn norm(g: &[f64]) -> f64 {
    g.iter().map(|g| g * g).sum::<f64>().sqrt()
}

/// `out[i] = g[i] * clipnorm / max(norm(g), clipnorm)`
///
/// `g` has any shape, and the result has the same. When the norm is not finite all of it is NaN, as in Keras, so that
/// the trouble is not clipped away.
pub fn clip(g: &[f64], clipnorm: f64) -> Vec<f64> {
    let norm = norm(g);
    let scale = if norm.is_finite() { clipnorm / norm.max(clipnorm) } else { f64::NAN };
    g.iter().map(|g| g * scale).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::assert_close;
    use super::*;

    #[test]
    fn the_norm_is_the_length() {
        assert_eq!(norm(&[3.0, -4.0]), 5.0);
        assert_eq!(norm(&[]), 0.0);
    }

    #[test]
    fn a_long_gradient_is_shortened_and_keeps_its_direction() {
        assert_close(&clip(&[3.0, -4.0], 1.0), &[0.6, -0.8], 1e-15);
    }

    #[test]
    fn a_short_gradient_stays() {
        assert_eq!(clip(&[3.0, -4.0], 6.0), [3.0, -4.0]);
        assert_eq!(clip(&[0.0, 0.0], 1.0), [0.0, 0.0]);
    }

    #[test]
    fn what_is_not_finite_shows_everywhere() {
        for bad in [f64::NAN, f64::INFINITY] {
            assert!(clip(&[1.0, bad], 1.0).iter().all(|g| g.is_nan()));
        }
    }
}
