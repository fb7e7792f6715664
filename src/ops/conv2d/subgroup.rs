//! The subgroup kernels: the lanes of a subgroup own a block together and share what they fetch.

use super::Conv2d;
use super::block::{Block, Blocks};
use crate::ops::KernelChoice;
use crate::ops::choice::SUBGROUP_SIZE;

const LANES: usize = SUBGROUP_SIZE as usize;

/// Segments of a block, each of as many pixels as there are lanes: the kernels write out so many.
const SEGMENTS: usize = 8;

/// Groups of sums of the gradient of the kernel: the kernels write out so many.
const GROUPS: usize = 12;

/// Subgroups that a pass should have at least, so that every processor has several workgroups.
const SUBGROUPS: usize = 64;

/// Fewer channels would leave more than half of the lanes idle.
const FEWEST_CHANNELS: usize = 16;

/// The widest window whose taps reach from one lane's pixel no further than to the next fetch.
const LARGEST_WINDOW: usize = 7;

/// The widest window whose taps are written out for one channel.
const LARGEST_WINDOW_OF_FEW: usize = 4;

/// Whether the lanes can own the `channels` of what is computed, for a window without stride and dilation across.
fn suits(op: Conv2d, choice: KernelChoice, channels: usize) -> bool {
    let across = op.window.columns;
    choice == KernelChoice::Subgroup
        && channels.is_multiple_of(4)
        && channels >= FEWEST_CHANNELS
        && across.stride == 1
        && across.dilation == 1
        && across.window <= LARGEST_WINDOW
}

/// As few blocks as cover `columns`, of equal width and at most `most` columns.
fn block_columns(columns: usize, most: usize) -> usize {
    columns.div_ceil(columns.div_ceil(most))
}

/// Blocks over `rows` rows of `columns` pixels and `channels` channels.
fn over(file: &'static str, rows: usize, columns: usize, channels: usize) -> Blocks {
    let width = block_columns(columns, SEGMENTS / 2 * LANES);
    let vector_blocks = (channels / 4).div_ceil(LANES);
    let subgroups = |height: usize| rows.div_ceil(height) * columns.div_ceil(width) * vector_blocks;
    let mut height = SEGMENTS / width.div_ceil(LANES);
    while height > 1 && subgroups(height) < SUBGROUPS {
        height /= 2;
    }
    let block = Block { rows: height, columns: width, channels: 1, vectors: 1 };
    Blocks { file, block, invocations: subgroups(height) * LANES }
}

/// The forward pass by subgroups; `None` where they do not suit.
pub(super) fn forward(op: Conv2d, choice: KernelChoice) -> Option<Blocks> {
    let file = match op.input_channels.is_multiple_of(4) {
        true => "conv2d/forward.subgroup",
        false if op.window.columns.window <= LARGEST_WINDOW_OF_FEW => "conv2d/forward.subgroup.few_channels",
        false => return None,
    };
    let (down, across) = (op.window.rows, op.window.columns);
    suits(op, choice, op.output_channels).then(|| over(file, op.batch * down.output, across.output, op.output_channels))
}

/// The gradient of the input by subgroups; `None` where they do not suit.
pub(super) fn gradient_of_input(op: Conv2d, choice: KernelChoice) -> Option<Blocks> {
    let (down, across) = (op.window.rows, op.window.columns);
    if !suits(op, choice, op.input_channels) || down.stride > 1 || down.dilation > 1 {
        return None;
    }
    Some(over("conv2d/gradient_of_input.subgroup", op.batch * down.input, across.input, op.input_channels))
}

/// The gradient of the kernel by subgroups, whose invocations are those of one part; `None` where they do not suit.
pub(super) fn gradient_of_kernel(op: Conv2d, choice: KernelChoice) -> Option<Blocks> {
    if !suits(op, choice, op.output_channels) {
        return None;
    }
    let (down, across) = (op.window.rows, op.window.columns);
    let vector_blocks = (op.output_channels / 4).div_ceil(LANES);
    let fitting =
        |channels: &usize| op.input_channels.is_multiple_of(*channels) && channels / 4 * across.window <= GROUPS;
    if let Some(channels) = [16, 12, 8, 4].into_iter().find(fitting) {
        let block = Block { rows: 1, columns: block_columns(across.output, 2 * LANES), channels, vectors: 1 };
        let subgroups = down.window * (op.input_channels / channels) * vector_blocks;
        let file = "conv2d/gradient_of_kernel.subgroup";
        return Some(Blocks { file, block, invocations: subgroups * LANES });
    }
    if down.window * op.input_channels > GROUPS || across.window > LARGEST_WINDOW_OF_FEW {
        return None;
    }
    let block = Block { rows: 1, columns: block_columns(across.output, LANES + 2), channels: 1, vectors: 1 };
    let file = "conv2d/gradient_of_kernel.subgroup.few_channels";
    Some(Blocks { file, block, invocations: vector_blocks * LANES })
}
