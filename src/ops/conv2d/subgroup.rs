//! The subgroup kernels: the lanes of a subgroup own a block together and share what they fetch.

use std::ops::RangeInclusive;

use super::Conv2d;
use super::block::{Block, Blocks, Pool};
use crate::ops::KernelChoice;
use crate::ops::choice::SUBGROUP_SIZE;
use crate::ops::parts::MOST_TURNS;
use crate::shape::{Window, WindowAxis};

const LANES: usize = SUBGROUP_SIZE as usize;

/// Segments of a block, each of as many pixels as there are lanes: the kernels write out so many.
const SEGMENTS: usize = 8;

/// Groups of sums of the gradient of the kernel for each row of taps: the kernels write out so many.
const GROUPS: usize = 12;

/// Sums of the gradient of the kernel that a lane may have: with half as many more, of four output channels each, a kernel
/// takes seconds longer to compile on lavapipe.
const SUMS: usize = 48;

/// Rows of taps of the gradient of the kernel: the kernels write out so many.
const TAP_ROWS: usize = 5;

/// Input channels that a subgroup may own of the gradient of the kernel.
const CHANNELS: RangeInclusive<usize> = 1..=16;

/// Subgroups that a pass should have at least, so that every processor has several workgroups.
const SUBGROUPS: usize = 64;

/// Fewer channels, four to a lane, would leave more than half of the lanes idle.
const FEWEST_CHANNELS: usize = 16;

/// The widest window whose taps the kernels can write out.
const LARGEST_WINDOW: usize = 7;

/// The widest window whose taps are written out for one channel.
const LARGEST_WINDOW_OF_FEW: usize = 4;

/// Whether the lanes can share what they fetch: a window without stride and dilation across.
fn suits(op: Conv2d, choice: KernelChoice) -> bool {
    let across = op.window.columns;
    choice == KernelChoice::Subgroup && across.stride == 1 && across.dilation == 1 && across.window <= LARGEST_WINDOW
}

/// Whether a lane can own four of the `channels` of what the forward pass or the gradient of the input computes, as far as
/// these tell: they lie side by side, and occupy half of the lanes at least. What the sums are made of, and the window, must
/// allow it too.
fn by_vectors(channels: usize) -> bool {
    channels.is_multiple_of(4) && channels >= FEWEST_CHANNELS
}

/// Whether a lane can own four output channels of the gradient of the kernel, and that is faster than one or about as fast:
/// not where it leaves more than a quarter of the lanes idle or, where the input's channels do not come by four, half of
/// them or more.
fn sums_by_vectors(op: Conv2d) -> bool {
    let used = op.output_channels / 4;
    let lanes = used.next_multiple_of(LANES);
    let enough = if op.input_channels.is_multiple_of(4) { 4 * used >= 3 * lanes } else { 2 * used > lanes };
    op.output_channels.is_multiple_of(4) && enough
}

/// Whether sums for so many channels of what is computed, over so many of what it is computed from, are faster in blocks
/// of one invocation, which owns all four of them.
fn is_for_blocks(computed: usize, summed: usize) -> bool {
    computed == 4 && summed.is_multiple_of(4)
}

