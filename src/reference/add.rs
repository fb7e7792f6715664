//! The sum of tensors of one shape, where branches of a model meet.

/// `out[i] = sum over inputs of input[i]`
///
/// All inputs have the same shape, and the result has it too; no inputs give an empty result. The gradient of every
/// input is `dout` itself.
pub fn forward(inputs: &[&[f64]]) -> Vec<f64> {
    let Some((first, others)) = inputs.split_first() else { return Vec::new() };
    let mut out = first.to_vec();
    for input in others {
        for (out, x) in out.iter_mut().zip(*input) {
            *out += x;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_gradient, numbers};
    use super::*;

    #[test]
    fn all_inputs_are_added() {
        assert_eq!(forward(&[&[1.0, 2.0], &[10.0, 20.0], &[100.0, 200.0]]), [111.0, 222.0]);
        assert_eq!(forward(&[&[1.0, 2.0]]), [1.0, 2.0]);
        assert!(forward(&[]).is_empty());
    }

    #[test]
    fn every_input_has_the_gradient_of_the_sum() {
        let (a, b, dout) = (numbers(1, 7), numbers(2, 7), numbers(3, 7));
        assert_gradient(|a| forward(&[a, &b]), &dout, &a, &dout);
        assert_gradient(|b| forward(&[&a, b]), &dout, &b, &dout);
    }
}
