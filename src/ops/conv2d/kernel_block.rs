//! The gradient of the kernel by blocks, in parts that are added in order.

use super::block::{Block, Blocks};
use super::{Conv2d, subgroup, tile};
use crate::gpu::{Dispatch, Recording, View};
use crate::ops::{Activation, ELEMENT_BYTES, KernelChoice, SumRows};

/// Pixels of a row that the gradient of the kernel reads at a time; its sums do not grow with them.
const PIXELS_READ: usize = 16;

/// The gradient of the kernel by blocks, its long sum split into parts that are added in order.
pub(in crate::ops) struct KernelBlock {
    op: Conv2d,
    blocks: Blocks,
    rows_per_part: usize,
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
            Some(Self::parted(op, blocks?, Self::INVOCATIONS, Self::ROWS_PER_PART))
        };
        Self::sharing(op, choice, pool).or_else(blocks)
    }

    fn sharing(op: Conv2d, choice: KernelChoice, pool: [usize; 2]) -> Option<Self> {
        if let Some(blocks) = subgroup::gradient_of_kernel(op, choice, pool) {
            let parted = Self::parted(op, blocks, Self::SUBGROUP_INVOCATIONS, Self::ROWS_PER_PART);
            // Whole windows of the largest pooling, so that the parts, and with them the bits, are the same without one.
            let rows_per_part = parted.rows_per_part.next_multiple_of(subgroup::LARGEST_POOL);
            return Some(Self { rows_per_part, ..parted });
        }
        let fewest = Self::TERMS_PER_PART.div_ceil(op.window.columns.output);
        Some(Self::parted(op, tile::gradient_of_kernel(op, choice, pool)?, Self::TILE_INVOCATIONS, fewest))
    }

    /// In as many parts as have at least `wanted` invocations together, none of fewer than `fewest` rows of the output.
    fn parted(op: Conv2d, blocks: Blocks, wanted: usize, fewest: usize) -> Self {
        let rows = op.batch * op.window.rows.output;
        let rows_per_part = rows.div_ceil(wanted.div_ceil(blocks.invocations)).max(fewest);
        Self { op, blocks, rows_per_part }
    }

    fn per_invocation(op: Conv2d, choice: KernelChoice, pool: [usize; 2]) -> Option<Blocks> {
        // Blocks are of one row, and hold whole windows across.
        let (columns, whole) = (op.window.columns.output, [1, pool[1]]);
        let block = Block::choose(op, choice, PIXELS_READ, 1, columns, op.output_channels, whole)?;
        let channels = [4, 3, 2, 1].into_iter().find(|c| op.input_channels.is_multiple_of(*c))?;
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

    fn parts(&self) -> usize {
        (self.op.batch * self.op.window.rows.output).div_ceil(self.rows_per_part)
    }

    /// The sum of the parts, which are few enough to be added by one invocation per element.
    fn sum(&self) -> SumRows {
        SumRows { rows: self.parts(), columns: self.op.kernel_elements() }
    }

    /// Bytes of the parts, shape (parts, kernel elements); 0 for a single part.
    pub(in crate::ops) fn scratch_bytes(self) -> u64 {
        if self.parts() > 1 { (self.parts() * self.op.kernel_elements()) as u64 * ELEMENT_BYTES } else { 0 }
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
        let (op, blocks, parts) = (self.op, self.blocks, self.parts());
        let parts_out = scratch.filter(|_| parts > 1);
        let rows_per_part = if parts_out.is_some() { self.rows_per_part } else { op.batch * op.window.rows.output };
        let parts = if parts_out.is_some() { parts } else { 1 };
        let params = [op.batch as u32, rows_per_part as u32, parts as u32];
        recording.dispatch_products(
            op.multiply_adds(),
            Dispatch {
                label: label.to_owned(),
                kernel: blocks.block.kernel(op, blocks.file, false, Activation::Linear),
                params: bytemuck::bytes_of(&params),
                bindings: &[sources, &[("sums_out", parts_out.unwrap_or(dkernel))]].concat(),
                invocations: parts * blocks.invocations,
            },
        );
        if let Some(parts_out) = parts_out {
            self.sum().record_whole(recording, label, parts_out, dkernel);
        }
    }
}
