//! Batch normalization in the weights of the layer before it.

use super::numbers::{numbers, wide};
use super::{Extent, Planned, planned};
use crate::check::Case;
use crate::ops::{FoldedNormalization, Folding, Parameters};
use crate::reference::batch_normalization::Statistics;
use crate::reference::folded_normalization as twin;

const EPSILON: f32 = 1e-3;

/// The weights of a layer of so many terms and channels, with bias, gamma and beta or without.
pub fn case(terms: usize, channels: usize, [bias, scale, shift]: [bool; 3]) -> Case {
    let op = FoldedNormalization { terms, channels, epsilon: EPSILON };
    let mut case = Case::new((op, bias, scale, shift));
    let positive = |seed| numbers(seed, channels).iter().map(|x| x.abs() + 0.1).collect::<Vec<_>>();
    let (kernel, mean, variance) = (numbers(1, terms * channels), numbers(2, channels), positive(3));
    let bias = bias.then(|| numbers(4, channels));
    let (gamma, beta) = (scale.then(|| positive(5)), shift.then(|| numbers(6, channels)));
    let bench = &mut case.bench;
    let folding = Folding {
        kernel: bench.input("kernel", &kernel),
        bias: bias.as_ref().map(|bias| bench.input("bias", bias)),
        parameters: Parameters {
            gamma: gamma.as_ref().map(|gamma| bench.input("gamma", gamma)),
            beta: beta.as_ref().map(|beta| bench.input("beta", beta)),
        },
        mean: bench.input("mean", &mean),
        variance: bench.input("variance", &variance),
    };
    let (out_kernel, out_bias) = (bench.output("out kernel", terms * channels), bench.output("out bias", channels));
    op.forward(bench.recording(), folding, out_kernel, out_bias);
    let or = |given: Option<Vec<f32>>, otherwise| wide(&given.unwrap_or_else(|| vec![otherwise; channels]));
    let moving = Statistics { mean: wide(&mean), variance: wide(&variance) };
    let (bias, gamma, beta) = (or(bias, 0.0), or(gamma, 1.0), or(beta, 0.0));
    let (expected_kernel, expected_bias) = twin::forward(EPSILON.into(), &wide(&kernel), &bias, &gamma, &beta, &moving);
    case.agrees(out_kernel, "kernel", expected_kernel, 4);
    case.agrees(out_bias, "bias", expected_bias, 4);
    case
}

pub(super) fn cases(extent: Extent) -> Vec<Planned> {
    let quick = [(1, 1, [true; 3]), (3, 7, [false; 3]), (27, 16, [true, false, true])];
    let more = [(9, 65, [false, true, true]), (576, 64, [true; 3]), (1, 4099, [false, true, false])];
    planned(extent, quick, more, |(terms, channels, given)| case(terms, channels, given))
}
