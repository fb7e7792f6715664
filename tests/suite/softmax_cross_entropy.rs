//! Softmax cross-entropy: losses, correct answers, gradient and the metrics' ring.

use ocellus::check::Bench;
use ocellus::doctor::sweep::softmax_cross_entropy::case;
use ocellus::ops::{SoftmaxCrossEntropy, StepRecord};
use pollster::block_on;
use proptest::prelude::*;

use crate::support::{cases, check, gpu, numbers};

/// Slots of the ring, and the one that the step writes.
const SLOTS: usize = 5;
const SLOT: usize = 3;

struct Outcome {
    row_metrics: Vec<f32>,
    ring: Vec<f32>,
    dlogits: Option<Vec<f32>>,
    /// The same by one dispatch.
    ring_at_once: Vec<f32>,
    dlogits_at_once: Option<Vec<f32>>,
}

fn run(op: SoftmaxCrossEntropy, logits: &[f32], labels: &[u32], gradient: bool) -> Option<Outcome> {
    let gpu = gpu()?;
    let mut bench = Bench::new();
    bench.set_step(StepRecord { slot: SLOT as u32, ..Default::default() });
    let (logits_view, labels_view) = (bench.input("logits", logits), bench.input("labels", labels));
    let row_metrics = bench.output("row metrics", 2 * op.rows);
    let dlogits = gradient.then(|| bench.output("dlogits", op.rows * op.classes));
    let ring = bench.input("ring", &[-1.0f32; 2 * SLOTS]);
    op.record(bench.recording(), logits_view, labels_view, row_metrics, dlogits);
    op.metrics(bench.recording(), row_metrics, ring);
    let (ring_at_once, unused) = (bench.input("ring at once", &[-1.0f32; 2 * SLOTS]), bench.input("unused", &[0.0f32]));
    let at_once = gradient.then(|| bench.output("dlogits at once", op.rows * op.classes));
    let target = at_once.unwrap_or(unused);
    op.record_at_once(bench.recording(), logits_view, labels_view, ring_at_once, gradient, target);
    let results = block_on(bench.run(&gpu)).unwrap();
    Some(Outcome {
        ring_at_once: results.get(ring_at_once),
        dlogits_at_once: at_once.map(|dlogits| results.get(dlogits)),
        row_metrics: results.get(row_metrics),
        ring: results.get(ring),
        dlogits: dlogits.map(|dlogits| results.get(dlogits)),
    })
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn softmax_cross_entropy_agrees_with_the_reference(
        rows in 1usize..70,
        classes in 2usize..40,
        label_smoothing in prop::sample::select(vec![0.0f32, 0.1, 0.5]),
        scale in 1u8..20,
        gradient: bool,
    ) {
        let logits: Vec<f32> = numbers(1, rows * classes).iter().map(|x| x * f32::from(scale)).collect();
        check(&case(classes, label_smoothing, &logits, gradient));
    }

    #[test]
    fn softmax_cross_entropy_counts_the_first_of_equal_logits(rows in 1usize..70, classes in 2usize..9) {
        let logits: Vec<f32> = numbers(1, rows * classes).iter().map(|x| (x * 2.0).round()).collect();
        check(&case(classes, 0.0, &logits, true));
    }
}

#[test]
fn softmax_cross_entropy_agrees_at_odd_sizes() {
    for (rows, classes) in [(1, 2), (3, 100), (7, 10), (17, 2), (65, 100), (1, 1)] {
        check(&case(classes, 0.1, &numbers(1, rows * classes), true));
    }
}

#[test]
fn softmax_cross_entropy_of_large_logits_does_not_overflow() {
    check(&case(3, 0.0, &[1e4, -1e4, 1e4, -3e4, 0.0, 1.0], true));
    check(&case(3, 0.1, &[1e4, -1e4, 1e4, -3e4, 0.0, 1.0], true));
}

#[test]
fn softmax_cross_entropy_of_an_impossible_class_is_finite_without_smoothing() {
    check(&case(2, 0.0, &[0.0, f32::NEG_INFINITY], true));
}

#[test]
fn softmax_cross_entropy_of_a_nan_is_nan_and_not_correct() {
    // In the first row the NaN stands first, in the second last, in the third there is none.
    let logits = [f32::NAN, 1.0, 2.0, 1.0, 2.0, f32::NAN, 0.0, 0.0, 3.0];
    let op = SoftmaxCrossEntropy { rows: 3, classes: 3, label_smoothing: 0.0 };
    for labels in [[0, 1, 2], [2, 2, 2], [1, 0, 2]] {
        let Some(outcome) = run(op, &logits, &labels, true) else { return };
        let nan: Vec<bool> = outcome.row_metrics.iter().map(|m| m.is_nan()).collect();
        assert_eq!(nan, [true, false, true, false, false, false]);
        assert_eq!([1, 3, 5].map(|i| outcome.row_metrics[i]), [0.0, 0.0, 1.0]);
        for (ring, dlogits) in [(outcome.ring, outcome.dlogits), (outcome.ring_at_once, outcome.dlogits_at_once)] {
            assert!(ring[2 * SLOT].is_nan());
            assert!(dlogits.unwrap()[..6].iter().all(|d| d.is_nan()));
        }
    }
}
