//! The forward pass and the gradient of the input by blocks, which own pixels of what they compute.

use super::block::{Block, Blocks, Pool};
use super::{Conv2d, Extents, subgroup, tile};
use crate::gpu::{Dispatch, Recording, View};
use crate::ops::KernelChoice;
use crate::ops::ending::{Ending, PartedSums};
use crate::ops::parts::Parts;

/// Pixels of a block whose sums an invocation holds: with 8 channels, 64 registers. Twice as many spill on lavapipe.
const PIXELS: usize = 8;

/// Rows of a block over small pictures.
const MOST_ROWS: usize = 4;

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    batch: u32,
    parameter: f32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct TiledParams {
    params: Params,
    terms_per_part: u32,
    parts: u32,
}

/// The forward pass, or the gradient of the input, by blocks. By tiles the sums come in parts where there are so few of them
/// that they would leave a GPU idle.
pub(in crate::ops) struct PixelBlock {
    op: Conv2d,
    blocks: Blocks,
    extents: Extents,
    tiles: Option<TiledSums>,
}

/// The sums by tiles.
#[derive(Clone, Copy)]
struct TiledSums {
    parts: Parts,
    /// The kernel that stores them as they are, where there are several parts.
    file: &'static str,
}

impl PixelBlock {
    /// The blocks of the forward pass that suit; `None` where only the naive kernel will do.
    pub(super) fn forward(op: Conv2d, choice: KernelChoice) -> Option<Self> {
        let blocks = || Some(Self::whole(op, op.forward_extents(), forward_per_invocation(op, choice, Pool::NONE)?));
        Self::shared_forward(op, choice).or_else(blocks)
    }

    /// Those of the kernels whose invocations share what they fetch, by subgroups or in tiles; `None` where none suits.
    pub(in crate::ops) fn shared_forward(op: Conv2d, choice: KernelChoice) -> Option<Self> {
        Self::sharing_forward(op, choice, Pool::NONE)
    }

    /// Those of the kernels that end in max pooling by windows that lie side by side; `None` where none suits.
    pub(super) fn pooled_forward(op: Conv2d, choice: KernelChoice, pool: Pool) -> Option<Self> {
        let blocks = || {
            // A faster kernel goes before one that pools too.
            let is_slower = Self::shared_forward(op, choice).is_some();
            let blocks = if is_slower { None } else { forward_per_invocation(op, choice, pool) };
            Some(Self::whole(op, op.forward_extents(), blocks?))
        };
        Self::sharing_forward(op, choice, pool).or_else(blocks)
    }

    fn sharing_forward(op: Conv2d, choice: KernelChoice, pool: Pool) -> Option<Self> {
        let subgroups = subgroup::forward(op, choice, pool).map(|blocks| Self::whole(op, op.forward_extents(), blocks));
        subgroups.or_else(|| {
            let blocks = tile::forward(op, choice, pool)?;
            Some(Self::tiled(op, op.forward_extents(), blocks, Pool::NONE.of(tile::forward_files(op))))
        })
    }

    /// The blocks of the gradient of the input that suit; `None` where only the naive kernel will do.
    pub(super) fn gradient_of_input(op: Conv2d, choice: KernelChoice) -> Option<Self> {
        let blocks = || Some(Self::whole(op, op.input_extents(), gradient_per_invocation(op, choice)?));
        Self::shared_gradient_of_input(op, choice).or_else(blocks)
    }

    /// Those of the kernels whose invocations share what they fetch, by subgroups or in tiles; `None` where none suits.
    pub(in crate::ops) fn shared_gradient_of_input(op: Conv2d, choice: KernelChoice) -> Option<Self> {
        let subgroups = subgroup::gradient_of_input(op, choice);
        let subgroups = subgroups.map(|blocks| Self::whole(op, op.input_extents(), blocks));
        subgroups.or_else(|| Self::pooled_gradient_of_input(op, choice, [1, 1]))
    }

