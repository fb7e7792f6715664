//! Sums over many rows, cut into parts that are added in their order.

use super::{ELEMENT_BYTES, SumRows};
use crate::gpu::{Recording, View};

/// Turns that an invocation's loops may take, all of them together. Mesa's drivers that compute on the CPU end every loop
/// after 65,535 turns of all loops of the invocation, without a word: longer sums would be wrong.
pub(in crate::ops) const MOST_TURNS: usize = 60_000;

/// A sum over `rows`, of as many `elements` as the result has, in parts of neighbouring rows. The parts follow from the
/// shape alone and are added in their order: the result has the same bits every time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ops) struct Parts {
    rows: usize,
    rows_per_part: usize,
    elements: usize,
}

impl Parts {
    /// In as many parts as are `wanted`, none of fewer than `fewest` rows but the last, and none of so many that an
    /// invocation's loops, which turn `turns` times for a row, end before it does.
    pub(in crate::ops) fn new(rows: usize, elements: usize, wanted: usize, fewest: usize, turns: usize) -> Self {
        let most = (MOST_TURNS / turns.max(1)).max(1);
        let rows_per_part = rows.div_ceil(wanted.max(1)).max(fewest).clamp(1, most);
        Self { rows, rows_per_part, elements }
    }

    /// As few parts as an invocation's loops can take.
    pub(in crate::ops) fn fewest(rows: usize, elements: usize, turns: usize) -> Self {
        Self::new(rows, elements, 1, 1, turns)
    }

    /// The same in parts of whole `rows`, which are few.
    pub(in crate::ops) fn of_whole(self, rows: usize) -> Self {
        Self { rows_per_part: self.rows_per_part.next_multiple_of(rows), ..self }
    }

    /// How many parts there are.
    pub(in crate::ops) fn count(self) -> usize {
        self.rows.div_ceil(self.rows_per_part)
    }

    /// Bytes of the parts, shape (parts, elements); 0 for a single part.
    pub(in crate::ops) fn scratch_bytes(self) -> u64 {
        if self.count() > 1 { (self.count() * self.elements) as u64 * ELEMENT_BYTES } else { 0 }
    }

    /// Appends `pass`, which sums so many rows into each part of a tensor, and the sum of the parts; `scratch` as
    /// [`Parts::scratch_bytes`] asks.
    pub(in crate::ops) fn record(
        self,
        recording: &mut Recording,
        label: &str,
        scratch: Option<View>,
        out: View,
        pass: impl FnOnce(&mut Recording, usize, View),
    ) {
        match scratch.filter(|_| self.count() > 1) {
            Some(scratch) => {
                pass(recording, self.rows_per_part, scratch);
                // They are few enough to be added by one invocation for each element.
                let sum = SumRows { rows: self.count(), columns: self.elements };
                sum.record_whole(recording, label, scratch, out);
            }
            None => pass(recording, self.rows, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_parts_as_are_wanted_where_none_gets_too_few_or_too_many_rows() {
        assert_eq!(Parts::new(100, 1, 10, 1, 1).count(), 10);
        assert_eq!(Parts::new(100, 1, 10, 50, 1).count(), 2);
        assert_eq!(Parts::new(200_000, 1, 1, 1, 1).count(), 4);
        assert_eq!(Parts::fewest(3_000, 1, 40).count(), 2);
    }

    #[test]
    fn a_row_that_is_too_long_is_a_part() {
        assert_eq!(Parts::fewest(3, 5, 100_000).count(), 3);
        assert_eq!(Parts::fewest(3, 5, 100_000).scratch_bytes(), 60);
    }

    #[test]
    fn a_single_part_needs_no_scratch() {
        assert_eq!(Parts::fewest(3, 5, 1).scratch_bytes(), 0);
    }
}
