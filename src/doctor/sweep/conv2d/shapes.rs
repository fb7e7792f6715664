//! The shapes that convolutions are tried with.

use super::super::shapes::Draw;
use crate::ops::{Conv2d, KernelChoice};
use crate::shape::{Padding, Window, WindowAxis};

/// The same without the last rows and columns of the output, which a pooling after it may not look at.
pub fn cropped(op: Conv2d, [rows, columns]: [usize; 2]) -> Conv2d {
    let axis = |axis: WindowAxis, less: usize| WindowAxis { output: axis.output.saturating_sub(less).max(1), ..axis };
    let window = Window { rows: axis(op.window.rows, rows), columns: axis(op.window.columns, columns) };
    Conv2d { window, ..op }
}

/// Shapes with a pooling whose windows cover the output, and a choice that has kernels for both together, for whose sake
/// they are there. Among the small ones is one for each kernel.
pub fn pooled() -> Vec<(Conv2d, [usize; 2], KernelChoice)> {
    use KernelChoice::{Block, Subgroup, Tile};
    let shapes: [(_, _, _, _, _, _, &[KernelChoice]); 25] = [
        (2, [7, 8], [2, 3], [3, 20], [2, 2], Padding::Valid, &[Block, Subgroup]),
        (2, [6, 8], [3, 3], [16, 16], [2, 2], Padding::Same, &[Block, Subgroup]),
        (2, [32, 32], [3, 3], [3, 32], [2, 2], Padding::Valid, &[Subgroup, Tile]),
        (7, [15, 15], [3, 3], [32, 64], [2, 2], Padding::Valid, &[Subgroup, Tile]),
        (1, [9, 40], [3, 3], [16, 36], [2, 2], Padding::Same, &[Subgroup, Tile]),
        (3, [7, 70], [3, 2], [1, 20], [2, 2], Padding::Same, &[Block, Subgroup]),
        (5, [4, 6], [1, 1], [8, 20], [2, 2], Padding::Valid, &[Block, Subgroup]),
        (33, [6, 5], [2, 2], [4, 16], [2, 1], Padding::Valid, &[Subgroup]),
        (4, [5, 11], [3, 3], [20, 24], [1, 2], Padding::Same, &[Block, Subgroup]),
        (33, [6, 5], [2, 2], [3, 20], [2, 1], Padding::Valid, &[Block, Subgroup]),
        (4, [5, 11], [3, 3], [3, 24], [1, 2], Padding::Same, &[Subgroup]),
        // One output channel per lane.
        (2, [6, 8], [3, 3], [3, 6], [2, 2], Padding::Same, &[Subgroup]),
        (5, [6, 21], [2, 3], [7, 17], [1, 2], Padding::Same, &[Subgroup]),
        (2, [14, 14], [5, 5], [6, 16], [2, 2], Padding::Valid, &[Subgroup]),
        (2, [12, 10], [3, 3], [8, 12], [2, 2], Padding::Same, &[Subgroup]),
        // The same, in columns of fifteen pixels, were they not to hold whole windows.
        (3, [11, 30], [5, 5], [6, 10], [2, 2], Padding::Same, &[Subgroup]),
        // Four channels per lane forward, and one in the gradient of the kernel.
        (3, [7, 8], [2, 3], [3, 16], [2, 2], Padding::Valid, &[Subgroup]),
        // Columns of nine pixels, were they not to hold whole windows.
        (2, [6, 18], [3, 3], [3, 20], [2, 2], Padding::Same, &[Subgroup]),
        // Parts of nine rows, were they not to hold whole windows.
        (860, [4, 4], [3, 3], [3, 20], [2, 2], Padding::Valid, &[Subgroup]),
        // Few channels of the input, and any; windows of four pixels side by side, and one below the other.
        (2, [9, 9], [3, 3], [3, 32], [2, 2], Padding::Same, &[Tile]),
        (2, [9, 9], [2, 2], [33, 35], [2, 2], Padding::Same, &[Tile]),
        (3, [10, 16], [3, 3], [34, 67], [1, 4], Padding::Same, &[Tile]),
        (2, [16, 5], [3, 3], [64, 64], [4, 1], Padding::Same, &[Tile]),
        // Windows that tiles take gradients from, but do not pool by.
        (3, [10, 9], [3, 3], [32, 64], [2, 3], Padding::Same, &[Tile]),
        (3, [9, 16], [3, 3], [34, 67], [3, 1], Padding::Same, &[Tile]),
    ];
    let mut all = Vec::new();
    for (batch, input, size, channels, pool, padding, choices) in shapes {
        // Whole windows only, as the plan sees to.
        let op = op(batch, Window::new(input, size, [1; 2], [1; 2], padding), channels);
        let op = op.map(|op| cropped(op, [op.window.rows.output % pool[0], op.window.columns.output % pool[1]]));
        all.extend(op.iter().flat_map(|op| choices.iter().map(move |choice| (*op, pool, *choice))));
    }
    all
}

