//! conv2d's three passes, each with every choice of kernels, against the reference.

use std::collections::{BTreeMap, BTreeSet};

use ocellus::check::Bench;
use ocellus::doctor::sweep::conv2d::{
    block_edges, case, cropped, kernels, many_pixels, pooled, pooled_case, strided_edges, subgroup_edges,
    subgroups_down, tile_edges, unseen,
};
use ocellus::gpu::Gpu;
use ocellus::ops::{Activated, Activation, Conv2d, KernelChoice, MaxPooling2d};
use ocellus::shape::{Padding, Window};
use pollster::block_on;
use proptest::prelude::*;

use crate::support::{cases, check, gpu, numbers, skipped};

/// Compares all passes by all choices with the reference.
fn check_all(op: Conv2d, has_bias: bool) {
    let Some(gpu) = gpu() else { return };
    // Where the device cannot run subgroup kernels, they are the blocked ones again.
    let choices = [KernelChoice::Naive, KernelChoice::Block, KernelChoice::Tile, KernelChoice::Subgroup];
    let choices = choices.map(|choice| choice.on(&gpu));
    check(&case(op, has_bias, &choices));
}

/// Compares all passes by this choice alone, for shapes that are there for its sake.
fn check_one(op: Conv2d, has_bias: bool, choice: KernelChoice) {
    let Some(gpu) = gpu() else { return };
    check(&case(op, has_bias, &[choice.on(&gpu)]));
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

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn conv2d_agrees_with_the_reference(op in geometry(), has_bias: bool, unseen in [0usize..4, 0usize..4]) {
        check_all(cropped(op, unseen), has_bias);
    }
}

/// How many of a convolution's kernels by this choice have one of these in their names.
fn count(op: Conv2d, choice: KernelChoice, pieces: &[&str]) -> usize {
    kernels(op, choice).iter().filter(|kernel| pieces.iter().any(|piece| kernel.contains(piece))).count()
}

/// Channels around a tile's columns, pixels for more than one tile, and any window.
fn tiled() -> impl Strategy<Value = Conv2d> {
    let channels = || prop::sample::select(vec![31, 32, 33, 36, 48, 64, 66]);
    let input_channels = prop_oneof![prop::sample::select(vec![1usize, 3, 4, 6]), channels()];
    (geometry(), 3usize..6, [9usize..18, 9usize..18], input_channels, channels()).prop_filter_map(
        "the window fits",
        |(op, batch, input, input_channels, output_channels)| {
            let Window { rows, columns } = op.window;
            let padding = if batch % 2 == 0 { Padding::Same } else { Padding::Valid };
            let (size, strides) = ([rows.window, columns.window], [rows.stride, columns.stride]);
            let window = Window::new(input, size, strides, [rows.dilation, columns.dilation], padding)?;
            Some(Conv2d { batch, window, input_channels, output_channels })
        },
    )
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn conv2d_by_tiles_agrees_with_the_reference(op in tiled(), has_bias: bool, unseen in [0usize..4, 0usize..4]) {
        check_all(cropped(op, unseen), has_bias);
    }
}

#[test]
fn conv2d_tiles_agree_with_the_reference_around_their_edges() {
    if gpu().is_none() {
        return;
    }
    let mut ran = BTreeSet::new();
    for op in tile_edges() {
        check_one(op, true, KernelChoice::Tile);
        ran.extend(kernels(op, KernelChoice::Tile).into_iter().filter(|kernel| kernel.contains(".tile")));
        let passes = if op.input_channels >= 32 { 3 } else { 2 };
        assert_eq!(count(op, KernelChoice::Tile, &[".tile"]), passes, "{op:?}");
    }
    assert_eq!(ran.len(), 7, "{ran:?}");
}

#[test]
fn conv2d_blocks_agree_with_the_reference_around_their_edges() {
    for op in block_edges() {
        check_one(op, true, KernelChoice::Block);
        // The right kernels ran: a blocked one of each pass, where the input's channels allow.
        let passes = if op.input_channels.is_multiple_of(4) { 3 } else { 2 };
        assert_eq!(count(op, KernelChoice::Block, &[".block", ".few_channels"]), passes, "{op:?}");
    }
}

#[test]
fn conv2d_agrees_with_the_reference_for_more_pixels_than_a_drivers_loops_have_turns() {
    for op in many_pixels() {
        check_all(op, false);
    }
}

