//! Long sums, cut into parts that are added in their order.

use super::{ELEMENT_BYTES, SumRows};
use crate::gpu::{Recording, View};

/// Turns that an invocation's loops may take, all of them together. Mesa's drivers that compute on the CPU end every loop
/// after 65,535 turns of all loops of the invocation, without a word: longer sums would be wrong. What is left of them is
/// for the turns in which loops end, and for those that are not counted. Loops over a small array of an invocation's own
/// are not, since Mesa unrolls them, but where their text is long.
pub(in crate::ops) const MOST_TURNS: usize = 60_000;

/// A sum over what its parts have whole ones of: rows of a matrix or of pictures, or pieces of so many terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ops) struct Sum {
    pub(in crate::ops) summands: usize,
    /// Elements of the result, a sum each.
    pub(in crate::ops) elements: usize,
    /// Turns that an invocation's loops take for a summand, at most.
    pub(in crate::ops) turns_each: usize,
}

impl Sum {
    /// In as many parts as are `wanted`, none of fewer than `fewest` summands but the last, and none of so many that the loops
    /// of an invocation end before it does.
    pub(in crate::ops) fn in_parts(self, wanted: usize, fewest: usize) -> Parts {
        let most = (MOST_TURNS / self.turns_each.max(1)).max(1);
        let per_part = self.summands.div_ceil(wanted.max(1)).max(fewest).clamp(1, most);
        Parts { summands: self.summands, per_part, elements: self.elements }
    }

    /// In as few parts as the loops of an invocation can take.
    pub(in crate::ops) fn in_fewest_parts(self) -> Parts {
        self.in_parts(1, 1)
    }
}

/// A sum in parts of neighbouring summands. The parts follow from the shape alone and are added in their order: the result has
/// the same bits every time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ops) struct Parts {
    summands: usize,
    per_part: usize,
    elements: usize,
}

impl Parts {
    /// All summands in one part.
    pub(in crate::ops) fn whole(summands: usize, elements: usize) -> Self {
        Self { summands, per_part: summands.max(1), elements }
    }

    /// The same in parts of whole groups of summands, so up to `group - 1` more, which [`MOST_TURNS`] leaves room for.
    pub(in crate::ops) fn of_multiples(self, group: usize) -> Self {
        Self { per_part: self.per_part.next_multiple_of(group), ..self }
    }

    /// The same summands in one part.
    pub(in crate::ops) fn as_one(self) -> Self {
        Self::whole(self.summands, self.elements)
    }

    /// How many summands a part has; the last one may have fewer.
    pub(in crate::ops) fn per_part(self) -> usize {
        self.per_part
    }

    /// How many parts there are.
    pub(in crate::ops) fn count(self) -> usize {
        self.summands.div_ceil(self.per_part)
    }

    /// Bytes of the parts, shape (parts, elements); 0 for a single part.
    pub(in crate::ops) fn scratch_bytes(self) -> u64 {
        if self.count() > 1 { (self.count() * self.elements) as u64 * ELEMENT_BYTES } else { 0 }
    }

    /// Appends `pass`, which sums the summands of each of the parts that it is given into a tensor, and the sum of the parts;
    /// `scratch` as [`Parts::scratch_bytes`] asks. Without it all summands are one part, whose loops may end too early.
    pub(in crate::ops) fn record(
        self,
        recording: &mut Recording,
        label: &str,
        scratch: Option<View>,
        out: View,
        pass: impl FnOnce(&mut Recording, Parts, View),
    ) {
        match scratch.filter(|_| self.count() > 1) {
            Some(scratch) => {
                pass(recording, self, scratch);
                // They are few enough to be added by one invocation for each element.
                let sum = SumRows { rows: self.count(), columns: self.elements };
                sum.record_whole(recording, label, scratch, out);
            }
            None => pass(recording, self.as_one(), out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(summands: usize, turns_each: usize) -> Sum {
        Sum { summands, elements: 5, turns_each }
    }

    #[test]
    fn there_are_as_many_parts_as_are_wanted_where_none_gets_too_few_or_too_many_summands() {
        assert_eq!(sum(100, 1).in_parts(10, 1).count(), 10);
        assert_eq!(sum(100, 1).in_parts(10, 50).count(), 2);
        assert_eq!(sum(200_000, 1).in_parts(1, 1).count(), 4);
        assert_eq!(sum(3_000, 40).in_fewest_parts().count(), 2);
    }

    #[test]
    fn a_summand_that_is_too_long_is_a_part() {
        assert_eq!(sum(3, 100_000).in_fewest_parts().count(), 3);
        assert_eq!(sum(3, 100_000).in_fewest_parts().scratch_bytes(), 60);
    }

    #[test]
    fn a_single_part_needs_no_scratch() {
        assert_eq!(sum(3, 1).in_fewest_parts().scratch_bytes(), 0);
    }

    #[test]
    fn parts_of_multiples_have_the_next_one() {
        assert_eq!(sum(10, 1).in_parts(2, 1).of_multiples(2).per_part(), 6);
    }
}
