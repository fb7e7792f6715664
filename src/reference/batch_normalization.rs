//! Batch normalization over the last axis: every channel is brought to mean 0 and variance 1, then scaled and moved.
//!
//! A row is whatever stands before the channels, such as a pixel of an image of the batch.

/// The mean and the variance of every channel: (channels) each.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// `sum over rows of x / rows`
    pub mean: Vec<f64>,
    /// `sum over rows of (x - mean)^2 / rows`: divided by the rows themselves, not by one less.
    pub variance: Vec<f64>,
}

/// The gradients of what batch normalization reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradients {
    /// Of the input: (rows, channels).
    pub x: Vec<f64>,
    /// Of the scale: (channels).
    pub gamma: Vec<f64>,
    /// Of the offset: (channels).
    pub beta: Vec<f64>,
}

/// `out = gamma * (x - mean) / sqrt(variance + epsilon) + beta` with the batch's own statistics, which come along.
///
/// `x` (rows, channels), `gamma` and `beta` (channels); the result has the shape of `x`.
pub fn training(channels: usize, epsilon: f64, x: &[f64], gamma: &[f64], beta: &[f64]) -> (Vec<f64>, Statistics) {
    let mean = mean_over_rows(channels, x.iter().copied());
    let squares = x.iter().enumerate().map(|(i, x)| (x - mean[i % channels]).powi(2));
    let variance = mean_over_rows(channels, squares);
    let statistics = Statistics { mean, variance };
    (inference(channels, epsilon, x, gamma, beta, &statistics), statistics)
}

/// `out = gamma * (x - mean) / sqrt(variance + epsilon) + beta` with the moving statistics.
///
/// `x` (rows, channels), `gamma` and `beta` (channels); the result has the shape of `x`.
pub fn inference(
    channels: usize,
    epsilon: f64,
    x: &[f64],
    gamma: &[f64],
    beta: &[f64],
    moving: &Statistics,
) -> Vec<f64> {
    let normal = normalized(channels, epsilon, x, moving);
    normal.iter().enumerate().map(|(i, normal)| gamma[i % channels] * normal + beta[i % channels]).collect()
}

/// `dx = gamma / sqrt(variance + epsilon) * (dout - mean(dout) - normal * mean(dout * normal))`, where `normal` is
/// `(x - mean) / sqrt(variance + epsilon)` and the means go over the rows: the statistics depend on `x`.
///
/// `dgamma` and `dbeta` are those of [`gradient_inference`]. `x` and `dout` (rows, channels), `gamma` (channels),
/// `batch` as [`training`] returned it.
pub fn gradient_training(
    channels: usize,
    epsilon: f64,
    x: &[f64],
    gamma: &[f64],
    batch: &Statistics,
    dout: &[f64],
) -> Gradients {
    let mut gradients = gradient_inference(channels, epsilon, x, gamma, batch, dout);
    let normal = normalized(channels, epsilon, x, batch);
    let rows = (x.len() / channels) as f64;
    for (i, dx) in gradients.x.iter_mut().enumerate() {
        let c = i % channels;
        let through_statistics = (gradients.beta[c] + normal[i] * gradients.gamma[c]) / rows;
        *dx -= gamma[c] / deviation(epsilon, batch, c) * through_statistics;
    }
    gradients
}

/// `dx = gamma / sqrt(variance + epsilon) * dout`, `dgamma = sum over rows of dout * (x - mean) / sqrt(variance +
/// epsilon)`, `dbeta = sum over rows of dout`: the statistics are constants.
///
/// `x` and `dout` (rows, channels), `gamma` (channels).
pub fn gradient_inference(
    channels: usize,
    epsilon: f64,
    x: &[f64],
    gamma: &[f64],
    moving: &Statistics,
    dout: &[f64],
) -> Gradients {
    let normal = normalized(channels, epsilon, x, moving);
    let mut gradients =
        Gradients { x: Vec::with_capacity(x.len()), gamma: vec![0.0; channels], beta: vec![0.0; channels] };
    for (i, dout) in dout.iter().enumerate() {
        let c = i % channels;
        gradients.x.push(gamma[c] / deviation(epsilon, moving, c) * dout);
        gradients.gamma[c] += dout * normal[i];
        gradients.beta[c] += dout;
    }
    gradients
}

/// `moving = momentum * moving + (1 - momentum) * batch`, mean and variance alike.
pub fn update_moving(momentum: f64, moving: &Statistics, batch: &Statistics) -> Statistics {
    let blend = |moving: &[f64], batch: &[f64]| {
        moving.iter().zip(batch).map(|(moving, batch)| momentum * moving + (1.0 - momentum) * batch).collect()
    };
    Statistics { mean: blend(&moving.mean, &batch.mean), variance: blend(&moving.variance, &batch.variance) }
}

