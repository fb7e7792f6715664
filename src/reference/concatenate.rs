//! Tensors side by side along the last axis.

/// `out[r, :] = (first[r, :], second[r, :], ...)`
///
/// Every input is its number of channels and its numbers (rows, channels), with the same rows; the result is
/// (rows, sum of channels). No inputs give an empty result.
pub fn forward(inputs: &[(usize, &[f64])]) -> Vec<f64> {
    let rows = inputs.first().map_or(0, |(channels, x)| x.len() / channels);
    let mut out = Vec::new();
    for r in 0..rows {
        for (channels, x) in inputs {
            out.extend_from_slice(&x[r * channels..][..*channels]);
        }
    }
    out
}

/// `dx_k[r, :] = dout[r, the channels that came from input k]`
///
/// `channels` of every input in order, `dout` (rows, sum of channels); the result has the inputs' shapes.
pub fn gradient(channels: &[usize], dout: &[f64]) -> Vec<Vec<f64>> {
    let mut gradients = vec![Vec::new(); channels.len()];
    // At least 1, since the rows of no inputs are empty.
    let row_length = channels.iter().sum::<usize>().max(1);
    for row in dout.chunks_exact(row_length) {
        let mut rest = row;
        for (gradient, &channels) in gradients.iter_mut().zip(channels) {
            let (own, others) = rest.split_at(channels);
            gradient.extend_from_slice(own);
            rest = others;
        }
    }
    gradients
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_gradient, numbers};
    use super::*;

    #[test]
    fn rows_are_joined_row_by_row() {
        let out = forward(&[(1, &[1.0, 2.0]), (2, &[10.0, 11.0, 20.0, 21.0])]);
        assert_eq!(out, [1.0, 10.0, 11.0, 2.0, 20.0, 21.0]);
        assert_eq!(gradient(&[1, 2], &out), [vec![1.0, 2.0], vec![10.0, 11.0, 20.0, 21.0]]);
        assert!(forward(&[]).is_empty() && gradient(&[], &[]).is_empty());
    }

    #[test]
    fn gradients_are_the_finite_differences() {
        let (a, b, c, dout) = (numbers(1, 3), numbers(2, 9), numbers(3, 6), numbers(4, 18));
        let gradients = gradient(&[1, 3, 2], &dout);
        assert_gradient(|a| forward(&[(1, a), (3, &b), (2, &c)]), &dout, &a, &gradients[0]);
        assert_gradient(|b| forward(&[(1, &a), (3, b), (2, &c)]), &dout, &b, &gradients[1]);
        assert_gradient(|c| forward(&[(1, &a), (3, &b), (2, c)]), &dout, &c, &gradients[2]);
    }
}