#[test]
fn conv2d_agrees_with_the_reference_where_parts_have_the_rows_that_a_drivers_loops_have_turns_for() {
    // Rows of one pixel, by kernels that have invocations enough in few parts; of more pixels the reference takes minutes.
    let window = Window::new([4, 1], [1, 7], [1; 2], [1; 2], Padding::Same).unwrap();
    let op = Conv2d { batch: 13_000, window, input_channels: 64, output_channels: 128 };
    for choice in [KernelChoice::Block, KernelChoice::Subgroup] {
        check_one(op, false, choice);
    }
}

#[test]
fn conv2d_subgroups_agree_with_the_reference_around_their_edges() {
    let Some(gpu) = gpu() else { return };
    if KernelChoice::Subgroup.on(&gpu) != KernelChoice::Subgroup {
        return skipped("the adapter has no subgroups of eight");
    }
    let mut ran = BTreeSet::new();
    for op in subgroup_edges() {
        check_one(op, true, KernelChoice::Subgroup);
        ran.extend(kernels(op, KernelChoice::Subgroup).into_iter().filter(|kernel| kernel.contains(".subgroup")));
        // Four channels of four are for blocks.
        let [left, right] = [op.input_channels, op.output_channels];
        let by_blocks = [left == 4 && right.is_multiple_of(4), right == 4 && left.is_multiple_of(4)];
        let passes = 3 - by_blocks.into_iter().filter(|by_blocks| *by_blocks).count();
        assert_eq!(count(op, KernelChoice::Subgroup, &[".subgroup"]), passes, "{op:?}");
    }
    assert_eq!(ran.len(), 8, "{ran:?}");
    for op in unseen() {
        check_all(op, true);
    }
    for op in subgroups_down() {
        check_one(op, false, KernelChoice::Subgroup);
        assert_eq!(count(op, KernelChoice::Subgroup, &[".subgroup"]), 2, "{op:?}");
    }
}

/// Compares the passes in whose kernels max pooling stands with the two passes by themselves: to the bit, winners and all.
/// The passes that were compared; none where the choice has no such kernels.
fn check_pooled(
    gpu: &Gpu,
    op: Conv2d,
    pool: [usize; 2],
    activation: Activation,
    choice: KernelChoice,
) -> Vec<&'static str> {
    let (batch, channels) = (op.batch, [op.input_channels, op.output_channels]);
    let outputs = [op.window.rows.output, op.window.columns.output];
    let window = Window::new(outputs, pool, pool, [1; 2], Padding::Valid).unwrap();
    let pooling = MaxPooling2d { batch, window, channels: channels[1] };
    let pooled = batch * pooling.window.output_pixels() * channels[1];
    // Few different numbers, so that there are ties, and one that is none.
    let mut x: Vec<f32> = numbers(1, op.input_elements()).iter().map(|x| (2.0 * x).round()).collect();
    x[op.input_elements() / 2] = f32::NAN;
    let kernel: Vec<f32> = numbers(2, op.kernel_elements()).iter().map(|x| x.round()).collect();
    let bias = numbers(3, channels[1]);
    let mut bench = Bench::new();
    let [x, kernel, bias] = [("x", &x), ("kernel", &kernel), ("bias", &bias)].map(|(name, v)| bench.input(name, v));
    let whole = bench.output("whole", op.output_elements());
    let [expected, expected_winners] = ["expected", "expected winners"].map(|name| bench.output(name, pooled));
    let parts = bench.scratch(op.forward_scratch_bytes(choice));
    let recording = bench.recording();
    op.forward(recording, choice, x, kernel, Some(bias), activation, parts, whole);
    pooling.forward(recording, whole, expected, Some(expected_winners));
    let forward = op
        .forward_pooled_scratch_bytes(choice, pooling)
        .map(|bytes| (bench.scratch(bytes), ["out", "winners", "alone"].map(|name| bench.output(name, pooled))));
    if let Some((parts, [out, winners, alone])) = forward {
        let (recording, bias) = (bench.recording(), Some(bias));
        op.forward_pooled(recording, choice, pooling, x, kernel, bias, activation, parts, out, Some(winners));
        op.forward_pooled(recording, choice, pooling, x, kernel, bias, activation, parts, alone, None);
    }
    let before = bench.output("before", op.output_elements());
    let [dout, y] = [("dout", 5, pooled), ("y", 6, op.input_elements())]
        .map(|(name, seed, n)| bench.input(name, &numbers(seed, n)));
    pooling.gradient(bench.recording(), dout, expected_winners, before);
    // Each gradient, from the one before the pooling and from the pooled one.
    let mut gradients = Vec::new();
    if let Some(bytes) = op.pooled_gradient_of_kernel_scratch_bytes(choice, pooling) {
        let (scratch, parts) = (bench.scratch(bytes), bench.scratch(op.gradient_of_kernel_scratch_bytes(choice)));
        let [apart, both] = ["apart", "both"].map(|name| bench.output(name, op.kernel_elements()));
        let recording = bench.recording();
        op.gradient_of_kernel(recording, choice, y, before, parts, apart);
        op.pooled_gradient_of_kernel(recording, choice, pooling, y, dout, expected_winners, scratch, both);
        gradients.push(("gradient of the kernel", apart, both));
    }
    if let Some(bytes) = op.pooled_gradient_of_input_scratch_bytes(choice, pooling) {
        let (scratch, parts) = (bench.scratch(bytes), bench.scratch(op.gradient_of_input_scratch_bytes(choice)));
        let [apart, both] = ["apart", "both"].map(|name| bench.output(name, op.input_elements()));
        let (recording, activated) = (bench.recording(), Activated::new(activation, y));
        op.gradient_of_input(recording, choice, before, kernel, activated, parts, apart);
        let winners = expected_winners;
        op.pooled_gradient_of_input(recording, choice, pooling, dout, winners, kernel, activated, scratch, both);
        gradients.push(("gradient of the input", apart, both));
    }
    let results = block_on(bench.run(gpu)).unwrap_or_else(|error| panic!("{op:?}: {error}"));
    for (pass, apart, both) in &gradients {
        assert_eq!(results.get::<u32>(*apart), results.get::<u32>(*both), "{pass} of {op:?}");
    }
    let gradients: Vec<_> = gradients.into_iter().map(|(pass, _, _)| pass).collect();
    let Some((_, [out, winners, alone])) = forward else { return gradients };
    assert_eq!(results.get::<u32>(winners), results.get::<u32>(expected_winners), "{op:?}");
    let (out, alone) = (results.get::<f32>(out), results.get::<f32>(alone));
    assert!(out.iter().zip(&alone).all(|(out, alone)| out.to_bits() == alone.to_bits()), "{op:?}");
    for (actual, expected) in out.into_iter().zip(results.get::<f32>(expected)) {
        // A NaN need not keep its bits.
        assert!(actual.to_bits() == expected.to_bits() || actual.is_nan() && expected.is_nan(), "{op:?}");
    }
    [vec!["forward"], gradients].concat()
}

