//! Convolution's three passes by every choice of kernels.

use std::slice;

use super::activation::{MADE_INPUT, twin as activation_twin};
use super::numbers::{narrow, numbers, wide};
use super::shapes::Draw;
use super::{Extent, Planned, planned};
use crate::check::Case;
use crate::ops::{Activated, Activation, Conv2d, KernelChoice, MaxPooling2d};
use crate::reference::{self, activation::Function, conv2d as twin};
use crate::shape::{Padding, Window, WindowAxis};

/// All passes by these choices: the forward one with relu and, where it has one, a bias; the gradient of the input through
/// the leaky relu that made it, where there is no bias.
pub fn case(op: Conv2d, has_bias: bool, choices: &[KernelChoice]) -> Case {
    let Conv2d { batch, window, input_channels, output_channels } = op;
    let channels = [input_channels, output_channels];
    let [x, kernel, bias, dout] = [
        numbers(1, op.input_elements()),
        numbers(2, op.kernel_elements()),
        numbers(3, output_channels),
        numbers(4, op.output_elements()),
    ];
    let [wide_x, wide_kernel, wide_dout] = [&x, &kernel, &dout].map(|numbers| wide(numbers));
    let wide_bias = has_bias.then(|| wide(&bias));
    let linear = twin::forward(batch, &window, channels, &wide_x, &wide_kernel, wide_bias.as_deref());
    let expected_out = reference::activation::forward(Function::Relu, &linear);
    let mut expected_dx = twin::gradient_of_input(batch, &window, channels, &wide_dout, &wide_kernel);
    if !has_bias {
        expected_dx = reference::activation::gradient(activation_twin(MADE_INPUT), &wide_x, &expected_dx);
    }
    let expected_dkernel = twin::gradient_of_kernel(batch, &window, channels, &wide_x, &wide_dout);
    let pixels = batch * window.output_pixels();

    let mut case = Case::new(op);
    let [x, kernel, bias, dout] = [("x", &x), ("kernel", &kernel), ("bias", &bias), ("dout", &dout)]
        .map(|(name, values)| case.bench.input(name, values));
    let activated = (!has_bias).then_some(Activated { function: MADE_INPUT, x });
    for &choice in choices {
        let out = case.bench.output("out", op.output_elements());
        let dx = case.bench.output("dx", op.input_elements());
        let dkernel = case.bench.output("dkernel", op.kernel_elements());
        let scratch = case.bench.scratch(op.gradient_of_kernel_scratch_bytes(choice));
        let recording = case.bench.recording();
        op.forward(recording, choice, x, kernel, has_bias.then_some(bias), Activation::Relu, out);
        op.gradient_of_input(recording, choice, dout, kernel, activated, dx);
        op.gradient_of_kernel(recording, choice, x, dout, scratch, dkernel);
        case.agrees(out, "forward", expected_out.clone(), op.terms() + 1);
        case.agrees(dx, "gradient of the input", expected_dx.clone(), op.kernel_elements() / input_channels + 1);
        if let Some(scratch) = scratch {
            case.adds_up(scratch, "parts of the gradient of the kernel", expected_dkernel.clone(), pixels);
        }
        case.agrees(dkernel, "gradient of the kernel", expected_dkernel.clone(), pixels);
    }
    case
}

