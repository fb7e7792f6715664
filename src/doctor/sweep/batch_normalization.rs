//! Batch normalization in training and in inference.

use super::numbers::{cancelling, largest, narrow, numbers, wide};
use super::{Extent, Planned, planned};
use crate::check::Case;
use crate::gpu::View;
use crate::ops::{BatchNormalization, Moments, Parameters};
use crate::reference::batch_normalization::{self as twin, Gradients, Statistics};

const EPSILON: f32 = 1e-3;
const MOMENTUM: f32 = 0.99;

/// An op with its numbers.
#[derive(Clone, Copy, Debug)]
pub struct Normalization {
    /// Its rows.
    pub rows: usize,
    /// Its channels.
    pub channels: usize,
    /// Whether there is a gamma, and whether its gradient is wanted.
    pub scale: bool,
    /// Whether there is a beta, and whether its gradient is wanted.
    pub shift: bool,
    /// Whether the gradient of the input is wanted.
    pub input: bool,
    /// What the inputs are around.
    pub mean: f32,
    /// How far they are from it.
    pub deviation: f32,
}

impl Normalization {
    /// With everything that there can be, far enough from 0 that a bound relative to the largest says something.
    pub fn of_shape(rows: usize, channels: usize) -> Self {
        Self { rows, channels, scale: true, shift: true, input: true, mean: 1.5, deviation: 2.0 }
    }

    /// The op.
    pub fn op(self) -> BatchNormalization {
        BatchNormalization { rows: self.rows, channels: self.channels, epsilon: EPSILON, momentum: MOMENTUM }
    }

    /// The input.
    pub fn x(self) -> Vec<f32> {
        numbers(1, self.rows * self.channels).iter().map(|x| self.mean + self.deviation * 1.7 * x).collect()
    }

    fn gamma(self) -> Option<Vec<f32>> {
        self.scale.then(|| numbers(2, self.channels).iter().map(|gamma| gamma + 1.5).collect())
    }

    fn beta(self) -> Option<Vec<f32>> {
        self.shift.then(|| numbers(3, self.channels))
    }

    fn dout(self) -> Vec<f32> {
        numbers(4, self.rows * self.channels)
    }

    /// gamma and beta as the reference takes them.
    fn parameters(self) -> (Vec<f64>, Vec<f64>) {
        let wide_or = |numbers: Option<Vec<f32>>, otherwise| match numbers {
            Some(numbers) => wide(&numbers),
            None => vec![otherwise; self.channels],
        };
        (wide_or(self.gamma(), 1.0), wide_or(self.beta(), 0.0))
    }

    /// Appends the forward pass and the gradients by these moments, and asks for those numbers.
    fn record(self, case: &mut Case, x: View, moments: Moments, out: Vec<f64>, gradients: &Gradients, dx_terms: usize) {
        let (gamma, beta) = (self.gamma(), self.beta());
        let gamma = gamma.map(|gamma| case.bench.input("gamma", &gamma));
        let beta = beta.map(|beta| case.bench.input("beta", &beta));
        let out_view = case.bench.output("out", out.len());
        self.op().forward(case.bench.recording(), x, Parameters { gamma, beta }, moments, out_view);
        case.agrees(out_view, "out", out, self.rows.max(2));

        let dout = case.bench.input("dout", &self.dout());
        let dx = self.input.then(|| case.bench.output("dx", self.rows * self.channels));
        let dgamma = self.scale.then(|| case.bench.output("dgamma", self.channels));
        let dbeta = self.shift.then(|| case.bench.output("dbeta", self.channels));
        let needs_scratch = matches!(moments, Moments::Batch(_)) || self.scale || self.shift;
        let scratch = needs_scratch.then(|| case.bench.scratch(self.op().gradient_scratch_bytes())).flatten();
        let recorded = case.bench.recording().commands().len();
        self.op().gradient(case.bench.recording(), x, gamma, moments, dout, scratch, dx, dgamma, dbeta);
        // dout has both signs: a sum may be much smaller than its summands, which are at most about 1 (and times the
        // normalized input, which its own gradient's size tells).
        let both = [gradients.beta.as_slice(), gradients.gamma.as_slice()].concat();
        let terms = [&gradients.beta, &gradients.gamma, &both].map(|sums| cancelling(self.rows, 1.0, sums));
        // Sums that are not asked for have a place in the scratch buffer, as the parts have.
        let bound: Vec<_> =
            case.bench.recording().commands()[recorded..].iter().flat_map(|command| command.bindings.clone()).collect();
        let written = |name| bound.iter().find(|(bound, _)| *bound == name).map(|(_, view)| *view);
        if let Some(partial) = written("partial") {
            case.adds_up(partial, "the parts' sums", both, terms[2]);
            let place = |own: Option<View>, name| own.or_else(|| written(name));
            if let Some(dbeta) = place(dbeta, "dbeta") {
                case.agrees(dbeta, "dbeta", gradients.beta.clone(), terms[0]);
            }
            if let Some(dgamma) = place(dgamma, "dgamma") {
                case.agrees(dgamma, "dgamma", gradients.gamma.clone(), terms[1]);
            }
        }
        if let Some(dx) = dx {
            case.agrees(dx, "dx", gradients.x.clone(), dx_terms);
        }
    }
}

