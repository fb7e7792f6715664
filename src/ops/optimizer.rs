//! How weights follow their gradients: all weights of a model in one dispatch.

use crate::gpu::{Dispatch, Kernel, Recording, View, kernel};

kernel! {
    /// Four weights per invocation.
    struct Sgd("optimizer/sgd") { clip: bool }
}

kernel! {
    /// Four weights per invocation.
    struct Momentum("optimizer/momentum") { clip: bool, nesterov: bool }
}

kernel! {
    /// Four weights per invocation.
    struct RmsProp("optimizer/rms_prop") { clip: bool }
}

kernel! {
    /// Four weights per invocation.
    struct Adam("optimizer/adam") { clip: bool }
}

/// An optimizer's formula with its constants. They are f64 as in Keras: of `1 - 0.999`, f32 would keep four digits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum UpdateRule {
    /// `v = momentum * v - rate * g`, `w += v`; Nesterov: `w += momentum * v - rate * g`. Without momentum that is
    /// `w -= rate * g`, and there is no v.
    Sgd {
        /// How much of the velocity stays.
        momentum: f64,
        /// Whether the step looks ahead along the velocity.
        nesterov: bool,
    },
    /// `s = rho * s + (1 - rho) * g^2`, `w -= rate * g / sqrt(s + epsilon)`
    RmsProp {
        /// How much of the mean square stays.
        rho: f64,
        /// Added inside the root.
        epsilon: f64,
    },
    /// `m += (g - m) * (1 - beta_1)`, `s += (g^2 - s) * (1 - beta_2)`,
    /// `w -= rate * sqrt(1 - beta_2^t) / (1 - beta_1^t) * m / (sqrt(s) + epsilon)`; with weight decay that is AdamW.
    Adam {
        /// How much of the mean stays.
        beta_1: f64,
        /// How much of the mean square stays.
        beta_2: f64,
        /// Added beside the root, which is not corrected for the start.
        epsilon: f64,
    },
}

impl UpdateRule {
    /// How many numbers it remembers per weight, all 0 at first.
    pub fn moments(self) -> usize {
        match self {
            UpdateRule::Sgd { momentum: 0.0, .. } => 0,
            UpdateRule::Sgd { .. } | UpdateRule::RmsProp { .. } => 1,
            UpdateRule::Adam { .. } => 2,
        }
    }

    /// The kernel, and what it calls its moments.
    fn kernel(self, clip: bool) -> (Kernel, &'static [&'static str]) {
        match self {
            UpdateRule::Sgd { momentum: 0.0, .. } => (Sgd { clip }.into(), &[]),
            UpdateRule::Sgd { nesterov, .. } => (Momentum { clip, nesterov }.into(), &["velocity"]),
            UpdateRule::RmsProp { .. } => (RmsProp { clip }.into(), &["mean_square"]),
            UpdateRule::Adam { .. } => (Adam { clip }.into(), &["mean", "mean_square"]),
        }
    }
}

/// One step of an optimizer. The learning rate and Adam's correction for the start come from the step's record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OptimizerStep {
    /// The formula.
    pub rule: UpdateRule,
    /// The number of weights.
    pub elements: usize,
    /// Takes `w * weight_decay * rate` off every weight before the update.
    pub weight_decay: Option<f32>,
    /// Cuts the gradient of all weights down to this length: `g * clipnorm / max(norm, clipnorm)`.
    pub global_clipnorm: Option<f32>,
}

/// As in `shaders/common/optimizer.wgsl`; a constant that the rule does not have is 0.
#[repr(C)]
#[derive(Clone, Copy, Default, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    elements: u32,
    weight_decay: f32,
    clipnorm: f32,
    epsilon: f32,
    momentum: f32,
    rho: f32,
    one_minus_rho: f32,
    one_minus_beta_1: f32,
    one_minus_beta_2: f32,
}

impl OptimizerStep {
    /// Appends the step. `moments` are as many as [`UpdateRule::moments`] says, in the order of the formula; `norm`,
    /// one f32, is the length of `gradients` and is needed where it is clipped.
    ///
    /// Nothing changes where `halted`, one u32, is not 0 ([`Finite`](super::Finite)). Every other buffer is bound in whole
    /// groups of four elements; what lies past the last weight stays as it is.
    pub fn record(
        self,
        recording: &mut Recording,
        weights: View,
        gradients: View,
        moments: &[View],
        norm: Option<View>,
        halted: View,
    ) {
        let clip = self.global_clipnorm.is_some();
        let (kernel, moment_names) = self.rule.kernel(clip);
        let mut bindings = vec![("weights", weights), ("gradients", gradients)];
        // What is not read has a binding all the same, which wants something that is only read.
        bindings.extend(if clip { norm } else { Some(gradients) }.map(|norm| ("norm", norm)));
        bindings.push(("halted", halted));
        bindings.extend(moment_names.iter().copied().zip(moments.iter().copied()));
        recording.dispatch(Dispatch {
            label: "optimizer: step".to_owned(),
            kernel,
            params: bytemuck::bytes_of(&self.params()),
            bindings: &bindings,
            invocations: self.elements.div_ceil(4),
        });
    }

    fn params(self) -> Params {
        let params = Params {
            elements: self.elements as u32,
            weight_decay: self.weight_decay.unwrap_or(0.0),
            clipnorm: self.global_clipnorm.unwrap_or(0.0),
            ..Params::default()
        };
        match self.rule {
            UpdateRule::Sgd { momentum, .. } => Params { momentum: momentum as f32, ..params },
            UpdateRule::RmsProp { rho, epsilon } => {
                Params { rho: rho as f32, one_minus_rho: (1.0 - rho) as f32, epsilon: epsilon as f32, ..params }
            }
            UpdateRule::Adam { beta_1, beta_2, epsilon } => Params {
                one_minus_beta_1: (1.0 - beta_1) as f32,
                one_minus_beta_2: (1.0 - beta_2) as f32,
                epsilon: epsilon as f32,
                ..params
            },
        }
    }
}
