//! `out[i, j] = f(bias[j] + sum over p of sums[p, i, j])`: the second step of a product whose sums were cut into parts.

use super::ending::Ending;
use super::{Activated, Activation};
use crate::gpu::{Dispatch, Recording, View, kernel};

kernel! {
    /// A row of one column per invocation, or of four; four rows of them where they are pooled.
    struct Kernel([file]) { columns: u32, bias: bool, activation: u32 }
}

/// Neighbouring rows that max pooling makes one, as `shaders/common/pool_four_rows.wgsl` says: pixels of a window, for tiles
/// too.
pub(crate) const POOLED_ROWS: usize = 4;

/// The sum of the parts of a product's sums, each in its order, so that the result has the same bits every time; and what
/// would have stood at the end of the product's kernel. `sums` has the shape (parts, rows, columns).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SumParts {
    /// How many parts there are.
    pub parts: usize,
    /// Rows of the product.
    pub rows: usize,
    /// Columns of the product.
    pub columns: usize,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    rows: u32,
    parts: u32,
    parameter: f32,
}

impl SumParts {
    /// Appends `out[i, j] = f(bias[j] + sum)`, of shape (rows, columns).
    pub fn forward(self, recording: &mut Recording, sums: View, bias: Option<View>, activation: Activation, out: View) {
        self.record(recording, "sum_parts: forward", sums, Ending::Forward { bias, activation, out });
    }

    /// Appends the same with max pooling by windows of four rows: `out[i, j] = max over k < 4 of f(bias[j] + sum of row
    /// 4 i + k)`, and in `winners` the first such k; both of shape (rows / 4, columns), with whole windows only.
    pub fn forward_pooled(
        self,
        recording: &mut Recording,
        sums: View,
        bias: Option<View>,
        activation: Activation,
        out: View,
        winners: Option<View>,
    ) {
        self.record(recording, "sum_parts: forward", sums, Ending::Pooled { bias, activation, out, winners });
    }

    /// Appends the gradient through the activation that made a product's input, from the sum, the gradient of that input:
    /// `dx = f'(x) * sum`, of shape (rows, columns). The sum alone is [`SumRows`](super::SumRows)'.
    pub fn gradient(self, recording: &mut Recording, sums: View, activated: Activated, dx: View) {
        let activated = Some(activated);
        self.record(recording, "sum_parts: gradient", sums, Ending::Gradient { activated, dx });
    }

    /// Appends the sum with this ending; `label` is the product's.
    pub(in crate::ops) fn record(self, recording: &mut Recording, label: &str, sums: View, ending: Ending) {
        let Self { parts, rows, columns } = self;
        let [one_column, four_columns] = match ending {
            Ending::Forward { .. } => ["sum_parts/forward", "sum_parts/forward.four_columns"],
            Ending::Pooled { winners: None, .. } => {
                ["sum_parts/forward.pooled", "sum_parts/forward.pooled.four_columns"]
            }
            Ending::Pooled { winners: Some(_), .. } => {
                ["sum_parts/forward.pooled.winners", "sum_parts/forward.pooled.winners.four_columns"]
            }
            Ending::Gradient { .. } => ["sum_parts/gradient", "sum_parts/gradient.four_columns"],
        };
        let by_four = columns.is_multiple_of(4) && recording.may_choose(four_columns);
        let (file, lanes) = if by_four { (four_columns, 4) } else { (one_column, 1) };
        let stored_rows = if matches!(ending, Ending::Pooled { .. }) { rows / POOLED_ROWS } else { rows };
        let (bias, activation) = (ending.bias().is_some(), ending.activation());
        let params = Params { rows: rows as u32, parts: parts as u32, parameter: activation.parameter() };
        recording.dispatch(Dispatch {
            label: format!("{label}: sum of parts"),
            kernel: Kernel { file, columns: columns as u32, bias, activation: activation.number() }.into(),
            params: bytemuck::bytes_of(&params),
            bindings: &[&[("sums", sums)], ending.bindings(sums).as_slice()].concat(),
            invocations: stored_rows * (columns / lanes),
        });
    }
}
