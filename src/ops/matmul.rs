//! Matrix product: `out[i, j] = f(bias[j] + sum over l of a[i, l] * b[l, j])`; a dense layer's op.

mod transposition;

use transposition::Transposition;

use crate::gpu::{Recording, View};
use crate::ops::conv2d::{KernelBlock, PixelBlock};
use crate::ops::ending::Ending;
use crate::ops::{Activated, Activation, Conv2d, KernelChoice};
use crate::shape::{Padding, Window};

/// A matrix product. Shapes: `a` (rows, terms), `b` (terms, columns), `bias` (columns), `out` (rows, columns). For a
/// dense layer the rows are the batch, the terms its inputs and the columns its units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matmul {
    /// Rows of `a` and `out`.
    pub rows: usize,
    /// Columns of `a`, rows of `b`: the summands of an output.
    pub terms: usize,
    /// Columns of `b` and `out`.
    pub columns: usize,
}

impl Matmul {
    /// Appends the forward pass, with `bias` where there is one and `activation` in the same kernel; `scratch` as
    /// [`Matmul::forward_scratch_bytes`] asks.
    #[expect(clippy::too_many_arguments, reason = "each is one tensor or one property of the pass")]
    pub fn forward(
        self,
        recording: &mut Recording,
        choice: KernelChoice,
        a: View,
        b: View,
        bias: Option<View>,
        activation: Activation,
        scratch: Option<View>,
        out: View,
    ) {
        let ending = Ending::Forward { bias, activation, out };
        match self.forward_block(choice) {
            Some(block) => block.record(recording, "matmul: forward", &[("x", a)], b, ending, scratch),
            None => self.forward_transposition().record(recording, choice, [a, b], ending, scratch),
        }
    }

    /// Bytes of the scratch buffer that the forward pass needs; 0 when it needs none.
    pub fn forward_scratch_bytes(self, choice: KernelChoice) -> u64 {
        let transposition = self.forward_transposition();
        self.forward_block(choice).map_or_else(|| transposition.scratch_bytes(choice), PixelBlock::scratch_bytes)
    }

    /// Appends the gradient of the left factor: `da[i, l] = sum over j of dout[i, j] * b[l, j]`; where an activation made
    /// that factor, and is given, the gradient of what it was made of. `scratch` as
    /// [`Matmul::gradient_of_a_scratch_bytes`] asks.
    #[expect(clippy::too_many_arguments, reason = "each is one tensor or one property of the pass")]
    pub fn gradient_of_a(
        self,
        recording: &mut Recording,
        choice: KernelChoice,
        dout: View,
        b: View,
        activated: Option<Activated>,
        scratch: Option<View>,
        da: View,
    ) {
        let ending = Ending::Gradient { activated, dx: da };
        match self.input_block(choice) {
            Some(block) => {
                block.record(recording, "matmul: gradient of the input", &[("dout", dout)], b, ending, scratch);
            }
            None => self.gradient_of_a_transposition().record(recording, choice, [dout, b], ending, scratch),
        }
    }

    /// Bytes of the scratch buffer that the gradient of the left factor needs; 0 when it needs none.
    pub fn gradient_of_a_scratch_bytes(self, choice: KernelChoice) -> u64 {
        let transposition = self.gradient_of_a_transposition();
        self.input_block(choice).map_or_else(|| transposition.scratch_bytes(choice), PixelBlock::scratch_bytes)
    }

    /// Appends the gradient of the right factor: `db[l, j] = sum over i of a[i, l] * dout[i, j]`; `scratch` as
    /// [`Matmul::gradient_of_b_scratch_bytes`] asks.
    pub fn gradient_of_b(
        self,
        recording: &mut Recording,
        choice: KernelChoice,
        a: View,
        dout: View,
        scratch: Option<View>,
        db: View,
    ) {
        match self.kernel_block(choice) {
            Some(block) => {
                let sources = [("x", a), ("dout", dout)];
                block.record(recording, "matmul: gradient of the kernel", &sources, scratch, db);
            }
            None => {
                let ending = Ending::Gradient { activated: None, dx: db };
                self.gradient_of_b_transposition().record(recording, choice, [a, dout], ending, scratch);
            }
        }
    }

