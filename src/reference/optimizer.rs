//! How weights follow their gradients.

/// An optimizer with its constants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// `velocity = momentum * velocity - rate * g`, `w += velocity`; Nesterov: `w += momentum * velocity - rate * g`.
    /// Without momentum that is `w -= rate * g`.
    Sgd {
        /// How much of the velocity stays.
        momentum: f64,
        /// Whether the step looks ahead along the velocity.
        nesterov: bool,
    },
    /// `second = rho * second + (1 - rho) * g^2`, `w -= rate * g / sqrt(second + epsilon)`
    RmsProp {
        /// How much of the mean square stays.
        rho: f64,
        /// Added inside the root.
        epsilon: f64,
    },
    /// `first += (g - first) * (1 - beta_1)`, `second += (g^2 - second) * (1 - beta_2)`,
    /// `w -= rate * sqrt(1 - beta_2^t) / (1 - beta_1^t) * first / (sqrt(second) + epsilon)`. With weight decay: AdamW.
    Adam {
        /// How much of the mean stays.
        beta_1: f64,
        /// How much of the mean square stays.
        beta_2: f64,
        /// Added beside the root, which is not corrected for the start.
        epsilon: f64,
    },
}

/// What an optimizer remembers of the steps before: one number per weight each, 0 at first.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// SGD's velocity, Adam's mean of the gradient; RMSprop leaves it alone.
    pub first: Vec<f64>,
    /// The mean of the squared gradient of RMSprop and Adam; SGD leaves it alone.
    pub second: Vec<f64>,
}

impl State {
    /// The state before the first step, for `weights` weights.
    pub fn new(weights: usize) -> Self {
        Self { first: vec![0.0; weights], second: vec![0.0; weights] }
    }
}

/// One step: with weight decay `w -= w * weight_decay * learning_rate`, then the [`Rule`]'s formula.
///
/// `t` is the number of this step, counted from 1. `w`, `g` and both of the state's vectors have the same shape.
pub fn step(
    rule: Rule,
    learning_rate: f64,
    weight_decay: Option<f64>,
    t: u32,
    w: &mut [f64],
    g: &[f64],
    state: &mut State,
) {
    if let Some(decay) = weight_decay {
        w.iter_mut().for_each(|w| *w -= *w * decay * learning_rate);
    }
    let State { first, second } = state;
    for ((w, &g), (first, second)) in w.iter_mut().zip(g).zip(first.iter_mut().zip(second)) {
        match rule {
            Rule::Sgd { momentum, nesterov } => {
                *first = momentum * *first - learning_rate * g;
                *w += if nesterov { momentum * *first - learning_rate * g } else { *first };
            }
            Rule::RmsProp { rho, epsilon } => {
                *second = rho * *second + (1.0 - rho) * g * g;
                *w -= learning_rate * g / (*second + epsilon).sqrt();
            }
            Rule::Adam { beta_1, beta_2, epsilon } => {
                let t = f64::from(t);
                let rate = learning_rate * (1.0 - beta_2.powf(t)).sqrt() / (1.0 - beta_1.powf(t));
                *first += (g - *first) * (1.0 - beta_1);
                *second += (g * g - *second) * (1.0 - beta_2);
                *w -= rate * *first / (second.sqrt() + epsilon);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::assert_close;
    use super::*;

    const ADAM: Rule = Rule::Adam { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 };

    /// The weight after each step, starting from 1.
    fn run(rule: Rule, learning_rate: f64, weight_decay: Option<f64>, gradients: &[f64]) -> Vec<f64> {
        let (mut w, mut state) = ([1.0], State::new(1));
        let mut one_step = |(i, g): (usize, &f64)| {
            step(rule, learning_rate, weight_decay, i as u32 + 1, &mut w, &[*g], &mut state);
            w[0]
        };
        gradients.iter().enumerate().map(&mut one_step).collect()
    }

    #[test]
    fn sgd_without_momentum_walks_down_the_gradient() {
        for nesterov in [false, true] {
            assert_close(&run(Rule::Sgd { momentum: 0.0, nesterov }, 0.5, None, &[1.0, -4.0]), &[0.5, 2.5], 1e-15);
        }
    }

    #[test]
    fn momentum_keeps_the_velocity_and_nesterov_looks_ahead() {
        // The velocity is -0.1, then -0.15.
        let momentum = Rule::Sgd { momentum: 0.5, nesterov: false };
        assert_close(&run(momentum, 0.1, None, &[1.0, 1.0]), &[0.9, 0.75], 1e-15);
        let nesterov = Rule::Sgd { momentum: 0.5, nesterov: true };
        assert_close(&run(nesterov, 0.1, None, &[1.0, 1.0]), &[0.85, 0.675], 1e-15);
    }

    #[test]
    fn rmsprop_has_epsilon_inside_the_root() {
        // The mean square is 2, and the root of 2 + 7 is 3.
        let rule = Rule::RmsProp { rho: 0.5, epsilon: 7.0 };
        assert_close(&run(rule, 0.3, None, &[2.0]), &[0.8], 1e-15);
    }

    #[test]
    fn adam_has_epsilon_beside_the_uncorrected_root() {
        // Moments 1 and 1, corrections 1/2 and 3/4: the step is rate * sqrt(3/4) / (1/2) * 1 / (1 + 3).
        let rule = Rule::Adam { beta_1: 0.5, beta_2: 0.75, epsilon: 3.0 };
        let expected = 1.0 - 0.1 * (0.25f64).sqrt() / 0.5 * 1.0 / (1.0 + 3.0);
        assert_close(&run(rule, 0.1, None, &[2.0]), &[expected], 1e-15);
    }

    #[test]
    fn the_first_step_of_adam_is_the_learning_rate_whatever_the_gradient() {
        for g in [1e-2, 1.0, -50.0] {
            assert_close(&run(ADAM, 0.01, None, &[g]), &[1.0 - 0.01 * g.signum()], 1e-5);
        }
    }

    #[test]
    fn decay_shrinks_the_weight_before_the_update() {
        let rules = [Rule::Sgd { momentum: 0.9, nesterov: true }, Rule::RmsProp { rho: 0.9, epsilon: 1e-7 }, ADAM];
        for rule in rules {
            assert_close(&run(rule, 0.1, Some(0.5), &[0.0, 0.0]), &[0.95, 0.9025], 1e-15);
        }
        let sgd = Rule::Sgd { momentum: 0.0, nesterov: false };
        assert_close(&run(sgd, 0.1, Some(0.5), &[1.0]), &[0.85], 1e-15);
    }
}
