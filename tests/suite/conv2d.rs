//! conv2d's three passes, each with every choice of kernels, against the reference.

use ocellus::check::{Bench, compare};
use ocellus::ops::{Activation, Conv2d, KernelChoice, MaxPooling2d};
use ocellus::reference::{self, activation::Function};
use ocellus::shape::{Padding, Window, WindowAxis};
use pollster::block_on;
use proptest::prelude::*;

use crate::support::{cases, gpu, numbers, skipped, wide};

const CHOICES: [KernelChoice; 3] = [KernelChoice::Naive, KernelChoice::Block, KernelChoice::Subgroup];

/// Compares all passes by all choices, and returns the kernels that ran, each with its choice's place.
fn check(op: Conv2d, has_bias: bool) -> Vec<(usize, String)> {
    let mut files = Vec::new();
    let Some(gpu) = gpu() else { return files };
    let Conv2d { batch, window, input_channels, output_channels } = op;
    let channels = [input_channels, output_channels];
    let x = numbers(1, op.input_elements());
    let kernel = numbers(2, op.kernel_elements());
    let bias = numbers(3, output_channels);
    let dout = numbers(4, op.output_elements());
    let wide_bias = has_bias.then(|| wide(&bias));
    let linear = reference::conv2d::forward(batch, &window, channels, &wide(&x), &wide(&kernel), wide_bias.as_deref());
    let expected_out = reference::activation::forward(Function::Relu, &linear);
    let expected_dx = reference::conv2d::gradient_of_input(batch, &window, channels, &wide(&dout), &wide(&kernel));
    let expected_dkernel = reference::conv2d::gradient_of_kernel(batch, &window, channels, &wide(&x), &wide(&dout));
    // Where the device cannot run subgroup kernels, they are the blocked ones again.
    for (place, choice) in CHOICES.map(|choice| choice.on(&gpu)).into_iter().enumerate() {
        let mut bench = Bench::new();
        let [x, kernel, bias, dout] = [("x", &x), ("kernel", &kernel), ("bias", &bias), ("dout", &dout)]
            .map(|(name, values)| bench.input(name, values));
        let out = bench.output("out", op.output_elements());
        let dx = bench.output("dx", op.input_elements());
        let dkernel = bench.output("dkernel", op.kernel_elements());
        let scratch = bench.scratch(op.gradient_of_kernel_scratch_bytes(choice));
        let recording = bench.recording();
        op.forward(recording, choice, x, kernel, has_bias.then_some(bias), Activation::Relu, out);
        op.gradient_of_input(recording, choice, dout, kernel, dx);
        op.gradient_of_kernel(recording, choice, x, dout, scratch, dkernel);
        files.extend(bench.recording().commands().iter().map(|command| (place, command.kernel.to_string())));
        let results = block_on(bench.run(&gpu)).unwrap_or_else(|error| panic!("{choice:?} {op:?}: {error}"));
        let pass = |name: &str, view, expected: &[f64], terms| {
            compare(&results.get::<f32>(view), expected, terms)
                .unwrap_or_else(|error| panic!("{choice:?} {name} of {op:?}: {error}"));
        };
        pass("forward", out, &expected_out, op.terms() + 1);
        pass("gradient of the input", dx, &expected_dx, op.kernel_elements() / input_channels);
        pass("gradient of the kernel", dkernel, &expected_dkernel, batch * window.rows.output * window.columns.output);
    }
    files
}

/// Sizes that show edges: odd ones and those around a block's.
fn size() -> impl Strategy<Value = usize> {
    prop::sample::select(vec![1, 3, 7, 17, 5, 8, 15, 16])
}

fn channels() -> impl Strategy<Value = usize> {
    prop::sample::select(vec![1, 3, 7, 4, 8, 12, 16, 20])
}

fn geometry() -> impl Strategy<Value = Conv2d> {
    let window =
        ([size(), size()], [1usize..6, 1usize..6], [1usize..4, 1usize..4], [1usize..3, 1usize..3], any::<bool>());
    (1usize..4, window, channels(), channels()).prop_filter_map(
        "the window fits",
        |(batch, (input, window, strides, dilation, same), input_channels, output_channels)| {
            let padding = if same { Padding::Same } else { Padding::Valid };
            let window = Window::new(input, window, strides, dilation, padding)?;
            Some(Conv2d { batch, window, input_channels, output_channels })
        },
    )
}

/// The same without the last rows and columns of the output, which a pooling after it may not look at.
fn cropped(op: Conv2d, [rows, columns]: [usize; 2]) -> Conv2d {
    let axis = |axis: WindowAxis, less: usize| WindowAxis { output: axis.output.saturating_sub(less).max(1), ..axis };
    let window = Window { rows: axis(op.window.rows, rows), columns: axis(op.window.columns, columns) };
    Conv2d { window, ..op }
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn conv2d_agrees_with_the_reference(op in geometry(), has_bias: bool, unseen in [0usize..4, 0usize..4]) {
        check(cropped(op, unseen), has_bias);
    }
}

