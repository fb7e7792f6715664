//! `out[c] = sum over r of in[r, c]`: the gradient of whatever was added to every row.

use crate::gpu::{Dispatch, Recording, View, kernel};
use crate::ops::ELEMENT_BYTES;
use crate::ops::parts::MOST_TURNS;

kernel! {
    /// A part of the rows of one column per invocation, or of four columns.
    struct Partial([file]) {}
}

/// The sum over the rows of a matrix of shape (rows, columns).
///
/// Few columns cannot fill a GPU, so the rows are summed in `parts` first, and the parts then, each in its order: the
/// result has the same bits every time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SumRows {
    /// The number of rows.
    pub rows: usize,
    /// The number of columns.
    pub columns: usize,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    rows: u32,
    columns: u32,
    rows_per_part: u32,
    parts: u32,
}

impl SumRows {
    /// Invocations that the first pass should have at least, where there are rows enough.
    const INVOCATIONS: usize = 4096;
    /// Rows that a part should have at least.
    const ROWS_PER_PART: usize = 32;

    fn rows_per_part(self) -> usize {
        let wanted_parts = Self::INVOCATIONS.div_ceil(self.columns.max(1));
        self.rows.div_ceil(wanted_parts).clamp(Self::ROWS_PER_PART, MOST_TURNS)
    }

    fn parts(self) -> usize {
        self.rows.div_ceil(self.rows_per_part())
    }

    /// Bytes of the scratch buffer for the parts' sums, shape (parts, columns); 0 when none is needed.
    pub fn scratch_bytes(self) -> u64 {
        if self.parts() > 1 { (self.parts() * self.columns) as u64 * ELEMENT_BYTES } else { 0 }
    }

    /// Appends `out = sum of x's rows`; `scratch` as [`SumRows::scratch_bytes`] asks.
    pub fn record(self, recording: &mut Recording, label: &str, x: View, scratch: Option<View>, out: View) {
        let parts = self.parts();
        match scratch.filter(|_| parts > 1) {
            Some(scratch) => {
                self.pass(recording, label, self.rows_per_part(), x, scratch);
                Self { rows: parts, columns: self.columns }.record_whole(recording, label, scratch, out);
            }
            None => self.record_whole(recording, label, x, out),
        }
    }

    /// Appends the same in one pass, which suits few rows and many columns.
    pub fn record_whole(self, recording: &mut Recording, label: &str, x: View, out: View) {
        self.pass(recording, label, self.rows, x, out);
    }

    fn pass(self, recording: &mut Recording, label: &str, rows_per_part: usize, x: View, out: View) {
        let parts = self.rows.div_ceil(rows_per_part);
        let params = Params {
            rows: self.rows as u32,
            columns: self.columns as u32,
            rows_per_part: rows_per_part as u32,
            parts: parts as u32,
        };
        const FOUR_COLUMNS: &str = "sum_rows/partial.four_columns";
        let by_four = self.columns.is_multiple_of(4) && recording.may_choose(FOUR_COLUMNS);
        let (file, lanes) = if by_four { (FOUR_COLUMNS, 4) } else { ("sum_rows/partial", 1) };
        recording.dispatch(Dispatch {
            label: format!("{label}: sum of rows"),
            kernel: Partial { file }.into(),
            params: bytemuck::bytes_of(&params),
            bindings: &[("x", x), ("out", out)],
            invocations: parts * self.columns / lanes,
        });
    }
}