/// The passes with max pooling in the convolution's kernels by this choice: over whole numbers, so that there are ties,
/// and every maximum is exact. `None` where there is no such kernel.
pub fn pooled_case(op: Conv2d, pool: [usize; 2], choice: KernelChoice) -> Option<Case> {
    let Conv2d { batch, window, input_channels, output_channels } = op;
    let outputs = [window.rows.output, window.columns.output];
    let pooling = MaxPooling2d {
        batch,
        window: Window::new(outputs, pool, pool, [1; 2], Padding::Valid)?,
        channels: output_channels,
    };
    if !op.can_pool(choice, pooling) {
        return None;
    }
    let whole = |numbers: Vec<f32>| numbers.into_iter().map(|x| (2.0 * x).round() + 0.0).collect::<Vec<f32>>();
    let pooled = batch * pooling.window.output_pixels() * output_channels;
    let [x, kernel, bias] = [(1, op.input_elements()), (2, op.kernel_elements()), (3, output_channels)]
        .map(|(seed, n)| whole(numbers(seed, n)));
    let dout = numbers(4, pooled);
    let channels = [input_channels, output_channels];
    let linear = twin::forward(batch, &window, channels, &wide(&x), &wide(&kernel), Some(&wide(&bias)));
    let active = reference::activation::forward(Function::Relu, &linear);
    let (expected, winners) = reference::max_pooling2d::forward(batch, &pooling.window, output_channels, &active);
    let before = reference::max_pooling2d::gradient(batch, &pooling.window, output_channels, &winners, &wide(&dout));
    let expected_dkernel = twin::gradient_of_kernel(batch, &window, channels, &wide(&x), &before);
    let winners: Vec<u32> = winners.into_iter().map(|tap| tap as u32).collect();

    let mut case = Case::new((op, pooling));
    let [x, kernel, bias, dout] = [("x", &x), ("kernel", &kernel), ("bias", &bias), ("dout", &dout)]
        .map(|(name, values)| case.bench.input(name, values));
    let right_winners = case.bench.input("winners", &winners);
    let (out, written_winners) = (case.bench.output("out", pooled), case.bench.output("winners", pooled));
    let alone = case.bench.output("out alone", pooled);
    let recording = case.bench.recording();
    op.forward_pooled(recording, choice, pooling, x, kernel, Some(bias), Activation::Relu, out, Some(written_winners));
    op.forward_pooled(recording, choice, pooling, x, kernel, Some(bias), Activation::Relu, alone, None);
    case.equals(alone, "forward without winners", &narrow(&expected));
    case.equals(out, "forward", &narrow(&expected));
    case.equals(written_winners, "winners", &winners);
    if let Some(bytes) = op.pooled_gradient_of_kernel_scratch_bytes(choice, pooling) {
        let (scratch, dkernel) = (case.bench.scratch(bytes), case.bench.output("dkernel", op.kernel_elements()));
        let recording = case.bench.recording();
        op.pooled_gradient_of_kernel(recording, choice, pooling, x, dout, right_winners, scratch, dkernel);
        let terms = batch * window.output_pixels();
        if let Some(scratch) = scratch {
            case.adds_up(scratch, "parts of the gradient of the kernel", expected_dkernel.clone(), terms);
        }
        case.agrees(dkernel, "gradient of the kernel", expected_dkernel, terms);
    }
    Some(case)
}

/// The same without the last rows and columns of the output, which a pooling after it may not look at.
pub fn cropped(op: Conv2d, [rows, columns]: [usize; 2]) -> Conv2d {
    let axis = |axis: WindowAxis, less: usize| WindowAxis { output: axis.output.saturating_sub(less).max(1), ..axis };
    let window = Window { rows: axis(op.window.rows, rows), columns: axis(op.window.columns, columns) };
    Conv2d { window, ..op }
}