/// The shapes with a pooling whose kernels the device runs.
fn pooled_on(gpu: &Gpu) -> Vec<(Conv2d, [usize; 2], KernelChoice)> {
    let available = KernelChoice::available(gpu);
    pooled().into_iter().filter(|(_, _, choice)| available.contains(choice)).collect()
}

#[test]
fn conv2d_with_max_pooling_in_its_kernels_gives_the_bits_of_one_after_the_other() {
    let Some(gpu) = gpu() else { return };
    // Two that take little compiling.
    let activations = [Activation::Relu, Activation::LeakyRelu { negative_slope: 0.3 }];
    let mut counts = BTreeMap::new();
    for ((op, pool, choice), activation) in pooled_on(&gpu).into_iter().zip(activations.into_iter().cycle()) {
        for pass in check_pooled(&gpu, op, pool, activation, choice) {
            *counts.entry((pass, format!("{choice:?}"))).or_insert(0) += 1;
        }
    }
    let mut expected = vec![("forward", "Block", 6), ("gradient of the kernel", "Block", 6)];
    expected.extend([
        ("forward", "Tile", 7),
        ("gradient of the kernel", "Tile", 9),
        ("gradient of the input", "Tile", 6),
    ]);
    if KernelChoice::available(&gpu).contains(&KernelChoice::Subgroup) {
        expected.extend([("forward", "Subgroup", 19), ("gradient of the kernel", "Subgroup", 12)]);
    }
    let expected = expected.into_iter().map(|(pass, choice, count)| ((pass, choice.to_owned()), count));
    assert_eq!(counts, expected.collect());
}

#[test]
fn conv2d_with_max_pooling_in_its_kernels_agrees_with_the_reference() {
    let Some(gpu) = gpu() else { return };
    for (op, pool, choice) in pooled_on(&gpu) {
        let case = pooled_case(op, pool, choice).unwrap_or_else(|| panic!("{choice:?} has no kernel for {op:?}"));
        check(&case);
    }
}

#[test]
fn conv2d_strided_gradients_of_the_input_agree_with_the_reference_around_their_edges() {
    for op in strided_edges() {
        check_one(op, false, KernelChoice::Block);
        assert_eq!(count(op, KernelChoice::Block, &[".strided"]), 1, "{op:?}");
    }
}
