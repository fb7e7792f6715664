//! Softmax cross-entropy: losses, correct answers, the gradient, and the slot of the metrics' ring.

use super::numbers::{cancelling, numbers, wide};
use super::{Extent, Planned, planned};
use crate::check::Case;
use crate::ops::{SoftmaxCrossEntropy, StepRecord};
use crate::reference::softmax_cross_entropy as twin;

/// Slots of the ring, and the one that the step writes.
const SLOTS: usize = 5;
const SLOT: usize = 3;

/// The loss of these logits, with its gradient where it is wanted.
pub fn case(classes: usize, label_smoothing: f32, logits: &[f32], gradient: bool) -> Case {
    let rows = logits.len() / classes;
    let labels: Vec<u32> = (0..rows).map(|r| (r * 7 % classes) as u32).collect();
    let op = SoftmaxCrossEntropy { rows, classes, label_smoothing };
    let mut case = Case::new(op);
    case.bench.set_step(StepRecord { slot: SLOT as u32, ..Default::default() });
    let (logits_view, labels_view) = (case.bench.input("logits", logits), case.bench.input("labels", &labels));
    let row_metrics = case.bench.output("row metrics", 2 * rows);
    let dlogits = gradient.then(|| case.bench.output("dlogits", rows * classes));
    let [ring, ring_at_once] = ["ring", "ring at once"].map(|name| case.bench.input(name, &[-1.0f32; 2 * SLOTS]));
    // Without a gradient the tensor is bound and not written.
    let dlogits_at_once = match gradient {
        true => case.bench.output("dlogits at once", rows * classes),
        false => case.bench.input("no dlogits", &[0.0f32]),
    };
    op.record(case.bench.recording(), logits_view, labels_view, row_metrics, dlogits);
    op.metrics(case.bench.recording(), row_metrics, ring);
    op.record_at_once(case.bench.recording(), logits_view, labels_view, ring_at_once, gradient, dlogits_at_once);

    let (logits, smoothing) = (wide(logits), label_smoothing.into());
    let losses = twin::forward(classes, smoothing, &logits, &labels);
    let total: f64 = losses.iter().sum();
    // A sure answer's loss is the logarithm of a sum that is little more than 1, and so is rounded like 1.
    let terms = cancelling(classes, 1.0, &losses);
    case.agrees_in(row_metrics, "losses", |metrics| metrics.iter().copied().step_by(2).collect(), losses, terms);
    let of_rows = logits.chunks_exact(classes).zip(&labels);
    let correct: Vec<f32> = of_rows.map(|(row, &label)| twin::correct(classes, row, &[label]) as f32).collect();
    let all_correct = correct.iter().sum::<f32>();
    let odd = |words: &[u32]| words.iter().copied().skip(1).step_by(2).collect();
    case.equals_in(row_metrics, "correct answers", odd, &correct);

    for ring in [ring, ring_at_once] {
        // Sums of the losses, whose own error is as above.
        case.agrees_in(ring, "the loss of the batch", |ring| vec![ring[2 * SLOT]], vec![total], rows * terms);
        case.equals_in(ring, "correct answers of the batch", |ring| vec![ring[2 * SLOT + 1]], &[all_correct]);
        let others =
            |ring: &[u32]| ring.iter().enumerate().filter(|(i, _)| i / 2 != SLOT).map(|(_, word)| *word).collect();
        case.equals_in(ring, "other slots of the ring", others, &[-1.0f32; 2 * (SLOTS - 1)]);
    }

    for dlogits in dlogits.into_iter().chain(gradient.then_some(dlogits_at_once)) {
        let expected = twin::gradient(classes, smoothing, &logits, &labels);
        // A sure answer's probability and its target, both nearly 1 / rows, cancel.
        let terms = cancelling(classes, 1.0 / rows as f64, &expected);
        case.agrees(dlogits, "dlogits", expected, terms);
    }
    case
}

pub(super) fn cases(extent: Extent) -> Vec<Planned> {
    let of = |(rows, classes, scale): (usize, usize, f32)| {
        let logits: Vec<f32> = numbers(1, rows * classes).iter().map(|x| x * scale).collect();
        case(classes, 0.1, &logits, true)
    };
    let more = [(1, 1, 1.0), (17, 2, 1.0), (65, 100, 1.0), (3, 100, 20.0), (257, 10, 5.0)];
    let mut cases = planned(extent, [(1, 2, 1.0), (7, 10, 3.0)], more, of);
    cases.push(Box::new(|| case(3, 0.0, &[1e4, -1e4, 1e4, -3e4, 0.0, 1.0], true)));
    // Whole numbers, of which the first of equal ones counts.
    cases.push(Box::new(|| {
        let logits: Vec<f32> = numbers(1, 130).iter().map(|x| (x * 2.0).round()).collect();
        case(5, 0.0, &logits, true)
    }));
    cases
}