#[test]
fn conv2d_blocks_agree_with_the_reference_around_their_edges() {
    let shapes = [
        (2, [6, 6], 3, 64, 64, Padding::Valid),
        (3, [15, 15], 3, 32, 64, Padding::Valid),
        (1, [17, 33], 3, 3, 32, Padding::Same),
        (5, [4, 4], 3, 8, 12, Padding::Same),
        (2, [1, 1], 1, 4, 4, Padding::Valid),
        (1, [9, 31], 5, 4, 8, Padding::Same),
        (7, [3, 5], 2, 12, 16, Padding::Same),
        (32, [28, 28], 3, 1, 32, Padding::Valid),
    ];
    for (batch, input, size, input_channels, output_channels, padding) in shapes {
        let window = Window::new(input, [size; 2], [1; 2], [1; 2], padding).unwrap();
        let kernels = check(Conv2d { batch, window, input_channels, output_channels }, true);
        // The right kernels ran: of each pass the naive one and a blocked one, where the input's channels allow.
        let of_choice = |choice: usize| kernels.iter().filter(move |(place, _)| *place == choice);
        let blocked = of_choice(1).filter(|(_, kernel)| kernel.contains(".block") || kernel.contains(".few_channels"));
        let passes = if input_channels.is_multiple_of(4) { 3 } else { 2 };
        assert!(kernels.is_empty() || blocked.count() == passes, "{kernels:?}");
    }
}

#[test]
fn conv2d_subgroups_agree_with_the_reference_around_their_edges() {
    let Some(gpu) = gpu() else { return };
    if KernelChoice::Subgroup.on(&gpu) != KernelChoice::Subgroup {
        return skipped("the adapter has no subgroups of eight");
    }
    let shapes = [
        // The lecture's.
        (2, [32, 32], [3, 3], 3, 32, Padding::Valid),
        (7, [15, 15], [3, 3], 32, 64, Padding::Valid),
        (32, [6, 6], [3, 3], 64, 64, Padding::Valid),
        // Channels that leave lanes idle, more than one block across, padding, a row of taps and a column of them.
        (3, [5, 35], [3, 3], 16, 36, Padding::Same),
        (1, [9, 17], [2, 7], 20, 16, Padding::Same),
        (2, [7, 70], [3, 4], 1, 16, Padding::Same),
        (5, [1, 1], [1, 1], 16, 16, Padding::Valid),
        (9, [3, 8], [5, 1], 48, 40, Padding::Same),
        (2, [11, 9], [4, 4], 3, 20, Padding::Valid),
    ];
    for (batch, input, size, input_channels, output_channels, padding) in shapes {
        let window = Window::new(input, size, [1; 2], [1; 2], padding).unwrap();
        let kernels = check(Conv2d { batch, window, input_channels, output_channels }, true);
        let passes = if input_channels >= 16 { 3 } else { 2 };
        assert_eq!(kernels.iter().filter(|(_, kernel)| kernel.contains(".subgroup")).count(), passes, "{kernels:?}");
    }
    for (size, unseen) in [([3, 3], [1, 1]), ([3, 3], [2, 5]), ([5, 2], [1, 3])] {
        let window = Window::new([15, 19], size, [1; 2], [1; 2], Padding::Valid).unwrap();
        check(cropped(Conv2d { batch: 3, window, input_channels: 16, output_channels: 32 }, unseen), true);
    }
    // Down, a stride or a dilation is no hindrance for what gathers from the input.
    for (strides, dilation) in [([2, 1], [1, 1]), ([1, 1], [2, 1]), ([3, 1], [1, 1])] {
        let window = Window::new([14, 12], [3, 3], strides, dilation, Padding::Same).unwrap();
        let kernels = check(Conv2d { batch: 2, window, input_channels: 16, output_channels: 32 }, false);
        assert_eq!(kernels.iter().filter(|(_, kernel)| kernel.contains(".subgroup")).count(), 2, "{kernels:?}");
    }
}