/// `(x - mean) / sqrt(variance + epsilon)`
fn normalized(channels: usize, epsilon: f64, x: &[f64], statistics: &Statistics) -> Vec<f64> {
    let normal = |(i, x): (usize, &f64)| {
        let c = i % channels;
        (x - statistics.mean[c]) / deviation(epsilon, statistics, c)
    };
    x.iter().enumerate().map(normal).collect()
}

/// `sqrt(variance + epsilon)` of channel `c`
fn deviation(epsilon: f64, statistics: &Statistics, c: usize) -> f64 {
    (statistics.variance[c] + epsilon).sqrt()
}

/// The mean of every channel of (rows, channels).
fn mean_over_rows(channels: usize, x: impl ExactSizeIterator<Item = f64>) -> Vec<f64> {
    let rows = (x.len() / channels) as f64;
    let mut mean = vec![0.0; channels];
    for (i, x) in x.enumerate() {
        mean[i % channels] += x;
    }
    mean.iter_mut().for_each(|mean| *mean /= rows);
    mean
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_close, assert_gradient, numbers};
    use super::*;

    const SHAPES: [(usize, usize); 5] = [(1, 1), (1, 3), (2, 1), (7, 3), (17, 2)];

    #[test]
    fn the_variance_is_the_biased_one() {
        let (out, batch) = training(2, 1.0, &[1.0, 10.0, 5.0, 10.0], &[1.0, 2.0], &[0.0, 7.0]);
        assert_eq!(batch, Statistics { mean: vec![3.0, 10.0], variance: vec![4.0, 0.0] });
        let normal = 2.0 / 5f64.sqrt();
        assert_close(&out, &[-normal, 7.0, normal, 7.0], 1e-15);
    }

    #[test]
    fn moving_statistics_normalize_in_inference() {
        let moving = Statistics { mean: vec![1.0], variance: vec![3.0] };
        assert_eq!(inference(1, 1.0, &[5.0], &[3.0], &[0.5], &moving), [6.5]);
    }

    #[test]
    fn moving_statistics_follow_the_batch_slowly() {
        let moving = Statistics { mean: vec![0.0], variance: vec![1.0] };
        let batch = Statistics { mean: vec![100.0], variance: vec![201.0] };
        let updated = update_moving(0.99, &moving, &batch);
        assert_close(&updated.mean, &[1.0], 1e-14);
        assert_close(&updated.variance, &[3.0], 1e-14);
    }

    #[test]
    fn training_gradients_are_the_finite_differences() {
        for (rows, channels) in SHAPES {
            let x = numbers(1, rows * channels);
            let (gamma, beta) = (numbers(2, channels), numbers(3, channels));
            let dout = numbers(4, rows * channels);
            let out = |x: &[f64], gamma: &[f64], beta: &[f64]| training(channels, 0.1, x, gamma, beta).0;
            let (_, batch) = training(channels, 0.1, &x, &gamma, &beta);
            let gradients = gradient_training(channels, 0.1, &x, &gamma, &batch, &dout);
            assert_gradient(|x| out(x, &gamma, &beta), &dout, &x, &gradients.x);
            assert_gradient(|gamma| out(&x, gamma, &beta), &dout, &gamma, &gradients.gamma);
            assert_gradient(|beta| out(&x, &gamma, beta), &dout, &beta, &gradients.beta);
        }
    }

    #[test]
    fn inference_gradients_are_the_finite_differences() {
        for (rows, channels) in SHAPES {
            let x = numbers(1, rows * channels);
            let (gamma, beta) = (numbers(2, channels), numbers(3, channels));
            let dout = numbers(4, rows * channels);
            let variance = numbers(6, channels).iter().map(|v| v.abs()).collect();
            let moving = Statistics { mean: numbers(5, channels), variance };
            let out = |x: &[f64], gamma: &[f64], beta: &[f64]| inference(channels, 0.1, x, gamma, beta, &moving);
            let gradients = gradient_inference(channels, 0.1, &x, &gamma, &moving, &dout);
            assert_gradient(|x| out(x, &gamma, &beta), &dout, &x, &gradients.x);
            assert_gradient(|gamma| out(&x, gamma, &beta), &dout, &gamma, &gradients.gamma);
            assert_gradient(|beta| out(&x, &gamma, beta), &dout, &beta, &gradients.beta);
        }
    }
}
