//! The tiled kernels: a pass as a matrix product, of which a workgroup owns a tile and brings both operands into its memory.
//! For GPUs, where that memory costs a fraction of the other.

use super::block::{Block, Blocks, Pool};
use super::{Conv2d, Extents};
use crate::gpu::WORKGROUP_SIZE;
use crate::ops::parts::{Parts, Sum};
use crate::ops::{KernelChoice, POOLED_ROWS};

/// Rows and columns of a tile: for each invocation of a workgroup 8 by 8. The square one fetches fewest bytes per product.
const TILES: [[usize; 2]; 2] = [[64, 64], [128, 32]];

/// Terms that stand in workgroup memory at a time, four times `FOURS` of `shaders/common/tile.wgsl`.
pub(super) const TERMS: usize = 16;

/// Turns of an invocation's loops for so many terms, where a driver unrolls none: one for all, five to multiply four times
/// four terms, thirteen and seven to fetch two pieces of the left operand and one of the right by four rows, with those in
/// which the loops end.
pub(super) const TURNS: usize = 26;

/// Workgroups that a GPU runs at a time, for which few tiles have their sums in parts: one for each of so many processors,
/// so that all parts are done in a single round.
const WORKGROUPS: usize = 40;

/// Terms that a part of such sums has at least, but the last: a second processor then saves 1.6 times what it takes to
/// write the parts and to read them (`docs/performance.md`, by count); the rest is for the dispatch that adds them.
const TERMS_PER_PART: usize = 128;

/// Of the products of a gradient of the input only one in so many is of a pixel that looks, where these lie a stride
/// apart. With more of them left out, blocks that leave them out take fewer loads.
const MOST_STRIDES: usize = 4;

/// The tiles of a product, of which fewest cover it, with max pooling by windows of `pool` pixels at its end or before
/// it; `None` where it does not fill one.
fn over(
    file: &'static str,
    choice: KernelChoice,
    Extents { rows, columns, terms }: Extents,
    pool: [usize; 2],
) -> Option<Blocks> {
    if choice != KernelChoice::Tile || terms < TERMS {
        return None;
    }
    let tiles = |tile: &[usize; 2]| rows.div_ceil(tile[0]) * columns.div_ceil(tile[1]);
    let tile = TILES.into_iter().filter(|tile| rows >= tile[0] && columns >= tile[1]).min_by_key(tiles)?;
    let block = Block { images: 1, rows: tile[0], columns: tile[1], channels: 1, vectors: 1, pool };
    Some(Blocks { file, block, invocations: tiles(&tile) * WORKGROUP_SIZE as usize })
}

/// The parts of the sums of a product in these tiles, over the pieces of [`TERMS`] terms that it is made of.
pub(super) fn parts(blocks: Blocks, Extents { rows, columns, terms }: Extents) -> Parts {
    let tiles = blocks.invocations / WORKGROUP_SIZE as usize;
    let wanted = (WORKGROUPS / tiles).min(terms / TERMS_PER_PART);
    Sum { summands: terms.div_ceil(TERMS), elements: rows * columns, turns_each: TURNS }.in_parts(wanted, 1)
}

/// The kernels of the forward pass by tiles: without pooling, with it, and with its winners.
pub(super) fn forward_files(op: Conv2d) -> [&'static str; 3] {
    match (op.input_channels.is_multiple_of(4), op.output_channels.is_multiple_of(4)) {
        (true, true) => ["conv2d/forward.tile", "conv2d/forward.tile.pooled", "conv2d/forward.tile.pooled.winners"],
        (false, true) => [
            "conv2d/forward.tile.few_channels",
            "conv2d/forward.tile.few_channels.pooled",
            "conv2d/forward.tile.few_channels.pooled.winners",
        ],
        (_, false) => [
            "conv2d/forward.tile.any_channels",
            "conv2d/forward.tile.any_channels.pooled",
            "conv2d/forward.tile.any_channels.pooled.winners",
        ],
    }
}

/// The forward pass by tiles, with `pool` at its end; `None` where they do not suit.
pub(super) fn forward(op: Conv2d, choice: KernelChoice, pool: Pool) -> Option<Blocks> {
    if pool != Pool::NONE && pool.window[0] * pool.window[1] != POOLED_ROWS {
        return None;
    }
    over(pool.of(forward_files(op)), choice, op.forward_extents(), pool.window)
}

/// The gradient of the input by tiles, from the gradient of what max pooling by windows of `pool` pixels makes of the
/// output where that is more than one; `None` where they do not suit.
pub(super) fn gradient_of_input(op: Conv2d, choice: KernelChoice, pool: [usize; 2]) -> Option<Blocks> {
    if op.window.rows.stride * op.window.columns.stride > MOST_STRIDES {
        return None;
    }
    let file = match (by_four(op), pool) {
        (true, [1, 1]) => "conv2d/gradient_of_input.tile",
        (true, _) => "conv2d/gradient_of_input.tile.pooled",
        (false, [1, 1]) => "conv2d/gradient_of_input.tile.any_channels",
        (false, _) => "conv2d/gradient_of_input.tile.any_channels.pooled",
    };
    over(file, choice, op.input_extents(), pool)
}

/// The gradient of the kernel by tiles, from the gradient of what max pooling by windows of `pool` pixels makes of the
/// output where that is more than one; `None` where they do not suit.
pub(super) fn gradient_of_kernel(op: Conv2d, choice: KernelChoice, pool: [usize; 2]) -> Option<Blocks> {
    let file = match (by_four(op), pool) {
        (true, [1, 1]) => "conv2d/gradient_of_kernel.tile",
        (true, _) => "conv2d/gradient_of_kernel.tile.pooled",
        (false, [1, 1]) => "conv2d/gradient_of_kernel.tile.any_channels",
        (false, _) => "conv2d/gradient_of_kernel.tile.any_channels.pooled",
    };
    let Extents { rows: terms, columns, terms: rows } = op.forward_extents();
    over(file, choice, Extents { rows, columns, terms }, pool)
}

fn by_four(op: Conv2d) -> bool {
    op.input_channels.is_multiple_of(4) && op.output_channels.is_multiple_of(4)
}
