//! The gradient of the kernel by blocks, in parts that are added in order.

use super::block::{Block, Blocks};
use super::{Conv2d, subgroup, tile};
use crate::gpu::{Dispatch, Recording, View};
use crate::ops::parts::{Parts, Sum};
use crate::ops::{Activation, KernelChoice};

/// Pixels of a row that the gradient of the kernel reads at a time. Its sums do not grow with them, but its text does, and
/// the time to compile it.
const PIXELS_READ: usize = 8;

/// The same where the input's channels do not come by four: half as many are faster there.
const PIXELS_READ_OF_FEW: usize = 4;

/// The gradient of the kernel by blocks, its long sum split into parts that are added in order.
pub(in crate::ops) struct KernelBlock {
    op: Conv2d,
    blocks: Blocks,
    parts: Parts,
}

impl KernelBlock {
    /// Invocations that the pass should have at least, where there are rows enough.
    const INVOCATIONS: usize = 4096;
    /// The same where subgroups work together: each of them does eight times as much.
    const SUBGROUP_INVOCATIONS: usize = 1536;
    /// The same where workgroups do: two for each of many processors.
    const TILE_INVOCATIONS: usize = 8192;
    /// Rows of the output that a part should have at least.
    const ROWS_PER_PART: usize = 8;
    /// Pixels of it that a part of tiles should have at least: as many as a tile has rows, so that what a part fetches
    /// comes to twice what it stores.
    const TERMS_PER_PART: usize = 64;

    /// The blocks that suit; `None` where only the naive kernel will do.
    pub(super) fn choose(op: Conv2d, choice: KernelChoice) -> Option<Self> {
        Self::pooled(op, choice, [1, 1])
    }

    /// Those of the kernels whose invocations share what they fetch, by subgroups or in tiles; `None` where none suits.
    pub(in crate::ops) fn shared(op: Conv2d, choice: KernelChoice) -> Option<Self> {
        Self::sharing(op, choice, [1, 1])
    }

    /// Those of the kernels that take the gradient of what max pooling by windows of `pool` pixels makes of the output, or
    /// of the output itself where that is one; `None` where none suits.
    pub(super) fn pooled(op: Conv2d, choice: KernelChoice, pool: [usize; 2]) -> Option<Self> {
        let blocks = || {
            // A faster kernel goes before one that begins with the pooling.
            let blocks = if Self::shared(op, choice).is_some() { None } else { Self::per_invocation(op, choice, pool) };
            let blocks = blocks?;
            // For a row, for each block of it, and for each tap's channels and the turn in which their loop ends, which a
            // driver may leave a loop.
            let turns_per_block = 1 + op.window.columns.window * (blocks.block.channels + 1);
            let turns = 1 + op.window.columns.output.div_ceil(blocks.block.columns) * turns_per_block;
            Some(Self::parted(op, blocks, Self::INVOCATIONS, Self::ROWS_PER_PART, turns))
        };
        Self::sharing(op, choice, pool).or_else(blocks)
    }

    fn sharing(op: Conv2d, choice: KernelChoice, pool: [usize; 2]) -> Option<Self> {
        if let Some(blocks) = subgroup::gradient_of_kernel(op, choice, pool) {
            // For each block of a row one of each of the three loops that lie in each other; its taps are written out.
            let turns = 3 * op.window.columns.output.div_ceil(blocks.block.columns);
            let parted = Self::parted(op, blocks, Self::SUBGROUP_INVOCATIONS, Self::ROWS_PER_PART, turns);
            // Whole windows of the largest pooling, so that the parts, and with them the bits, are the same without one.
            return Some(Self { parts: parted.parts.of_multiples(subgroup::LARGEST_POOL), ..parted });
        }
        let fewest = Self::TERMS_PER_PART.div_ceil(op.window.columns.output);
        let blocks = tile::gradient_of_kernel(op, choice, pool)?;
        let turns = op.window.columns.output.div_ceil(tile::TERMS) * tile::TURNS;
        Some(Self::parted(op, blocks, Self::TILE_INVOCATIONS, fewest, turns))
    }