/// Shapes with a pooling whose windows cover the output.
pub fn pooled() -> Vec<(Conv2d, [usize; 2])> {
    let shapes = [
        (2, [7, 8], [2, 3], [3, 16], [2, 2], Padding::Valid),
        (2, [6, 8], [3, 3], [16, 16], [2, 2], Padding::Same),
        (2, [32, 32], [3, 3], [3, 32], [2, 2], Padding::Valid),
        (7, [15, 15], [3, 3], [32, 64], [2, 2], Padding::Valid),
        (1, [9, 40], [3, 3], [16, 36], [2, 2], Padding::Same),
        (3, [7, 70], [3, 2], [1, 16], [2, 2], Padding::Same),
        (5, [4, 6], [1, 1], [8, 20], [2, 2], Padding::Valid),
        (33, [6, 5], [2, 2], [4, 16], [2, 1], Padding::Valid),
        (4, [5, 11], [3, 3], [20, 24], [1, 2], Padding::Same),
        (33, [6, 5], [2, 2], [3, 16], [2, 1], Padding::Valid),
        (4, [5, 11], [3, 3], [3, 24], [1, 2], Padding::Same),
        // Parts of nine rows, were they not to hold whole windows.
        (860, [4, 4], [3, 3], [3, 16], [2, 2], Padding::Valid),
    ];
    let shape = |(batch, input, size, channels, pool, padding): (usize, _, _, _, [usize; 2], _)| {
        let op = op(batch, Window::new(input, size, [1; 2], [1; 2], padding), channels)?;
        // Whole windows only, as the plan sees to.
        Some((cropped(op, [op.window.rows.output % pool[0], op.window.columns.output % pool[1]]), pool))
    };
    shapes.into_iter().filter_map(shape).collect()
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
        (3, [5, 35], [3, 3], [16, 36], Padding::Same),
        (1, [9, 17], [2, 7], [20, 16], Padding::Same),
        (2, [7, 70], [3, 4], [1, 16], Padding::Same),
        (5, [1, 1], [1, 1], [16, 16], Padding::Valid),
        (9, [3, 8], [5, 1], [48, 40], Padding::Same),
        (2, [11, 9], [4, 4], [3, 20], Padding::Valid),
        // Two and four rows of taps at a time in the gradient of the kernel.
        (2, [6, 9], [2, 3], [4, 16], Padding::Same),
        (2, [7, 5], [4, 3], [4, 16], Padding::Same),
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
        (16, [2, 1], [1, 1]),
        (16, [1, 1], [2, 1]),
        (16, [3, 1], [1, 1]),
        // Stride and dilation alike, so that taps look where those of the row before did; few channels.
        (16, [2, 1], [2, 1]),
        (4, [2, 1], [2, 1]),
        (4, [2, 1], [1, 1]),
        (3, [2, 1], [2, 1]),
        (3, [1, 1], [2, 1]),
    ];
    let shape = |(channels, strides, dilation)| {
        op(2, Window::new([14, 12], [3, 3], strides, dilation, Padding::Same), [channels, 32])
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

/// Small shapes that reach every kernel.
fn small() -> Vec<Conv2d> {
    let shapes = [
        (1, [1, 1], [1, 1], [1, 1], [1, 1], Padding::Valid),
        (2, [7, 3], [3, 2], [2, 1], [3, 7], Padding::Same),
        (3, [5, 17], [3, 3], [1, 1], [3, 4], Padding::Same),
        (2, [5, 9], [3, 3], [1, 1], [4, 8], Padding::Valid),
        (3, [7, 9], [3, 3], [2, 2], [8, 4], Padding::Valid),
        (1, [2, 7], [1, 5], [1, 3], [4, 4], Padding::Same),
        (3, [9, 9], [3, 3], [1, 1], [16, 20], Padding::Same),
        (3, [9, 9], [3, 3], [1, 1], [3, 16], Padding::Same),
        (2, [9, 9], [3, 3], [1, 1], [32, 36], Padding::Same),
        (2, [9, 9], [2, 2], [1, 1], [33, 35], Padding::Same),
        (2, [9, 9], [3, 3], [1, 1], [3, 32], Padding::Same),
    ];
    let shape = |(batch, input, size, strides, channels, padding)| {
        op(batch, Window::new(input, size, strides, [1; 2], padding), channels)
    };
    shapes.into_iter().filter_map(shape).collect()
}

fn drawn(count: usize) -> Vec<Conv2d> {
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

pub(super) fn cases(choices: &[KernelChoice], extent: Extent) -> Vec<Planned> {
    let choices = choices.to_vec();
    let biased = |ops: Vec<Conv2d>| ops.into_iter().enumerate().map(|(place, op)| (op, place.is_multiple_of(2)));
    let edges = [block_edges(), subgroup_edges(), subgroups_down(), tile_edges(), unseen(), strided_edges()].concat();
    let more = [drawn(60), edges].concat();
    // Two small shapes for the kernels of few channels and of many.
    let pooled = choices.iter().flat_map(|&choice| pooled().into_iter().map(move |(op, pool)| (op, pool, choice)));
    let (quick, large): (Vec<_>, Vec<_>) = pooled
        .filter(|(op, pool, choice)| pooled_case(*op, *pool, *choice).is_some())
        .partition(|(op, _, _)| op.batch == 2 && op.window.input_pixels() < 100);
    let mut cases = planned(extent, biased(small()), biased(more), move |(op, bias)| case(op, bias, &choices));
    cases.extend(planned(extent, quick, large, |(op, pool, choice)| {
        pooled_case(op, pool, choice).unwrap_or_else(|| Case::new(op))
    }));
    cases
}

/// The kernels that a choice takes for all passes.
pub fn kernels(op: Conv2d, choice: KernelChoice) -> Vec<String> {
    case(op, true, slice::from_ref(&choice)).kernels().map(str::to_owned).collect()
}