/// Compares the pass that ends in max pooling with the two passes by themselves: to the bit, winners and all.
fn check_pooled(batch: usize, window: Window, channels: [usize; 2], pool: [usize; 2], activation: Activation) {
    let Some(gpu) = gpu() else { return };
    let choice = KernelChoice::Subgroup.on(&gpu);
    let op = Conv2d { batch, window, input_channels: channels[0], output_channels: channels[1] };
    let outputs = [window.rows.output, window.columns.output];
    let pooling = MaxPooling2d {
        batch,
        window: Window::new(outputs, pool, pool, [1; 2], Padding::Valid).unwrap(),
        channels: channels[1],
    };
    // Whole windows only, as the plan sees to.
    let [down, across] = [0, 1].map(|axis| outputs[axis] % pool[axis]);
    let op = cropped(op, [down, across]);
    let pooling = MaxPooling2d {
        window: Window::new([op.window.rows.output, op.window.columns.output], pool, pool, [1; 2], Padding::Valid)
            .unwrap(),
        ..pooling
    };
    if !op.can_pool(choice, pooling) {
        return skipped("the adapter has no subgroups of eight");
    }
    let pooled = batch * pooling.window.output_pixels() * channels[1];
    // Few different numbers, so that there are ties, and one that is none.
    let mut x: Vec<f32> = numbers(1, op.input_elements()).iter().map(|x| (2.0 * x).round()).collect();
    x[op.input_elements() / 2] = f32::NAN;
    let kernel: Vec<f32> = numbers(2, op.kernel_elements()).iter().map(|x| x.round()).collect();
    let bias = numbers(3, channels[1]);
    let mut bench = Bench::new();
    let [x, kernel, bias] = [("x", &x), ("kernel", &kernel), ("bias", &bias)].map(|(name, v)| bench.input(name, v));
    let (whole, out) = (bench.output("whole", op.output_elements()), bench.output("out", pooled));
    let (winners, expected, expected_winners) =
        (bench.output("winners", pooled), bench.output("expected", pooled), bench.output("expected winners", pooled));
    let recording = bench.recording();
    op.forward(recording, choice, x, kernel, Some(bias), activation, whole);
    pooling.forward(recording, whole, expected, Some(expected_winners));
    op.forward_pooled(recording, choice, pooling, x, kernel, Some(bias), activation, out, winners);
    let mut gradients = None;
    if let Some(bytes) = op.pooled_gradient_of_kernel_scratch_bytes(choice, pooling) {
        let (scratch, parts) = (bench.scratch(bytes), bench.scratch(op.gradient_of_kernel_scratch_bytes(choice)));
        let dout = bench.input("dout", &numbers(5, pooled));
        let (before, y) =
            (bench.output("before", op.output_elements()), bench.input("y", &numbers(6, op.input_elements())));
        let (dkernel, both) =
            (bench.output("dkernel", op.kernel_elements()), bench.output("both", op.kernel_elements()));
        let recording = bench.recording();
        pooling.gradient(recording, dout, winners, before);
        op.gradient_of_kernel(recording, choice, y, before, parts, dkernel);
        op.pooled_gradient_of_kernel(recording, choice, pooling, y, dout, winners, scratch, both);
        gradients = Some((dkernel, both));
    }
    let results = block_on(bench.run(&gpu)).unwrap_or_else(|error| panic!("{op:?}: {error}"));
    assert_eq!(gradients.is_some(), !channels[0].is_multiple_of(4), "few channels have such a gradient: {op:?}");
    if let Some((apart, both)) = gradients {
        assert_eq!(results.get::<u32>(apart), results.get::<u32>(both), "gradient of {op:?}");
    }
    assert_eq!(results.get::<u32>(winners), results.get::<u32>(expected_winners), "{op:?}");
    for (actual, expected) in results.get::<f32>(out).into_iter().zip(results.get::<f32>(expected)) {
        // A NaN need not keep its bits.
        assert!(actual.to_bits() == expected.to_bits() || actual.is_nan() && expected.is_nan(), "{op:?}");
    }
}

#[test]
fn conv2d_with_max_pooling_at_its_end_gives_the_bits_of_one_after_the_other() {
    let shapes = [
        (2, [32, 32], [3, 3], [3, 32], [2, 2], Padding::Valid),
        (7, [15, 15], [3, 3], [32, 64], [2, 2], Padding::Valid),
        (1, [9, 40], [3, 3], [16, 36], [2, 2], Padding::Same),
        (3, [7, 70], [3, 2], [1, 16], [2, 2], Padding::Same),
        (5, [4, 6], [1, 1], [8, 20], [2, 2], Padding::Valid),
        (33, [6, 5], [2, 2], [4, 16], [2, 1], Padding::Valid),
        (4, [5, 11], [3, 3], [20, 24], [1, 2], Padding::Same),
    ];
    for (batch, input, size, channels, pool, padding) in shapes {
        let window = Window::new(input, size, [1; 2], [1; 2], padding).unwrap();
        check_pooled(batch, window, channels, pool, Activation::Relu);
        check_pooled(batch, window, channels, pool, Activation::Tanh);
    }
}

#[test]
fn conv2d_strided_gradients_of_the_input_agree_with_the_reference_around_their_edges() {
    let shapes = [
        // ResNet-20's: where a stage begins, and its shortcut.
        (2, [16, 16], [3, 3], [2, 2], [1, 1], 16, 32, Padding::Same),
        (2, [16, 16], [1, 1], [2, 2], [1, 1], 16, 32, Padding::Same),
        (3, [7, 9], [3, 3], [2, 2], [1, 1], 8, 4, Padding::Valid),
        (1, [17, 35], [5, 4], [3, 2], [1, 1], 4, 8, Padding::Same),
        (2, [5, 6], [2, 1], [1, 3], [2, 1], 12, 4, Padding::Valid),
        (1, [8, 7], [1, 2], [4, 4], [1, 1], 8, 12, Padding::Same),
        (1, [1, 1], [3, 3], [2, 2], [1, 1], 4, 4, Padding::Same),
    ];
    for (batch, input, size, strides, dilation, input_channels, output_channels, padding) in shapes {
        let window = Window::new(input, size, strides, dilation, padding).unwrap();
        let kernels = check(Conv2d { batch, window, input_channels, output_channels }, false);
        assert!(kernels.is_empty() || kernels.iter().any(|(_, kernel)| kernel.contains(".strided")), "{kernels:?}");
    }
}