    /// Bytes of the scratch buffer that the gradient of the right factor needs; 0 when it needs none.
    pub fn gradient_of_b_scratch_bytes(self, choice: KernelChoice) -> u64 {
        let transposition = self.gradient_of_b_transposition();
        self.kernel_block(choice).map_or_else(|| transposition.scratch_bytes(choice), KernelBlock::scratch_bytes)
    }

    fn forward_transposition(self) -> Transposition {
        let Self { rows, terms, columns } = self;
        Transposition {
            label: "matmul: forward",
            blocked: "matmul/forward.block",
            terms_per_turn: 4,
            rows,
            columns,
            terms,
            a: [terms, 1],
            b: [columns, 1],
            by_four: terms.is_multiple_of(4) && columns.is_multiple_of(4),
        }
    }

    fn gradient_of_a_transposition(self) -> Transposition {
        let Self { rows, terms, columns } = self;
        Transposition {
            label: "matmul: gradient of the input",
            blocked: "matmul/gradient_of_a.block",
            terms_per_turn: 4,
            rows,
            columns: terms,
            terms: columns,
            a: [columns, 1],
            b: [1, columns],
            by_four: terms.is_multiple_of(4) && columns.is_multiple_of(4),
        }
    }

    fn gradient_of_b_transposition(self) -> Transposition {
        let Self { rows, terms, columns } = self;
        Transposition {
            label: "matmul: gradient of the kernel",
            blocked: "matmul/gradient_of_b.block",
            terms_per_turn: 1,
            rows: terms,
            columns,
            terms: rows,
            a: [1, terms],
            b: [columns, 1],
            by_four: terms.is_multiple_of(4) && columns.is_multiple_of(4),
        }
    }

    fn forward_block(self, choice: KernelChoice) -> Option<PixelBlock> {
        self.as_conv2d().and_then(|op| PixelBlock::shared_forward(op, choice))
    }

    fn input_block(self, choice: KernelChoice) -> Option<PixelBlock> {
        self.as_conv2d().and_then(|op| PixelBlock::shared_gradient_of_input(op, choice))
    }

    fn kernel_block(self, choice: KernelChoice) -> Option<KernelBlock> {
        self.as_conv2d().and_then(|op| KernelBlock::shared(op, choice))
    }

    /// The same product as a convolution by a window of one pixel, whose pixels are the rows: what subgroups and tiles share
    /// is the same. The rows stand in pictures of one row, as wide as a block where they can be divided so.
    fn as_conv2d(self) -> Option<Conv2d> {
        let across = (16..=32).rev().find(|width| self.rows.is_multiple_of(*width)).unwrap_or(self.rows);
        let window = Window::new([1, across], [1; 2], [1; 2], [1; 2], Padding::Valid)?;
        let (input_channels, output_channels) = (self.terms, self.columns);
        Some(Conv2d { batch: self.rows / across, window, input_channels, output_channels })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_few_rows_have_their_sums_in_parts_and_those_of_many_have_not() {
        let bytes = |rows, terms, choice| Matmul { rows, terms, columns: 20 }.forward_scratch_bytes(choice);
        // On a GPU.
        assert_eq!(bytes(32, 1024, KernelChoice::Tile), 16 * 32 * 20 * 4);
        assert_eq!(bytes(4096, 1024, KernelChoice::Tile), 0);
        assert_eq!([124, 128].map(|terms| bytes(32, terms, KernelChoice::Tile)), [0, 2 * 32 * 20 * 4]);
        // By other choices sums stay whole.
        assert_eq!([KernelChoice::Block, KernelChoice::Naive].map(|choice| bytes(32, 1024, choice)), [0, 0]);
    }

    #[test]
    fn no_part_has_more_terms_than_the_loops_of_an_invocation_can_take() {
        let long = Matmul { rows: 4096, terms: 240_000, columns: 64 };
        assert_eq!(long.forward_scratch_bytes(KernelChoice::Block), 0);
        let longer = Matmul { terms: 240_004, ..long };
        assert_eq!(longer.forward_scratch_bytes(KernelChoice::Block), 2 * 4096 * 64 * 4);
        let many_rows = Matmul { rows: 60_001, terms: 4096, columns: 20 };
        assert_eq!(many_rows.gradient_of_b_scratch_bytes(KernelChoice::Block), 2 * 4096 * 20 * 4);
    }
}
