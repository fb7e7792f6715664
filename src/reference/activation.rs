//! The functions that are applied to every element by itself.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use super::error_function::erfc;

/// The cubic term's factor in the approximation of GELU by tanh.
const GELU_CUBIC: f64 = 0.044715;

/// An activation function, with its parameters, as Keras defines it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    /// `x`
    Linear,
    /// `max(x, 0)`
    Relu,
    /// `x` where positive, `negative_slope * x` elsewhere
    LeakyRelu {
        /// The slope below 0.
        negative_slope: f64,
    },
    /// `x` where positive, `alpha * (exp(x) - 1)` elsewhere
    Elu {
        /// What the function goes to, negated, far below 0.
        alpha: f64,
    },
    /// `x * normal(x) = x / 2 * (1 + erf(x / sqrt(2)))`, with the normal distribution's share below x
    Gelu,
    /// `x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))`, which approximates [`Function::Gelu`]
    GeluTanh,
    /// `x * sigmoid(x)`, also called swish
    Silu,
    /// `1 / (1 + exp(-x))`
    Sigmoid,
    /// `tanh(x)`
    Tanh,
}

impl Function {
    /// `f(x)`
    pub fn value(self, x: f64) -> f64 {
        match self {
            Self::Relu if x < 0.0 => 0.0,
            Self::LeakyRelu { negative_slope } if x < 0.0 => negative_slope * x,
            Self::Elu { alpha } if x < 0.0 => alpha * x.exp_m1(),
            // NaN comes here too, and stays NaN.
            Self::Linear | Self::Relu | Self::LeakyRelu { .. } | Self::Elu { .. } => x,
            Self::Gelu => vanishing(normal_share(x), x),
            Self::GeluTanh => vanishing(sigmoid(gelu_tanh_argument(x)), x),
            Self::Silu => vanishing(sigmoid(x), x),
            Self::Sigmoid => sigmoid(x),
            Self::Tanh => x.tanh(),
        }
    }

    /// `df/dx`; where the function has a kink, at 0, the slope from below, as in Keras.
    pub fn derivative(self, x: f64) -> f64 {
        match self {
            Self::Relu if x <= 0.0 => 0.0,
            Self::LeakyRelu { negative_slope } if x <= 0.0 => negative_slope,
            Self::Elu { alpha } if x <= 0.0 => alpha * x.exp(),
            Self::Linear | Self::Relu | Self::LeakyRelu { .. } | Self::Elu { .. } => 1.0,
            Self::Gelu => normal_share(x) + vanishing((-x * x / 2.0).exp() / (2.0 * PI).sqrt(), x),
            Self::GeluTanh => {
                let argument = gelu_tanh_argument(x);
                let slope = (8.0 / PI).sqrt() * (1.0 + 3.0 * GELU_CUBIC * x * x);
                sigmoid(argument) + vanishing(sigmoid_slope(argument), x * slope)
            }
            Self::Silu => sigmoid(x) + vanishing(sigmoid_slope(x), x),
            Self::Sigmoid => sigmoid_slope(x),
            Self::Tanh => x.cosh().powi(-2),
        }
    }
}

/// `out[i] = f(x[i])`
///
/// `x` has any shape, and the result has the same.
pub fn forward(f: Function, x: &[f64]) -> Vec<f64> {
    x.iter().map(|&x| f.value(x)).collect()
}

/// `dx[i] = dout[i] * f'(x[i])`
///
/// `x` and `dout` have the same shape, and the result has it too.
pub fn gradient(f: Function, x: &[f64], dout: &[f64]) -> Vec<f64> {
    x.iter().zip(dout).map(|(&x, dout)| dout * f.derivative(x)).collect()
}

/// `1 / (1 + exp(-x))`, without overflow.
fn sigmoid(x: f64) -> f64 {
    let small = (-x.abs()).exp();
    if x < 0.0 { small / (1.0 + small) } else { 1.0 / (1.0 + small) }
}

/// The derivative of [`sigmoid`], without the loss of digits of `s * (1 - s)`.
fn sigmoid_slope(x: f64) -> f64 {
    sigmoid(x) * sigmoid(-x)
}

