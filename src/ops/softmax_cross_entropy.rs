//! The loss of a classifier, taken from its logits, with its gradient and its correct answers.

use crate::gpu::{Dispatch, Recording, View, WORKGROUP_SIZE, kernel};
use crate::ops::parts::MOST_TURNS;

kernel! {
    /// One row per invocation.
    struct RowMetrics("softmax_cross_entropy/row_metrics") {}
}

kernel! {
    /// One row per invocation.
    struct Gradient("softmax_cross_entropy/gradient") {}
}

kernel! {
    /// One workgroup for all rows.
    struct AtOnce("softmax_cross_entropy/at_once") { gradient: bool }
}

kernel! {
    /// One metric per invocation.
    struct Metrics("softmax_cross_entropy/metrics") {}
}

/// `loss[r] = -(sum over c of target[r, c] * log(softmax(logits)[r, c]))`, where the target is
/// `(1 - label_smoothing) * [c = label] + label_smoothing / classes`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SoftmaxCrossEntropy {
    /// The number of rows: the batch.
    pub rows: usize,
    /// The number of classes, at least one. Every label is below it.
    pub classes: usize,
    /// The share of the target that all classes have alike.
    pub label_smoothing: f32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    rows: u32,
    classes: u32,
    label_smoothing: f32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct MetricsParams {
    rows: u32,
}

impl SoftmaxCrossEntropy {
    /// Appends `row_metrics[r] = (loss, 1 if the first of the largest logits stands at the label, else 0)`, shape
    /// (rows, 2), and where it is wanted the gradient of the mean of the losses,
    /// `dlogits[r, c] = (softmax(logits)[r, c] - target[r, c]) / rows`.
    ///
    /// `logits` (rows, classes) of f32, `labels` (rows) of u32. A row with a NaN has the loss NaN and is not correct.
    pub fn record(
        self,
        recording: &mut Recording,
        logits: View,
        labels: View,
        row_metrics: View,
        dlogits: Option<View>,
    ) {
        let params =
            Params { rows: self.rows as u32, classes: self.classes as u32, label_smoothing: self.label_smoothing };
        recording.dispatch(Dispatch {
            label: "softmax cross-entropy: losses and correct answers".to_owned(),
            kernel: RowMetrics {}.into(),
            params: bytemuck::bytes_of(&params),
            bindings: &[("x", logits), ("labels", labels), ("row_metrics", row_metrics)],
            invocations: self.rows,
        });
        if let Some(dlogits) = dlogits {
            recording.dispatch(Dispatch {
                label: "softmax cross-entropy: gradient".to_owned(),
                kernel: Gradient {}.into(),
                params: bytemuck::bytes_of(&params),
                bindings: &[("x", logits), ("labels", labels), ("dlogits", dlogits)],
                invocations: self.rows,
            });
        }
    }

    /// The kernel of [`SoftmaxCrossEntropy::record_at_once`].
    pub const AT_ONCE: &str = "softmax_cross_entropy/at_once";
    /// The most rows that [`SoftmaxCrossEntropy::record_at_once`] suits: more are done sooner by many workgroups.
    const MOST_AT_ONCE: usize = 1024;

    /// Whether [`SoftmaxCrossEntropy::record_at_once`] suits: for few rows, and no more classes than the loops of an
    /// invocation can take, which go over those of a row four times.
    pub fn suits_at_once(self) -> bool {
        let turns = self.rows.div_ceil(WORKGROUP_SIZE as usize) * 4 * (self.classes + 1);
        self.rows <= Self::MOST_AT_ONCE && turns <= MOST_TURNS
    }

    /// Appends what [`SoftmaxCrossEntropy::record`] and [`SoftmaxCrossEntropy::metrics`] do, in one dispatch of one
    /// workgroup. `dlogits` is written where `gradient` says so; else it may be of any size, and is only bound.
    pub fn record_at_once(
        self,
        recording: &mut Recording,
        logits: View,
        labels: View,
        ring: View,
        gradient: bool,
        dlogits: View,
    ) {
        let params =
            Params { rows: self.rows as u32, classes: self.classes as u32, label_smoothing: self.label_smoothing };
        recording.dispatch(Dispatch {
            label: "softmax cross-entropy: metrics and gradient".to_owned(),
            kernel: AtOnce { gradient }.into(),
            params: bytemuck::bytes_of(&params),
            bindings: &[("x", logits), ("labels", labels), ("dlogits", dlogits), ("ring", ring)],
            invocations: 1,
        });
    }

    /// Appends `ring[slot] = (sum of the losses, number of correct answers)`; `ring` has the shape (slots, 2), and the
    /// step's record names the slot.
    pub fn metrics(self, recording: &mut Recording, row_metrics: View, ring: View) {
        recording.dispatch(Dispatch {
            label: "softmax cross-entropy: metrics".to_owned(),
            kernel: Metrics {}.into(),
            params: bytemuck::bytes_of(&MetricsParams { rows: self.rows as u32 }),
            bindings: &[("row_metrics", row_metrics), ("ring", ring)],
            invocations: 2,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_workgroup_takes_few_rows_of_no_more_classes_than_loops_have_turns_for() {
        let suits = |rows, classes| SoftmaxCrossEntropy { rows, classes, label_smoothing: 0.0 }.suits_at_once();
        assert!(suits(32, 10) && suits(1024, 100) && suits(64, 1000));
        assert!(!suits(1025, 10) && !suits(1024, 1000));
    }
}
