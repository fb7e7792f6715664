//! `out[c] = sum over r of in[r, c]`: the gradient of whatever was added to every row.

use crate::gpu::{Dispatch, Recording, View, kernel};
use crate::ops::parts::{Parts, Sum};

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

    fn parts(self) -> Parts {
        let wanted = Self::INVOCATIONS.div_ceil(self.columns.max(1));
        Sum { summands: self.rows, elements: self.columns, turns_each: 1 }.in_parts(wanted, Self::ROWS_PER_PART)
    }

    /// Bytes of the scratch buffer for the parts' sums, shape (parts, columns); 0 when none is needed.
    pub fn scratch_bytes(self) -> u64 {
        self.parts().scratch_bytes()
    }

    /// Appends `out = sum of x's rows`; `scratch` as [`SumRows::scratch_bytes`] asks.
    pub fn record(self, recording: &mut Recording, label: &str, x: View, scratch: Option<View>, out: View) {
        self.parts().record(recording, label, scratch, out, |recording, parts, out| {
            self.pass(recording, label, parts, x, out);
        });
    }

    /// Appends the same in one pass, which suits few rows and many columns.
    pub(in crate::ops) fn record_whole(self, recording: &mut Recording, label: &str, x: View, out: View) {
        self.pass(recording, label, Parts::whole(self.rows, self.columns), x, out);
    }

    fn pass(self, recording: &mut Recording, label: &str, parts: Parts, x: View, out: View) {
        let params = Params {
            rows: self.rows as u32,
            columns: self.columns as u32,
            rows_per_part: parts.per_part() as u32,
            parts: parts.count() as u32,
        };
        const FOUR_COLUMNS: &str = "sum_rows/partial.four_columns";
        let by_four = self.columns.is_multiple_of(4) && recording.may_choose(FOUR_COLUMNS);
        let (file, lanes) = if by_four { (FOUR_COLUMNS, 4) } else { ("sum_rows/partial", 1) };
        recording.dispatch(Dispatch {
            label: format!("{label}: sum of rows"),
            kernel: Partial { file }.into(),
            params: bytemuck::bytes_of(&params),
            bindings: &[("x", x), ("out", out)],
            invocations: parts.count() * self.columns / lanes,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_has_more_rows_than_loops_have_turns() {
        // Columns enough for all the invocations that are wanted, so that a single part would do.
        assert_eq!(SumRows { rows: 300_000, columns: 4096 }.scratch_bytes(), 5 * 4096 * 4);
        assert_eq!(SumRows { rows: 50_000, columns: 4096 }.scratch_bytes(), 0);
    }
}