/// The normal distribution's share below `x`.
fn normal_share(x: f64) -> f64 {
    // Not `1 + erf`, which loses the digits of small shares.
    0.5 * erfc(-x * FRAC_1_SQRT_2)
}

/// `2 * sqrt(2 / pi) * (x + 0.044715 * x^3)`: as `(1 + tanh(u)) / 2 = sigmoid(2 u)`, twice what stands in the tanh.
fn gelu_tanh_argument(x: f64) -> f64 {
    (8.0 / PI).sqrt() * (x + GELU_CUBIC * x * x * x)
}

/// `weight * x`, but 0 when the weight is: it falls faster than x grows, so the limit is 0 where `0 * inf` is NaN.
fn vanishing(weight: f64, x: f64) -> f64 {
    if weight == 0.0 { 0.0 } else { weight * x }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_close, assert_gradient, numbers};
    use super::*;

    const ALL: [Function; 9] = [
        Function::Linear,
        Function::Relu,
        Function::LeakyRelu { negative_slope: 0.3 },
        Function::Elu { alpha: 0.7 },
        Function::Gelu,
        Function::GeluTanh,
        Function::Silu,
        Function::Sigmoid,
        Function::Tanh,
    ];

    #[test]
    fn gradients_are_the_finite_differences() {
        let x: Vec<f64> = numbers(1, 37).iter().map(|x| 6.0 * x).collect();
        let dout = numbers(2, x.len());
        for f in ALL {
            assert_gradient(|x| forward(f, x), &dout, &x, &gradient(f, &x, &dout));
        }
    }

    #[test]
    fn known_values_agree() {
        let at = |f: Function| [f.value(-1.0), f.value(0.0), f.value(2.0)];
        assert_eq!(at(Function::Linear), [-1.0, 0.0, 2.0]);
        assert_eq!(at(Function::Relu), [0.0, 0.0, 2.0]);
        assert_eq!(at(Function::LeakyRelu { negative_slope: 0.25 }), [-0.25, 0.0, 2.0]);
        assert_close(&at(Function::Elu { alpha: 2.0 }), &[-1.2642411176571153, 0.0, 2.0], 1e-15);
        assert_close(&at(Function::Gelu), &[-0.15865525393145707, 0.0, 1.9544997361036416], 1e-15);
        assert_close(&at(Function::GeluTanh), &[-0.15880800939172324, 0.0, 1.954597694087775], 1e-15);
        assert_close(&at(Function::Silu), &[-0.2689414213699951, 0.0, 1.7615941559557649], 1e-15);
        assert_close(&at(Function::Sigmoid), &[0.2689414213699951, 0.5, 0.8807970779778823], 1e-15);
        assert_close(&at(Function::Tanh), &[-0.7615941559557649, 0.0, 0.9640275800758169], 1e-15);
    }

    #[test]
    fn at_a_kink_the_slope_is_the_one_from_below() {
        assert_eq!(Function::Relu.derivative(0.0), 0.0);
        assert_eq!(Function::LeakyRelu { negative_slope: 0.3 }.derivative(0.0), 0.3);
        assert_eq!(Function::Elu { alpha: 0.7 }.derivative(0.0), 0.7);
    }

    #[test]
    fn far_from_zero_nothing_becomes_nan() {
        for f in ALL {
            for x in [40.0, 800.0, 1e5, 1e110, 1e200, f64::MAX, f64::INFINITY] {
                for x in [x, -x] {
                    assert!(!f.value(x).is_nan(), "{f:?} of {x}");
                    assert!(f.derivative(x).is_finite(), "derivative of {f:?} at {x}");
                }
            }
        }
        for f in [Function::Gelu, Function::GeluTanh, Function::Silu] {
            for x in [800.0, 1e200, f64::INFINITY] {
                assert_eq!((f.value(x), f.value(-x)), (x, 0.0), "{f:?} of {x}");
                assert_eq!((f.derivative(x), f.derivative(-x)), (1.0, 0.0), "{f:?} at {x}");
            }
        }
    }

    #[test]
    fn nan_stays_nan() {
        for f in ALL {
            assert!(f.value(f64::NAN).is_nan(), "{f:?}");
        }
    }
}