/// A step of training: statistics, moving statistics, forward pass and gradients.
pub fn training(of: Normalization) -> Case {
    let Normalization { rows, channels, .. } = of;
    let moving = Statistics { mean: wide(&numbers(5, channels)), variance: vec![3.0; channels] };
    let (gamma, beta) = of.parameters();
    let (x, dout) = (wide(&of.x()), wide(&of.dout()));
    let (out, batch) = twin::training(channels, EPSILON.into(), &x, &gamma, &beta);
    let mut case = Case::new(format_args!("training of {of:?}"));
    let x_view = case.bench.input("x", &of.x());
    let moving_mean = case.bench.input("moving mean", &narrow(&moving.mean));
    let moving_variance = case.bench.input("moving variance", &narrow(&moving.variance));
    let scratch = case.bench.scratch(of.op().statistics_scratch_bytes());
    let statistics = case.bench.output("statistics", 2 * channels);
    if let Some(scratch) = scratch {
        of.op().statistics(case.bench.recording(), x_view, scratch, statistics);
        let parts = of.op().statistics_scratch_bytes() as usize / (8 * channels);
        let whole = move |partial: &[f32]| whole(partial, rows, channels, parts);
        let mean = move |partial: &[f32]| whole(partial)[..channels].to_vec();
        case.agrees_in(scratch, "the parts' means", mean, batch.mean.clone(), rows);
        let variance = move |partial: &[f32]| whole(partial)[channels..].to_vec();
        case.agrees_in(scratch, "the parts' variances", variance, batch.variance.clone(), rows);
    }
    case.agrees_in(statistics, "mean", move |both| both[..channels].to_vec(), batch.mean.clone(), rows);
    case.agrees_in(statistics, "variance", move |both| both[channels..].to_vec(), batch.variance.clone(), rows);
    of.op().update_moving(case.bench.recording(), statistics, moving_mean, moving_variance);
    let moved = twin::update_moving(MOMENTUM.into(), &moving, &batch);
    case.agrees(moving_mean, "moving mean", moved.mean, rows);
    case.agrees(moving_variance, "moving variance", moved.variance, rows);

    let gradients = twin::gradient_training(channels, EPSILON.into(), &x, &gamma, &batch, &dout);
    // What flows through the statistics cancels much of the rest: with few rows, and epsilon small beside the
    // variance, nearly all of it.
    let direct = twin::gradient_inference(channels, EPSILON.into(), &x, &gamma, &batch, &dout);
    let terms = cancelling(rows, largest(&direct.x), &gradients.x);
    of.record(&mut case, x_view, Moments::Batch(statistics), out, &gradients, terms);
    case
}

/// The mean and the variance of every channel by those of the parts, (parts, 2, channels); part p has every `parts`th
/// row from row p on.
fn whole(partial: &[f32], rows: usize, channels: usize, parts: usize) -> Vec<f32> {
    let at = |part: usize, row: usize, channel: usize| f64::from(partial[(2 * part + row) * channels + channel]);
    let count = |part: usize| (rows - part).div_ceil(parts) as f64;
    let mean = |channel| (0..parts).map(|part| count(part) * at(part, 0, channel)).sum::<f64>() / rows as f64;
    let variance = |channel| {
        let own = |part| at(part, 1, channel) + count(part) * (at(part, 0, channel) - mean(channel)).powi(2);
        (0..parts).map(own).sum::<f64>() / rows as f64
    };
    (0..channels).map(mean).chain((0..channels).map(variance)).map(|x| x as f32).collect()
}

/// Inference, and gradients through it.
pub fn inference(of: Normalization) -> Case {
    let channels = of.channels;
    let moving_mean = numbers(5, channels);
    let moving_variance: Vec<f32> = numbers(6, channels).iter().map(|v| v.abs()).collect();
    let mut case = Case::new(format_args!("inference of {of:?}"));
    let x_view = case.bench.input("x", &of.x());
    let mean = case.bench.input("moving mean", &moving_mean);
    let variance = case.bench.input("moving variance", &moving_variance);
    let (gamma, beta) = of.parameters();
    let (x, dout) = (wide(&of.x()), wide(&of.dout()));
    let moving = Statistics { mean: wide(&moving_mean), variance: wide(&moving_variance) };
    let out = twin::inference(channels, EPSILON.into(), &x, &gamma, &beta, &moving);
    let gradients = twin::gradient_inference(channels, EPSILON.into(), &x, &gamma, &moving, &dout);
    of.record(&mut case, x_view, Moments::Moving { mean, variance }, out, &gradients, 1);
    case
}

pub(super) fn cases(extent: Extent) -> Vec<Planned> {
    let both = |of: Normalization| [(training as fn(Normalization) -> Case, of), (inference, of)];
    let shape = |(rows, channels)| Normalization::of_shape(rows, channels);
    let bare = Normalization { scale: false, shift: false, ..shape((65, 3)) };
    let far = Normalization { mean: 1000.0, deviation: 1.0, ..shape((1_009, 3)) };
    let constant = Normalization { mean: 1234.567, deviation: 0.0, ..shape((999, 3)) };
    let more = [(1, 1), (7, 65), (17, 64), (10_007, 3), (40_009, 17)].map(shape).into_iter().flat_map(both);
    let more = more.chain(both(bare)).chain([far, constant].map(|of| (training as fn(Normalization) -> Case, of)));
    planned(extent, [(3, 7), (67, 3)].map(shape).into_iter().flat_map(both), more, |(case, of)| case(of))
}