/// Convolutions of which the last rows and columns are not looked at.
pub fn unseen() -> Vec<Conv2d> {
    let shapes = [([3, 3], [1, 1]), ([3, 3], [2, 5]), ([5, 2], [1, 3])];
    let shape = |(size, unseen)| {
        let op = op(3, Window::new([15, 19], size, [1; 2], [1; 2], Padding::Valid), [16, 32])?;
        Some(cropped(op, unseen))
    };
    shapes.into_iter().filter_map(shape).collect()
}

/// Convolutions over more pixels than some drivers let the loops of an invocation have turns, 65,535.
pub fn many_pixels() -> Vec<Conv2d> {
    let window = |padding| Window::new([33, 30], [3; 2], [1; 2], [1; 2], padding);
    // Of one channel, and of as many as the faster kernels take, whose parts are small.
    [op(80, window(Padding::Valid), [1, 1]), op(72, window(Padding::Same), [4, 24])].into_iter().flatten().collect()
}

fn op(batch: usize, window: Option<Window>, channels: [usize; 2]) -> Option<Conv2d> {
    let [input_channels, output_channels] = channels;
    window.map(|window| Conv2d { batch, window, input_channels, output_channels })
}

/// Shapes around the edges of blocked kernels' blocks.
pub fn block_edges() -> Vec<Conv2d> {
    let shapes = [
        (2, [6, 6], 3, [64, 64], Padding::Valid),
        (3, [15, 15], 3, [32, 64], Padding::Valid),
        (1, [17, 33], 3, [3, 32], Padding::Same),
        (5, [4, 4], 3, [8, 12], Padding::Same),
        (2, [1, 1], 1, [4, 4], Padding::Valid),
        (2, [1, 1], 1, [3, 4], Padding::Valid),
        (1, [9, 31], 5, [4, 8], Padding::Same),
        (7, [3, 5], 2, [12, 16], Padding::Same),
        (32, [28, 28], 3, [1, 32], Padding::Valid),
    ];
    let shape = |(batch, input, size, channels, padding)| {
        op(batch, Window::new(input, [size; 2], [1; 2], [1; 2], padding), channels)
    };
    shapes.into_iter().filter_map(shape).collect()
}

