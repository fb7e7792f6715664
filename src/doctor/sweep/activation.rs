//! Every activation function and its gradient.

use super::numbers::{cancelling, largest, numbers, wide};
use super::{Extent, Planned, planned};
use crate::check::Case;
use crate::ops::{Activate, Activation};
use crate::reference::activation::{self, Function};

/// What may have made any numbers that an op takes: the gradient through it follows from their sign, and is told from
/// others by its parameter.
pub(super) const MADE_INPUT: Activation = Activation::LeakyRelu { negative_slope: 0.25 };

/// The function as the reference calls it.
pub fn twin(function: Activation) -> Function {
    match function {
        Activation::Linear => Function::Linear,
        Activation::Relu => Function::Relu,
        Activation::LeakyRelu { negative_slope } => Function::LeakyRelu { negative_slope: negative_slope.into() },
        Activation::Elu { alpha } => Function::Elu { alpha: alpha.into() },
        Activation::Gelu => Function::Gelu,
        Activation::GeluTanh => Function::GeluTanh,
        Activation::Silu => Function::Silu,
        Activation::Sigmoid => Function::Sigmoid,
        Activation::Tanh => Function::Tanh,
    }
}

/// Every function, with its parameter on either side of 0: below it the gradient cannot be told from the output.
pub fn functions() -> Vec<Activation> {
    let mut functions = vec![
        Activation::Linear,
        Activation::Relu,
        Activation::Gelu,
        Activation::GeluTanh,
        Activation::Silu,
        Activation::Sigmoid,
        Activation::Tanh,
    ];
    for parameter in [0.0, 0.25, 1.0, -0.5] {
        functions.extend([Activation::LeakyRelu { negative_slope: parameter }, Activation::Elu { alpha: parameter }]);
    }
    functions
}

/// The function and its gradient at `x`.
pub fn case(function: Activation, x: &[f32]) -> Case {
    let op = Activate { function, elements: x.len() };
    let mut case = Case::new(op);
    let dout = numbers(7, x.len());
    let (x_view, dout_view) = (case.bench.input("x", x), case.bench.input("dout", &dout));
    let (out, dx) = (case.bench.output("out", x.len()), case.bench.output("dx", x.len()));
    op.forward(case.bench.recording(), x_view, out);
    let saved = if function.gradient_from_output() { out } else { x_view };
    op.gradient(case.bench.recording(), saved, dout_view, dx);
    let (x, dout, twin) = (wide(x), wide(&dout), twin(function));
    case.agrees(out, "out", activation::forward(twin, &x), 1);
    let expected = activation::gradient(twin, &x, &dout);
    // Where the function saturates, its slope is what is left of 1: 1 - y or 1 - y^2.
    let terms = cancelling(1, largest(&dout), &expected);
    case.agrees(dx, "dx", expected, terms);
    case
}

/// `count` numbers up to `scale`, one of them at the end of the range: what is rounded like 1 is not measured by less.
pub fn scaled(count: usize, scale: f32) -> Vec<f32> {
    let mut x: Vec<f32> = numbers(1, count).iter().map(|x| x * scale).collect();
    x[0] = scale;
    x
}

/// 0 from both sides, what is near it, and where exponentials are as good as 0 or 1.
pub fn ends() -> Vec<f32> {
    vec![0.0, -0.0, 1e-30, -1e-30, 1e-4, -1e-4, 0.25, -0.25, -0.2501, 1.0, -1.0, 9.9, 10.1, -9.9, -10.1, 30.0, -30.0]
}

pub(super) fn cases(extent: Extent) -> Vec<Planned> {
    // Odd and by four elements.
    let quick = [ends(), scaled(8, 3.0)];
    let of_all = |x: Vec<f32>| functions().into_iter().map(move |function| (function, x.clone()));
    let more = [scaled(1, 0.1), scaled(67, 1.0), scaled(301, 30.0), scaled(4099, 3.0)];
    let quick = quick.into_iter().flat_map(of_all);
    planned(extent, quick, more.into_iter().flat_map(of_all), |(function, x)| case(function, &x))
}
