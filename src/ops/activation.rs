//! Activation functions: `out = f(x)`, alone or at the end of another op's kernel.

use crate::gpu::{Dispatch, Recording, View, kernel};

/// A function of one number, with Keras' names and formulas.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Activation {
    /// `x`
    #[default]
    Linear,
    /// `max(x, 0)`; the gradient at 0 is 0.
    Relu,
    /// `x` where x > 0, else `negative_slope * x`.
    LeakyRelu {
        /// The slope below 0.
        negative_slope: f32,
    },
    /// `x` where x > 0, else `alpha * (exp(x) - 1)`.
    Elu {
        /// The limit far below 0, negated.
        alpha: f32,
    },
    /// `x * (1 + erf(x / sqrt(2))) / 2`: Keras' `gelu` with `approximate=False`.
    Gelu,
    /// `x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) / 2`: Keras' `gelu` with `approximate=True`.
    GeluTanh,
    /// `x * sigmoid(x)`
    Silu,
    /// `1 / (1 + exp(-x))`
    Sigmoid,
    /// `tanh(x)`
    Tanh,
}

impl Activation {
    /// The function's number in `shaders/common/activation.wgsl`.
    pub(crate) fn number(self) -> u32 {
        match self {
            Activation::Linear => 0,
            Activation::Relu => 1,
            Activation::LeakyRelu { .. } => 2,
            Activation::Elu { .. } => 3,
            Activation::Gelu => 4,
            Activation::GeluTanh => 5,
            Activation::Silu => 6,
            Activation::Sigmoid => 7,
            Activation::Tanh => 8,
        }
    }

    /// The function's own constant; 0 where it has none.
    pub(crate) fn parameter(self) -> f32 {
        match self {
            Activation::LeakyRelu { negative_slope } => negative_slope,
            Activation::Elu { alpha } => alpha,
            _ => 0.0,
        }
    }

    /// Whether the gradient follows from the output alone, so that the input need not be kept.
    pub fn gradient_from_output(self) -> bool {
        match self {
            // The output's sign must tell the input's.
            Activation::LeakyRelu { negative_slope } => negative_slope >= 0.0,
            Activation::Elu { alpha } => alpha >= 0.0,
            Activation::Gelu | Activation::GeluTanh | Activation::Silu => false,
            Activation::Linear | Activation::Relu | Activation::Sigmoid | Activation::Tanh => true,
        }
    }
}

/// An input `x = f(z)` of an op: the op's gradient of the input goes on to that of `z` in the same kernel, `dz = dx *
/// f'(z)`, as far as `f'(z)` follows from `x`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Activated {
    function: Activation,
    x: View,
}

impl Activated {
    /// What `function` put out as `x`; `None` where there is nothing to go through, or the gradient does not follow from
    /// the output ([`Activation::gradient_from_output`]).
    pub fn new(function: Activation, x: View) -> Option<Self> {
        (function != Activation::Linear && function.gradient_from_output()).then_some(Self { function, x })
    }

    /// The function, and what it put out.
    pub(super) fn parts(self) -> (Activation, View) {
        (self.function, self.x)
    }
}

kernel! {
    /// One element per invocation, or four.
    struct Forward([file]) { activation: u32 }
}

kernel! {
    /// One element per invocation, or four.
    struct Gradient([file]) { activation: u32, from_output: bool }
}

/// An activation function over a tensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Activate {
    /// The function.
    pub function: Activation,
    /// The number of elements.
    pub elements: usize,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    elements: u32,
    parameter: f32,
}

impl Activate {
    /// Appends `out = f(x)`.
    pub fn forward(self, recording: &mut Recording, x: View, out: View) {
        let (file, invocations) = self.layout(recording, ["activation/forward", "activation/forward.four_elements"]);
        recording.dispatch(Dispatch {
            label: "activation: forward".to_owned(),
            kernel: Forward { file, activation: self.function.number() }.into(),
            params: bytemuck::bytes_of(&self.params()),
            bindings: &[("x", x), ("out", out)],
            invocations,
        });
    }

    /// Appends `dx = dout * f'(x)`, where `saved` is the output `f(x)` if [`Activation::gradient_from_output`], else
    /// the input `x`.
    pub fn gradient(self, recording: &mut Recording, saved: View, dout: View, dx: View) {
        let from_output = self.function.gradient_from_output();
        let (file, invocations) = self.layout(recording, ["activation/gradient", "activation/gradient.four_elements"]);
        recording.dispatch(Dispatch {
            label: "activation: gradient".to_owned(),
            kernel: Gradient { file, activation: self.function.number(), from_output }.into(),
            params: bytemuck::bytes_of(&self.params()),
            bindings: &[("saved", saved), ("dout", dout), ("dx", dx)],
            invocations,
        });
    }

    /// Which of the kernels for one element per invocation and for four, and how many invocations. On lavapipe four
    /// elements cost hardly more than one.
    fn layout(self, recording: &Recording, [one, four]: [&'static str; 2]) -> (&'static str, usize) {
        let by_four = self.elements.is_multiple_of(4) && recording.may_choose(four);
        if by_four { (four, self.elements / 4) } else { (one, self.elements) }
    }

    fn params(self) -> Params {
        Params { elements: self.elements as u32, parameter: self.function.parameter() }
    }
}
