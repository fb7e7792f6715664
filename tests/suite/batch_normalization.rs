//! Batch normalization.

use ocellus::check::{Bench, compare};
use ocellus::gpu::View;
use ocellus::ops::{BatchNormalization, Moments, Parameters};
use ocellus::reference::batch_normalization::{self, Statistics};
use pollster::block_on;
use proptest::prelude::*;

use crate::support::{cancelling, cases, gpu, largest, numbers, wide};

const EPSILON: f32 = 1e-3;
const MOMENTUM: f32 = 0.99;

#[derive(Clone, Copy, Debug)]
struct Case {
    rows: usize,
    channels: usize,
    /// Whether there is a gamma, and whether its gradient is wanted.
    scale: bool,
    /// Whether there is a beta, and whether its gradient is wanted.
    shift: bool,
    /// Whether the gradient of the input is wanted.
    input: bool,
    mean: f32,
    deviation: f32,
}

impl Case {
    fn of_shape(rows: usize, channels: usize) -> Self {
        Self { rows, channels, scale: true, shift: true, input: true, mean: 1.5, deviation: 2.0 }
    }

    fn op(self) -> BatchNormalization {
        BatchNormalization { rows: self.rows, channels: self.channels, epsilon: EPSILON, momentum: MOMENTUM }
    }

