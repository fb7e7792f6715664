//! Batch normalization in the weights of the layer before it.

use super::batch_normalization::Statistics;

/// `kernel' = kernel * scale` and `bias' = (bias - mean) * scale + beta` with `scale = gamma / sqrt(variance + epsilon)`.
///
/// `kernel` (terms, channels), everything else (channels); the result is kernel and bias.
pub fn forward(
    epsilon: f64,
    kernel: &[f64],
    bias: &[f64],
    gamma: &[f64],
    beta: &[f64],
    moving: &Statistics,
) -> (Vec<f64>, Vec<f64>) {
    let scale = |channel: usize| gamma[channel] / (moving.variance[channel] + epsilon).sqrt();
    let channels = bias.len();
    let folded = kernel.iter().enumerate().map(|(index, weight)| weight * scale(index % channels)).collect();
    let shifted = (0..channels).map(|c| (bias[c] - moving.mean[c]) * scale(c) + beta[c]).collect();
    (folded, shifted)
}

#[cfg(test)]
mod tests {
    use super::super::testing::numbers;
    use super::super::{batch_normalization, bias, matmul};
    use super::*;

    #[test]
    fn one_layer_does_what_the_two_did() {
        let (rows, terms, channels, epsilon) = (5, 4, 3, 1e-3);
        let positive = |seed, count| numbers(seed, count).iter().map(|x: &f64| x.abs() + 0.1).collect::<Vec<_>>();
        let (x, kernel, offset) = (numbers(1, rows * terms), numbers(2, terms * channels), numbers(3, channels));
        let (gamma, beta) = (positive(4, channels), numbers(5, channels));
        let moving = Statistics { mean: numbers(6, channels), variance: positive(7, channels) };
        let product = |kernel: &[f64], offset: &[f64]| {
            bias::forward(channels, &matmul::forward(rows, terms, channels, &x, kernel), offset)
        };
        let both =
            batch_normalization::inference(channels, epsilon, &product(&kernel, &offset), &gamma, &beta, &moving);
        let (folded, shifted) = forward(epsilon, &kernel, &offset, &gamma, &beta, &moving);
        for (one, two) in product(&folded, &shifted).iter().zip(both) {
            assert!((one - two).abs() < 1e-12, "{one} is not {two}");
        }
    }
}