    /// In as many parts as have at least `wanted` invocations together, none of fewer than `fewest` rows of the output, nor
    /// of more than an invocation's loops can take, which turn `turns_each` times for each.
    fn parted(op: Conv2d, blocks: Blocks, wanted: usize, fewest: usize, turns_each: usize) -> Self {
        let wanted = wanted.div_ceil(blocks.invocations);
        let sum = Sum { summands: op.output_rows(), elements: op.kernel_elements(), turns_each };
        Self { op, blocks, parts: sum.in_parts(wanted, fewest) }
    }

    fn per_invocation(op: Conv2d, choice: KernelChoice, pool: [usize; 2]) -> Option<Blocks> {
        // Blocks are of one row, and hold whole windows across.
        let (columns, whole) = (op.window.columns.output, [1, pool[1]]);
        let channels = [4, 3, 2, 1].into_iter().find(|c| op.input_channels.is_multiple_of(*c))?;
        let pixels = if channels == 4 { PIXELS_READ } else { PIXELS_READ_OF_FEW };
        let block = Block::choose(op, choice, pixels.max(pool[1]), 1, columns, op.output_channels, whole)?;
        let block = Block { channels, pool, ..block };
        let file = match (channels, pool) {
            (4, [1, 1]) => "conv2d/gradient_of_kernel.block",
            (4, _) => "conv2d/gradient_of_kernel.block.pooled",
            (_, [1, 1]) => "conv2d/gradient_of_kernel.few_channels",
            _ => "conv2d/gradient_of_kernel.few_channels.pooled",
        };
        let invocations =
            op.window.rows.window * (op.input_channels / channels) * (op.output_channels / (4 * block.vectors));
        Some(Blocks { file, block, invocations })
    }

    /// Bytes of the parts, shape (parts, kernel elements); 0 for a single part.
    pub(in crate::ops) fn scratch_bytes(self) -> u64 {
        self.parts.scratch_bytes()
    }

    /// Appends the pass; `label` is the op's name and pass, `sources` are `x`, `dout` and what else it reads.
    pub(in crate::ops) fn record(
        self,
        recording: &mut Recording,
        label: &str,
        sources: &[(&'static str, View)],
        scratch: Option<View>,
        dkernel: View,
    ) {
        let (op, blocks) = (self.op, self.blocks);
        self.parts.record(recording, label, scratch, dkernel, |recording, parts, out| {
            let params = [op.batch as u32, parts.per_part() as u32, parts.count() as u32];
            recording.dispatch_products(
                op.multiply_adds(),
                Dispatch {
                    label: label.to_owned(),
                    kernel: blocks.block.kernel(op, blocks.file, false, Activation::Linear),
                    params: bytemuck::bytes_of(&params),
                    bindings: &[sources, &[("sums_out", out)]].concat(),
                    invocations: parts.count() * blocks.invocations,
                },
            );
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::{Padding, Window};

    #[test]
    fn many_rows_come_in_parts_that_the_loops_of_an_invocation_can_take() {
        // Invocations enough in a single part, and rows of which each is a block of one pixel.
        let window = Window::new([4, 1], [1, 7], [1; 2], [1; 2], Padding::Same);
        let op = window.map(|window| Conv2d { batch: 20_000, window, input_channels: 256, output_channels: 256 });
        let rows = |choice| {
            let block = op.and_then(|op| KernelBlock::choose(op, choice));
            block.map(|block| block.parts.per_part())
        };
        // Of 60,000 turns a row takes 37, three and 26.
        assert_eq!(rows(KernelChoice::Block), Some(1_621));
        assert_eq!(rows(KernelChoice::Subgroup), Some(20_000));
        assert_eq!(rows(KernelChoice::Tile), Some(2_307));
    }
}