/// Shapes around the edges of subgroups' blocks.
pub fn subgroup_edges() -> Vec<Conv2d> {
    let shapes = [
        // The lecture's.
        (2, [32, 32], [3, 3], [3, 32], Padding::Valid),
        (7, [15, 15], [3, 3], [32, 64], Padding::Valid),
        (32, [6, 6], [3, 3], [64, 64], Padding::Valid),
        // Channels that leave lanes idle, more than one block across, padding, a row of taps and a column of them.
        (3, [5, 35], [3, 3], [16, 56], Padding::Same),
        (1, [9, 17], [2, 7], [20, 24], Padding::Same),
        (2, [7, 70], [3, 4], [1, 20], Padding::Same),
        (5, [1, 1], [1, 1], [16, 24], Padding::Valid),
        (9, [3, 8], [5, 1], [48, 48], Padding::Same),
        (3, [9, 9], [3, 3], [16, 28], Padding::Same),
        (3, [9, 9], [3, 3], [3, 20], Padding::Same),
        (2, [11, 9], [4, 4], [3, 20], Padding::Valid),
        // Two, four and five rows of taps at a time in the gradient of the kernel.
        (2, [6, 9], [2, 3], [4, 24], Padding::Same),
        (2, [7, 5], [4, 3], [4, 24], Padding::Same),
        (2, [9, 8], [5, 2], [4, 24], Padding::Same),
        (1, [9, 17], [2, 7], [3, 20], Padding::Same),
        // One output channel per lane in the gradient of the kernel, where four would leave lanes idle: ResNet-20's, and
        // channels that four per lane would spread over two blocks.
        (2, [9, 9], [3, 3], [3, 16], Padding::Same),
        (2, [9, 9], [3, 3], [16, 16], Padding::Same),
        (3, [5, 35], [3, 3], [16, 36], Padding::Same),
        (9, [3, 8], [5, 1], [48, 40], Padding::Same),
        // One channel of what is computed per lane: LeNet-5's, lanes that are idle and more than one block of them,
        // windows of every width, and single channels.
        (3, [32, 32], [5, 5], [3, 6], Padding::Same),
        (2, [16, 16], [5, 5], [6, 16], Padding::Valid),
        (2, [7, 9], [3, 2], [5, 6], Padding::Same),
        (1, [9, 17], [2, 7], [9, 5], Padding::Same),
        (7, [5, 35], [3, 3], [9, 8], Padding::Same),
        (1, [9, 17], [2, 7], [20, 4], Padding::Same),
        (2, [7, 70], [5, 4], [17, 12], Padding::Same),
        (5, [3, 8], [1, 6], [5, 33], Padding::Same),
        (33, [4, 4], [3, 1], [1, 1], Padding::Same),
        (9, [1, 1], [1, 1], [11, 7], Padding::Valid),
    ];
    let shape = |(batch, input, size, channels, padding)| {
        op(batch, Window::new(input, size, [1; 2], [1; 2], padding), channels)
    };
    shapes.into_iter().filter_map(shape).collect()
}

/// Shapes around the edges of tiles: one that is just filled, rows, terms and columns past its end, both kinds of tiles,
/// channels that are no multiple of four, and windows of every geometry.
pub fn tile_edges() -> Vec<Conv2d> {
    let shapes = [
        (1, [8, 8], [1, 1], [1, 1], [1, 1], [64, 64], Padding::Valid),
        (2, [10, 13], [3, 3], [1, 1], [1, 1], [64, 64], Padding::Same),
        (3, [15, 15], [3, 3], [1, 1], [1, 1], [32, 64], Padding::Valid),
        (5, [12, 11], [3, 3], [2, 2], [1, 1], [36, 100], Padding::Same),
        (3, [17, 16], [3, 2], [1, 2], [2, 3], [64, 32], Padding::Same),
        (2, [21, 20], [2, 3], [1, 1], [3, 2], [65, 67], Padding::Valid),
        (2, [19, 23], [5, 5], [2, 1], [1, 1], [34, 32], Padding::Same),
        (4, [13, 14], [9, 9], [1, 1], [1, 1], [32, 33], Padding::Same),
        (3, [16, 17], [5, 7], [1, 1], [1, 1], [3, 64], Padding::Valid),
        (40, [4, 5], [1, 1], [2, 2], [1, 1], [128, 48], Padding::Valid),
    ];
    let shape = |(batch, input, size, strides, dilation, channels, padding)| {
        op(batch, Window::new(input, size, strides, dilation, padding), channels)
    };
    shapes.into_iter().filter_map(shape).collect()
}

/// Strides and dilations down the picture, which are no hindrance for subgroups that gather from the input.
pub fn subgroups_down() -> Vec<Conv2d> {
    let shapes = [
        ([16, 32], [2, 1], [1, 1]),
        ([16, 32], [1, 1], [2, 1]),
        ([16, 32], [3, 1], [1, 1]),
        // Stride and dilation alike, so that taps look where those of the row before did; few channels.
        ([16, 32], [2, 1], [2, 1]),
        ([4, 32], [2, 1], [2, 1]),
        ([4, 32], [2, 1], [1, 1]),
        ([3, 32], [2, 1], [2, 1]),
        ([3, 32], [1, 1], [2, 1]),
        ([3, 6], [2, 1], [2, 1]),
        ([3, 6], [1, 1], [2, 1]),
    ];
    let shape = |(channels, strides, dilation)| {
        op(2, Window::new([14, 12], [3, 3], strides, dilation, Padding::Same), channels)
    };
    shapes.into_iter().filter_map(shape).collect()
}