/// Whether the loops of an invocation can take all turns of a sum over so many `channels`, `at_once` of them together: one
/// for these and each row of taps, and where several taps of a row share their text, one for each tap and the last one's end.
fn can_take(window: Window, channels: usize, at_once: usize) -> bool {
    let taps = if window.columns.window == 1 { 0 } else { window.columns.window + 1 };
    // One channel at a time, its own turn comes with those of its rows of taps.
    let own = if at_once == 1 { 1 } else { 0 };
    channels.div_ceil(at_once) * (window.rows.window * (1 + taps) + own) <= MOST_TURNS
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

/// Blocks over `batch` pictures of `rows` rows of `columns` pixels, and of `channels` channels so many to a lane. They
/// hold whole windows of `pool` pixels.
fn over(
    file: &'static str,
    batch: usize,
    [rows, columns]: [usize; 2],
    [channels, width]: [usize; 2],
    pool: [usize; 2],
) -> Option<Blocks> {
    let block_width = block_columns(columns, SEGMENTS / 2 * LANES).next_multiple_of(pool[1]);
    let vector_blocks = channels.div_ceil(width * LANES);
    // Of as many images as there are, so that all rows of a block look past the picture with the same taps.
    let images = |height: usize| (height / pool[0]).min(1 << batch.max(1).ilog2());
    let subgroups = |height: usize| {
        let row_blocks = batch.div_ceil(images(height)) * rows.div_ceil(height / images(height));
        row_blocks * columns.div_ceil(block_width) * vector_blocks
    };
    let most_rows = (SEGMENTS / block_width.div_ceil(LANES)).min(batch * rows);
    let mut height = 1 << most_rows.max(1).ilog2();
    if height < pool[0] {
        return None;
    }
    while height > pool[0] && subgroups(height) < SUBGROUPS {
        height /= 2;
    }
    let block = Block { images: images(height), rows: height, columns: block_width, channels: 1, vectors: 1, pool };
    Some(Blocks { file, block, invocations: subgroups(height) * LANES })
}

/// The forward pass by subgroups, with `pool` at its end; `None` where they do not suit.
pub(super) fn forward(op: Conv2d, choice: KernelChoice, pool: Pool) -> Option<Blocks> {
    let (down, across) = (op.window.rows, op.window.columns);
    let by_four = by_vectors(op.output_channels);
    let few = by_four && !op.input_channels.is_multiple_of(4) && across.window <= LARGEST_WINDOW_OF_FEW;
    if !suits(op, choice)
        || !can_take(op.window, op.input_channels, if few { 1 } else { 4 })
        || is_for_blocks(op.output_channels, op.input_channels)
        || !whole(down, pool.window[0])
        || !whole(across, pool.window[1])
    {
        return None;
    }
    let (width, files) = match by_four {
        true if op.input_channels.is_multiple_of(4) => {
            (4, ["conv2d/forward.subgroup", "conv2d/forward.subgroup.pooled", "conv2d/forward.subgroup.pooled.winners"])
        }
        true if few => (
            4,
            [
                "conv2d/forward.subgroup.few_channels",
                "conv2d/forward.subgroup.few_channels.pooled",
                "conv2d/forward.subgroup.few_channels.pooled.winners",
            ],
        ),
        _ => (
            1,
            [
                "conv2d/forward.subgroup.any_channels",
                "conv2d/forward.subgroup.any_channels.pooled",
                "conv2d/forward.subgroup.any_channels.pooled.winners",
            ],
        ),
    };
    over(pool.of(files), op.batch, [down.output, across.output], [op.output_channels, width], pool.window)
}

/// The gradient of the input by subgroups; `None` where they do not suit.
pub(super) fn gradient_of_input(op: Conv2d, choice: KernelChoice) -> Option<Blocks> {
    let (down, across) = (op.window.rows, op.window.columns);
    if !suits(op, choice)
        || !can_take(op.window, op.output_channels, 4)
        || is_for_blocks(op.input_channels, op.output_channels)
        || down.stride > 1
        || down.dilation > 1
    {
        return None;
    }
    let (width, file) = match by_vectors(op.input_channels) {
        true if op.output_channels.is_multiple_of(4) => (4, "conv2d/gradient_of_input.subgroup"),
        _ => (1, "conv2d/gradient_of_input.subgroup.any_channels"),
    };
    over(file, op.batch, [down.input, across.input], [op.input_channels, width], [1, 1])
}

/// The gradient of the kernel by subgroups, whose invocations are those of one part, from the gradient of what max
/// pooling by windows of `pool` pixels makes of the output where that is more than one; `None` where they do not suit.
pub(super) fn gradient_of_kernel(op: Conv2d, choice: KernelChoice, pool: [usize; 2]) -> Option<Blocks> {
    let (down, across) = (op.window.rows, op.window.columns);
    let (by_four, is_pooled) = (op.input_channels.is_multiple_of(4), pool != [1, 1]);
    if !suits(op, choice) || !whole(down, pool[0]) || !whole(across, pool[1]) || (by_four && is_pooled) {
        return None;
    }
    // As many columns as leave the text of all products of a block short enough for a processor's first cache.
    let (most_columns, fetch, file) = match (sums_by_vectors(op), by_four, is_pooled) {
        (true, true, _) => (LANES, [4, 4], "conv2d/gradient_of_kernel.subgroup"),
        (true, false, false) => (LANES + 2, [1, 4], "conv2d/gradient_of_kernel.subgroup.few_channels"),
        (true, false, true) => (LANES + 2, [1, 4], "conv2d/gradient_of_kernel.subgroup.few_channels.pooled"),
        (false, _, false) => (2 * LANES, [1, 1], "conv2d/gradient_of_kernel.subgroup.any_channels"),
        (false, _, true) => (2 * LANES, [1, 1], "conv2d/gradient_of_kernel.subgroup.any_channels.pooled"),
    };
    // Where a pooling can stand before it: whole windows of the largest one, so that the sums, and with them the bits,
    // are the same without one.
    let windows = if by_four || !whole(across, LARGEST_POOL) { 1 } else { LARGEST_POOL };
    let columns = block_columns(across.output, most_columns).next_multiple_of(windows);
    let (rows, channels) = taps_and_channels(op, columns, fetch)?;
    let block = Block { images: 1, rows, columns, channels, vectors: 1, pool };
    let vector_blocks = op.output_channels.div_ceil(fetch[1] * LANES);
    let subgroups = (down.window / rows) * (op.input_channels / channels) * vector_blocks;
    Some(Blocks { file, block, invocations: subgroups * LANES })
}

/// How many rows of taps, and how many input channels, a subgroup owns of the gradient of the kernel over `columns`
/// pixels at a time, where so many input and output channels are fetched together: those whose products take the least
/// fetching each, not counting the first rows of an image.
fn taps_and_channels(op: Conv2d, columns: usize, [input_width, width]: [usize; 2]) -> Option<(usize, usize)> {
    let (down, across) = (op.window.rows, op.window.columns);
    let rows = (1..=TAP_ROWS).filter(|rows| down.window.is_multiple_of(*rows));
    let divides =
        |channels: &usize| op.input_channels.is_multiple_of(*channels) && channels.is_multiple_of(input_width);
    let pairs = rows.flat_map(|rows| CHANNELS.filter(divides).map(move |channels| (rows, channels)));
    let fits = |(rows, channels): &(usize, usize)| {
        channels / input_width * across.window <= GROUPS && rows * channels * across.window <= SUMS
    };
    // A load of four takes twice as long as one of one.
    let cost = |width: usize| if width == 4 { 2 } else { 1 };
    // What a row of the output fetches: the block's pixels, and pieces of the input. Where its taps but the last look
    // where the taps of the row before did, one piece is new, else one for each row of taps.
    let fetched = |(rows, channels): (usize, usize)| {
        let pieces = if down.stride == down.dilation { 1 } else { rows };
        let loads = pieces * (columns + across.window - 1).div_ceil(LANES) * channels / input_width;
        columns * cost(width) + loads * cost(input_width)
    };
    // a / b < c / d, without rounding.
    let by_cost = |a: &(usize, usize), b: &(usize, usize)| (fetched(*a) * b.0 * b.1).cmp(&(fetched(*b) * a.0 * a.1));
    pairs.filter(fits).min_by(by_cost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Padding;

    #[test]
    fn a_lane_sums_four_output_channels_where_few_lanes_are_idle() {
        let window = Window::new([9, 9], [3, 3], [1; 2], [1; 2], Padding::Same);
        let lane = |input_channels, output_channels| {
            let op = window.map(|window| Conv2d { batch: 2, window, input_channels, output_channels });
            op.and_then(|op| gradient_of_kernel(op, KernelChoice::Subgroup, [1, 1])).map(|blocks| blocks.file)
        };
        let by_one = Some("conv2d/gradient_of_kernel.subgroup.any_channels");
        assert_eq!([16, 20, 34, 36].map(|channels| lane(16, channels)), [by_one; 4]);
        assert_eq!(
            [24, 32, 48, 64].map(|channels| lane(16, channels)),
            [Some("conv2d/gradient_of_kernel.subgroup"); 4]
        );
        assert_eq!([4, 16, 17, 22].map(|channels| lane(3, channels)), [by_one; 4]);
        let few = Some("conv2d/gradient_of_kernel.subgroup.few_channels");
        assert_eq!([20, 32, 36, 64].map(|channels| lane(3, channels)), [few; 4]);
    }

    #[test]
    fn sums_are_for_blocks_that_the_loops_of_an_invocation_cannot_take() {
        let window = Window::new([2, 1], [1; 2], [1; 2], [1; 2], Padding::Valid);
        let suits = |input_channels, output_channels| {
            let op = window.map(|window| Conv2d { batch: 1, window, input_channels, output_channels });
            op.is_some_and(|op| forward(op, KernelChoice::Subgroup, Pool::NONE).is_some())
        };
        // A turn for four channels, or two for one.
        assert_eq!([240_000, 240_004].map(|channels| suits(channels, 16)), [true, false]);
        assert_eq!([29_999, 30_001].map(|channels| suits(channels, 16)), [true, false]);
    }
}