    /// The means are far enough from 0 that a bound relative to the largest says something.
    fn x(self) -> Vec<f32> {
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

    fn record_forward(self, bench: &mut Bench, x: View, moments: Moments) -> (Option<View>, View) {
        let gamma = self.gamma().map(|gamma| bench.input("gamma", &gamma));
        let beta = self.beta().map(|beta| bench.input("beta", &beta));
        let out = bench.output("out", self.rows * self.channels);
        self.op().forward(bench.recording(), x, Parameters { gamma, beta }, moments, out);
        (gamma, out)
    }

    fn record_gradient(self, bench: &mut Bench, x: View, gamma: Option<View>, moments: Moments) -> [Option<View>; 3] {
        let dout = bench.input("dout", &self.dout());
        let dx = self.input.then(|| bench.output("dx", self.rows * self.channels));
        let dgamma = self.scale.then(|| bench.output("dgamma", self.channels));
        let dbeta = self.shift.then(|| bench.output("dbeta", self.channels));
        let needs_scratch = matches!(moments, Moments::Batch(_)) || self.scale || self.shift;
        let scratch = needs_scratch.then(|| bench.scratch(self.op().gradient_scratch_bytes())).flatten();
        self.op().gradient(bench.recording(), x, gamma, moments, dout, scratch, dx, dgamma, dbeta);
        [dx, dgamma, dbeta]
    }
}

fn check_training(case: Case) {
    let Some(gpu) = gpu() else { return };
    let Case { rows, channels, .. } = case;
    let moving = Statistics { mean: wide(&numbers(5, channels)), variance: vec![3.0; channels] };
    let mut bench = Bench::new();
    let x = bench.input("x", &case.x());
    let moving_mean = bench.input("moving mean", &numbers(5, channels));
    let moving_variance = bench.input("moving variance", &vec![3.0f32; channels]);
    let scratch = bench.scratch(case.op().statistics_scratch_bytes()).unwrap();
    let statistics = bench.output("statistics", 2 * channels);
    case.op().statistics(bench.recording(), x, scratch, statistics);
    case.op().update_moving(bench.recording(), statistics, moving_mean, moving_variance);
    let (gamma, out) = case.record_forward(&mut bench, x, Moments::Batch(statistics));
    let [dx, dgamma, dbeta] = case.record_gradient(&mut bench, x, gamma, Moments::Batch(statistics));
    let results = block_on(bench.run(&gpu)).unwrap();

    let (gamma, beta) = case.parameters();
    let (x, dout) = (wide(&case.x()), wide(&case.dout()));
    let epsilon = EPSILON.into();
    let (expected, batch) = batch_normalization::training(channels, epsilon, &x, &gamma, &beta);
    let actual = results.get::<f32>(statistics);
    compare(&actual[..channels], &batch.mean, rows).unwrap();
    compare(&actual[channels..], &batch.variance, rows).unwrap();
    compare(&results.get::<f32>(out), &expected, rows).unwrap();
    let moved = batch_normalization::update_moving(MOMENTUM.into(), &moving, &batch);
    compare(&results.get::<f32>(moving_mean), &moved.mean, rows).unwrap();
    compare(&results.get::<f32>(moving_variance), &moved.variance, rows).unwrap();

    let expected = batch_normalization::gradient_training(channels, epsilon, &x, &gamma, &batch, &dout);
    if let Some(dx) = dx {
        // What flows through the statistics cancels much of the rest: with few rows, and epsilon small beside the
        // variance, nearly all of it.
        let direct = batch_normalization::gradient_inference(channels, epsilon, &x, &gamma, &batch, &dout);
        let terms = cancelling(rows, largest(&direct.x), &expected.x);
        compare(&results.get::<f32>(dx), &expected.x, terms).unwrap();
    }
    check_gradients_of_parameters(&expected, dgamma.map(|v| results.get(v)), dbeta.map(|v| results.get(v)), rows);
}

fn check_inference(case: Case) {
    let Some(gpu) = gpu() else { return };
    let Case { rows, channels, .. } = case;
    let moving_mean = numbers(5, channels);
    let moving_variance: Vec<f32> = numbers(6, channels).iter().map(|v| v.abs()).collect();
    let mut bench = Bench::new();
    let x = bench.input("x", &case.x());
    let mean = bench.input("moving mean", &moving_mean);
    let variance = bench.input("moving variance", &moving_variance);
    let moments = Moments::Moving { mean, variance };
    let (gamma, out) = case.record_forward(&mut bench, x, moments);
    let [dx, dgamma, dbeta] = case.record_gradient(&mut bench, x, gamma, moments);
    let results = block_on(bench.run(&gpu)).unwrap();

    let (gamma, beta) = case.parameters();
    let (x, dout) = (wide(&case.x()), wide(&case.dout()));
    let epsilon = EPSILON.into();
    let moving = Statistics { mean: wide(&moving_mean), variance: wide(&moving_variance) };
    let expected = batch_normalization::inference(channels, epsilon, &x, &gamma, &beta, &moving);
    compare(&results.get::<f32>(out), &expected, 2).unwrap();
    let expected = batch_normalization::gradient_inference(channels, epsilon, &x, &gamma, &moving, &dout);
    if let Some(dx) = dx {
        compare(&results.get::<f32>(dx), &expected.x, 1).unwrap();
    }
    check_gradients_of_parameters(&expected, dgamma.map(|v| results.get(v)), dbeta.map(|v| results.get(v)), rows);
}

fn check_gradients_of_parameters(
    expected: &batch_normalization::Gradients,
    dgamma: Option<Vec<f32>>,
    dbeta: Option<Vec<f32>>,
    rows: usize,
) {
    // dout has both signs: a sum may be much smaller than its summands, which are at most about 1 (and times the
    // normalized input, which its own gradient's size tells).
    if let Some(dgamma) = dgamma {
        compare(&dgamma, &expected.gamma, cancelling(rows, 1.0, &expected.gamma)).unwrap();
    }
    if let Some(dbeta) = dbeta {
        compare(&dbeta, &expected.beta, cancelling(rows, 1.0, &expected.beta)).unwrap();
    }
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn batch_normalization_agrees_with_the_reference(
        rows in 1usize..300,
        channels in 1usize..40,
        scale: bool,
        shift: bool,
        input: bool,
    ) {
        let case = Case { scale, shift, input, ..Case::of_shape(rows, channels) };
        check_training(case);
        check_inference(case);
    }
}

#[test]
fn batch_normalization_agrees_at_odd_sizes() {
    for rows in [1, 3, 7, 17, 65] {
        for channels in [1, 3, 64, 65] {
            check_training(Case::of_shape(rows, channels));
            check_inference(Case::of_shape(rows, channels));
        }
    }
}

#[test]
fn batch_normalization_of_many_rows_is_summed_in_parts() {
    // More parts than a workgroup has invocations; then more rows than the parts have by themselves.
    for (rows, channels) in [(10_007, 3), (40_009, 17)] {
        check_training(Case::of_shape(rows, channels));
        check_inference(Case::of_shape(rows, channels));
    }
}

#[test]
fn batch_normalization_keeps_precision_far_from_zero() {
    for (rows, channels) in [(1_009, 3), (20_011, 1)] {
        check_training(Case { mean: 1000.0, deviation: 1.0, ..Case::of_shape(rows, channels) });
    }
}

#[test]
fn batch_normalization_of_a_constant_channel_has_variance_zero() {
    check_training(Case { mean: 1234.567, deviation: 0.0, ..Case::of_shape(999, 3) });
}

#[test]
fn batch_normalization_without_the_scratch_it_needs_is_reported() {
    let Some(gpu) = gpu() else { return };
    let case = Case::of_shape(3, 3);
    let mut bench = Bench::new();
    let x = bench.input("x", &case.x());
    let statistics = bench.input("statistics", &[1.0f32; 6]);
    let dx = bench.output("dx", 9);
    case.op().gradient(bench.recording(), x, None, Moments::Batch(statistics), x, None, Some(dx), None, None);
    let error = block_on(bench.run(&gpu)).err().unwrap().to_string();
    assert!(error.contains("nothing is bound to 'partial'"), "{error}");
}