/// Shapes whose gradient of the input gathers from outputs a stride apart.
pub fn strided_edges() -> Vec<Conv2d> {
    let shapes = [
        // ResNet-20's: where a stage begins, and its shortcut.
        (2, [16, 16], [3, 3], [2, 2], [1, 1], [16, 32], Padding::Same),
        (2, [16, 16], [1, 1], [2, 2], [1, 1], [16, 32], Padding::Same),
        (3, [7, 9], [3, 3], [2, 2], [1, 1], [8, 4], Padding::Valid),
        (1, [17, 35], [5, 4], [3, 2], [1, 1], [4, 8], Padding::Same),
        (2, [5, 6], [2, 1], [1, 3], [2, 1], [12, 4], Padding::Valid),
        (1, [8, 7], [1, 2], [4, 4], [1, 1], [8, 12], Padding::Same),
        (1, [1, 1], [3, 3], [2, 2], [1, 1], [4, 4], Padding::Same),
        // The first outputs stand left of the input by more than a stride.
        (2, [8, 16], [5, 3], [1, 3], [1, 1], [20, 16], Padding::Same),
        (1, [4, 9], [1, 7], [1, 2], [1, 1], [4, 4], Padding::Same),
    ];
    let shape = |(batch, input, size, strides, dilation, channels, padding)| {
        op(batch, Window::new(input, size, strides, dilation, padding), channels)
    };
    shapes.into_iter().filter_map(shape).collect()
}

/// Small shapes, and whether there is a bias; with the small ones of `pooled` they reach every kernel, and every forward
/// one with a bias.
pub(super) fn small() -> Vec<(Conv2d, bool)> {
    let shapes = [
        (1, [1, 1], [1, 1], [1, 1], [1, 1], Padding::Valid, true),
        (2, [7, 3], [3, 2], [2, 1], [3, 7], Padding::Same, false),
        (3, [5, 17], [3, 3], [1, 1], [3, 4], Padding::Same, true),
        (2, [5, 9], [3, 3], [1, 1], [4, 8], Padding::Valid, false),
        (3, [7, 9], [3, 3], [2, 2], [8, 4], Padding::Valid, true),
        (2, [7, 9], [3, 3], [2, 2], [3, 8], Padding::Valid, false),
        (1, [2, 7], [1, 5], [1, 3], [4, 4], Padding::Same, false),
        (2, [9, 9], [3, 3], [1, 1], [32, 60], Padding::Same, true),
        (2, [9, 9], [2, 2], [1, 1], [33, 35], Padding::Same, true),
        (2, [9, 9], [3, 3], [1, 1], [3, 32], Padding::Same, true),
    ];
    let shape = |(batch, input, size, strides, channels, padding, has_bias)| {
        Some((op(batch, Window::new(input, size, strides, [1; 2], padding), channels)?, has_bias))
    };
    shapes.into_iter().filter_map(shape).collect()
}

pub(super) fn drawn(count: usize) -> Vec<Conv2d> {
    let mut draw = Draw::new(21);
    let (sizes, channels) = ([1, 3, 7, 17, 5, 8, 15, 16], [1, 3, 7, 4, 8, 12, 16, 20]);
    let shape = |_| {
        let (input, size) = (draw.pair(&sizes), draw.pair(&[1, 2, 3, 4, 5]));
        let (strides, dilation) = (draw.pair(&[1, 2, 3]), draw.pair(&[1, 2]));
        let window = Window::new(input, size, strides, dilation, draw.among(&[Padding::Same, Padding::Valid]));
        op(draw.among(&[1, 2, 3]), window, draw.pair(&channels))
    };
    (0..count).filter_map(shape).collect()
}