    /// Those of the kernels that take the gradient of what max pooling by windows of `pool` pixels makes of the output, or
    /// of the output itself where that is one; `None` where none suits.
    pub(super) fn pooled_gradient_of_input(op: Conv2d, choice: KernelChoice, pool: [usize; 2]) -> Option<Self> {
        let blocks = tile::gradient_of_input(op, choice, pool)?;
        Some(Self::tiled(op, op.input_extents(), blocks, blocks.file))
    }

    fn whole(op: Conv2d, extents: Extents, blocks: Blocks) -> Self {
        Self { op, blocks, extents, tiles: None }
    }

    fn tiled(op: Conv2d, extents: Extents, blocks: Blocks, file: &'static str) -> Self {
        Self {
            tiles: Some(TiledSums { parts: tile::parts(blocks, extents), file }),
            ..Self::whole(op, extents, blocks)
        }
    }

    /// Bytes of the parts, each of the shape of what is computed; 0 for a single one.
    pub(in crate::ops) fn scratch_bytes(self) -> u64 {
        self.tiles.map_or(0, |tiles| tiles.parts.scratch_bytes())
    }

    /// Appends the pass; `label` is the op's name and pass, `sources` are what it multiplies by the kernel and what tells
    /// where that is; `scratch` as [`PixelBlock::scratch_bytes`] asks.
    pub(in crate::ops) fn record(
        self,
        recording: &mut Recording,
        label: &str,
        sources: &[(&'static str, View)],
        kernel: View,
        ending: Ending,
        scratch: Option<View>,
    ) {
        let Self { op, blocks, extents: Extents { rows, columns, .. }, tiles } = self;
        let of_pass = |file, params: &[u8], parts: usize, ending: Ending, recording: &mut Recording| {
            recording.dispatch_products(
                op.multiply_adds(),
                Dispatch {
                    label: label.to_owned(),
                    kernel: blocks.block.kernel(op, file, ending.bias().is_some(), ending.activation()),
                    params,
                    bindings: &[sources, &[("kernel", kernel)], ending.bindings(kernel).as_slice()].concat(),
                    invocations: parts * blocks.invocations,
                },
            );
        };
        let params = |ending: Ending| Params { batch: op.batch as u32, parameter: ending.activation().parameter() };
        let Some(TiledSums { parts, file }) = tiles else {
            return of_pass(blocks.file, bytemuck::bytes_of(&params(ending)), 1, ending, recording);
        };
        ending.record(recording, label, PartedSums { parts, rows, columns, scratch }, |recording, parts, ending| {
            let tiled = TiledParams {
                params: params(ending),
                terms_per_part: (parts.per_part() * tile::TERMS) as u32,
                parts: parts.count() as u32,
            };
            let file = if parts.count() > 1 { file } else { blocks.file };
            of_pass(file, bytemuck::bytes_of(&tiled), parts.count(), ending, recording);
        });
    }
}

/// The forward pass by blocks of an invocation's own.
fn forward_per_invocation(op: Conv2d, choice: KernelChoice, pool: Pool) -> Option<Blocks> {
    let (down, across) = (op.window.rows, op.window.columns);
    // Blocks hold whole windows, and so must a picture.
    let [rows, columns] = pool.window;
    if !down.output.is_multiple_of(rows) || !across.output.is_multiple_of(columns) {
        return None;
    }
    let block = Block::choose(op, choice, PIXELS, MOST_ROWS, across.output, op.output_channels, pool.window)?;
    let file = pool.of(match op.input_channels.is_multiple_of(4) {
        true => ["conv2d/forward.block", "conv2d/forward.block.pooled", "conv2d/forward.block.pooled.winners"],
        false => [
            "conv2d/forward.few_channels",
            "conv2d/forward.few_channels.pooled",
            "conv2d/forward.few_channels.pooled.winners",
        ],
    });
    let row_blocks = (op.batch * op.window.rows.output).div_ceil(block.rows);
    let column_blocks = op.window.columns.output.div_ceil(block.columns);
    let invocations = row_blocks * column_blocks * op.output_channels / (4 * block.vectors);
    Some(Blocks { file, block, invocations })
}

/// The gradient of the input by blocks of an invocation's own.
fn gradient_per_invocation(op: Conv2d, choice: KernelChoice) -> Option<Blocks> {
    if !op.output_channels.is_multiple_of(4) {
        return None;
    }
    let (down, across) = (op.window.rows, op.window.columns);
    // Whether a block's pixels lie a stride apart; otherwise side by side, the stride being 1.
    let strided = down.stride > 1 || across.stride > 1 || down.dilation > 1;
    let (most_rows, columns) =
        if strided { (1, across.input.div_ceil(across.stride)) } else { (MOST_ROWS, across.input) };
    let block = Block::choose(op, choice, PIXELS, most_rows, columns, op.input_channels, [1, 1])?;
    let (file, row_blocks) = if strided {
        let rows = down.input.div_ceil(down.stride) * down.stride;
        ("conv2d/gradient_of_input.strided", op.batch * rows * across.stride)
    } else {
        ("conv2d/gradient_of_input.block", (op.batch * down.input).div_ceil(block.rows))
    };
    let column_blocks = columns.div_ceil(block.columns);
    let invocations = row_blocks * column_blocks * op.input_channels / (4 * block.vectors);
    Some(Blocks { file, block, invocations })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::{Padding, Window};

    /// Bytes for the parts of the forward pass and the gradient of the input of a convolution by 3x3.
    fn bytes(batch: usize, input: usize, channels: [usize; 2], choice: KernelChoice) -> Option<[u64; 2]> {
        let window = Window::new([input; 2], [3; 2], [1; 2], [1; 2], Padding::Valid)?;
        let op = Conv2d { batch, window, input_channels: channels[0], output_channels: channels[1] };
        let (forward, gradient) = (PixelBlock::forward(op, choice)?, PixelBlock::gradient_of_input(op, choice)?);
        Some([forward, gradient].map(PixelBlock::scratch_bytes))
    }

    #[test]
    fn few_tiles_have_their_sums_in_parts_and_many_have_not() {
        // 8 tiles of 576 terms, and 18 of them.
        let parts = [4 * 512 * 64 * 4, 2 * 1152 * 64 * 4];
        assert_eq!(bytes(32, 6, [64, 64], KernelChoice::Tile), Some(parts));
        assert_eq!(bytes(32, 6, [64, 64], KernelChoice::Block), Some([0, 0]));
        // 32 tiles, and 50.
        assert_eq!(bytes(32, 10, [64, 64], KernelChoice::Tile), Some([0, 0]));
    }

    #[test]
    fn no_part_has_more_terms_than_the_loops_of_an_invocation_can_take() {
        let bytes = |input_channels| {
            let window = Window::new([52; 2], [1; 2], [1; 2], [1; 2], Padding::Valid)?;
            let op = Conv2d { batch: 1, window, input_channels, output_channels: 64 };
            PixelBlock::forward(op, KernelChoice::Tile).map(PixelBlock::scratch_bytes)
        };
        // Of 60,000 turns a piece of 16 terms takes 26.
        assert_eq!([2307 * 16, 2307 * 16 + 1].map(bytes), [Some(0), Some(2 * 52 * 52 * 64 * 4)]);
    }

    #[test]
    fn short_sums_have_no_parts() {
        // 8 tiles of 144 terms, and of 288.
        assert_eq!(bytes(32, 6, [16, 32], KernelChoice::Tile).map(|[forward, _]| forward), Some(0));
        assert_eq!(bytes(32, 6, [32, 64], KernelChoice::Tile).map(|[forward, _]| forward), Some(2 * 512 * 64 * 4));
    }
}
