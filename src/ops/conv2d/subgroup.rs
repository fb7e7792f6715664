//! The subgroup kernels: the lanes of a subgroup own a block together and share what they fetch.

use super::Conv2d;
use super::block::{Block, Blocks, Pool};
use crate::ops::KernelChoice;
use crate::ops::choice::SUBGROUP_SIZE;
use crate::shape::WindowAxis;

const LANES: usize = SUBGROUP_SIZE as usize;

/// Segments of a block, each of as many pixels as there are lanes: the kernels write out so many.
const SEGMENTS: usize = 8;

/// Groups of sums of the gradient of the kernel, of all rows of taps together: with half as many more, a kernel takes
/// seconds longer to compile on lavapipe, and the kernels write out no more for one row.
const GROUPS: usize = 12;

/// Rows of taps of the gradient of the kernel: the kernels write out so many.
const TAP_ROWS: usize = 4;

/// Input channels that a subgroup may own of the gradient of the kernel, where they are a multiple of four.
const CHANNELS: [usize; 4] = [4, 8, 12, 16];

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

/// The largest window of max pooling, rows or columns, that the kernels end in or begin with.
pub(super) const LARGEST_POOL: usize = 2;

/// Whether blocks and segments can hold whole windows of max pooling: halves, that cover the output.
fn whole(axis: WindowAxis, pool: usize) -> bool {
    pool <= LARGEST_POOL && axis.output.is_multiple_of(pool)
}

/// Blocks over `batch` pictures of `rows` rows of `columns` pixels, and `channels` channels. They hold whole windows of
/// `pool` pixels.
fn over(
    file: &'static str,
    batch: usize,
    [rows, columns]: [usize; 2],
    channels: usize,
    pool: [usize; 2],
) -> Option<Blocks> {
    let width = block_columns(columns, SEGMENTS / 2 * LANES).next_multiple_of(pool[1]);
    let vector_blocks = (channels / 4).div_ceil(LANES);
    // Of as many images as there are, so that all rows of a block look past the picture with the same taps.
    let images = |height: usize| (height / pool[0]).min(1 << batch.max(1).ilog2());
    let subgroups = |height: usize| {
        let row_blocks = batch.div_ceil(images(height)) * rows.div_ceil(height / images(height));
        row_blocks * columns.div_ceil(width) * vector_blocks
    };
    let most_rows = (SEGMENTS / width.div_ceil(LANES)).min(batch * rows);
    let mut height = 1 << most_rows.max(1).ilog2();
    if height < pool[0] {
        return None;
    }
    while height > pool[0] && subgroups(height) < SUBGROUPS {
        height /= 2;
    }
    let block = Block { images: images(height), rows: height, columns: width, channels: 1, vectors: 1, pool };
    Some(Blocks { file, block, invocations: subgroups(height) * LANES })
}

/// The forward pass by subgroups, with `pool` at its end; `None` where they do not suit.
pub(super) fn forward(op: Conv2d, choice: KernelChoice, pool: Pool) -> Option<Blocks> {
    let (down, across) = (op.window.rows, op.window.columns);
    let by_four = op.input_channels.is_multiple_of(4);
    if !suits(op, choice, op.output_channels)
        || !(by_four || across.window <= LARGEST_WINDOW_OF_FEW)
        || !whole(down, pool.window[0])
        || !whole(across, pool.window[1])
    {
        return None;
    }
    let file = pool.of(match by_four {
        true => ["conv2d/forward.subgroup", "conv2d/forward.subgroup.pooled", "conv2d/forward.subgroup.pooled.winners"],
        false => [
            "conv2d/forward.subgroup.few_channels",
            "conv2d/forward.subgroup.few_channels.pooled",
            "conv2d/forward.subgroup.few_channels.pooled.winners",
        ],
    });
    over(file, op.batch, [down.output, across.output], op.output_channels, pool.window)
}

/// The gradient of the input by subgroups; `None` where they do not suit.
pub(super) fn gradient_of_input(op: Conv2d, choice: KernelChoice) -> Option<Blocks> {
    let (down, across) = (op.window.rows, op.window.columns);
    let by_four = op.output_channels.is_multiple_of(4);
    if !suits(op, choice, op.input_channels) || !by_four || down.stride > 1 || down.dilation > 1 {
        return None;
    }
    let file = "conv2d/gradient_of_input.subgroup";
    over(file, op.batch, [down.input, across.input], op.input_channels, [1, 1])
}

/// The gradient of the kernel by subgroups, whose invocations are those of one part, from the gradient of what max pooling
/// by windows of `pool` pixels makes of the output where that is more than one; `None` where they do not suit.
pub(super) fn gradient_of_kernel(op: Conv2d, choice: KernelChoice, pool: [usize; 2]) -> Option<Blocks> {
    let (down, across) = (op.window.rows, op.window.columns);
    if !suits(op, choice, op.output_channels) || !whole(down, pool[0]) || !whole(across, pool[1]) {
        return None;
    }
    let by_four = op.input_channels.is_multiple_of(4);
    let file = match (by_four, pool == [1, 1]) {
        (true, true) => "conv2d/gradient_of_kernel.subgroup",
        (true, false) => return None,
        (false, true) => "conv2d/gradient_of_kernel.subgroup.few_channels",
        (false, false) => "conv2d/gradient_of_kernel.subgroup.few_channels.pooled",
    };
    let (columns, (rows, channels)) = if by_four {
        let columns = block_columns(across.output, 2 * LANES);
        (columns, taps_and_channels(op, columns)?)
    } else {
        if across.window > LARGEST_WINDOW_OF_FEW || down.window * op.input_channels > GROUPS {
            return None;
        }
        let divides = |rows: &usize| down.window.is_multiple_of(*rows);
        let columns = block_columns(across.output, LANES + 2).next_multiple_of(pool[1]);
        (columns, ((1..=TAP_ROWS).rev().find(divides)?, op.input_channels))
    };
    let block = Block { images: 1, rows, columns, channels, vectors: 1, pool };
    let vector_blocks = (op.output_channels / 4).div_ceil(LANES);
    let subgroups = (down.window / rows) * (op.input_channels / channels) * vector_blocks;
    Some(Blocks { file, block, invocations: subgroups * LANES })
}

/// How many rows of taps, and how many input channels, a subgroup owns of the gradient of the kernel over `columns`
/// pixels at a time: those whose products take the fewest fetches each, not counting the first rows of an image.
fn taps_and_channels(op: Conv2d, columns: usize) -> Option<(usize, usize)> {
    let (down, across) = (op.window.rows, op.window.columns);
    let rows = (1..=TAP_ROWS).filter(|rows| down.window.is_multiple_of(*rows));
    let pairs = rows.flat_map(|rows| CHANNELS.map(|channels| (rows, channels)));
    let fits = |(rows, channels): &(usize, usize)| {
        op.input_channels.is_multiple_of(*channels) && rows * channels / 4 * across.window <= GROUPS
    };
    // What a row of the output fetches: the block's pixels, and pieces of the input. Where its taps but the last look
    // where the taps of the row before did, one piece is new, else one for each row of taps.
    let fetched = |(rows, channels): (usize, usize)| {
        let pieces = if down.stride == down.dilation { 1 } else { rows };
        columns + pieces * (columns + across.window - 1).div_ceil(LANES) * channels / 4
    };
    // a / b < c / d, without rounding.
    let by_cost = |a: &(usize, usize), b: &(usize, usize)| (fetched(*a) * b.0 * b.1).cmp(&(fetched(*b) * a.0 * a.1));
    pairs.filter(fits).min_by(by_cost)
}
