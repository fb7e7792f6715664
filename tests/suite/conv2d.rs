//! conv2d's three passes, each with every choice of kernels, against the reference.

use std::collections::BTreeSet;

use ocellus::check::{Bench, Case};
use ocellus::doctor::sweep::conv2d::{
    block_edges, case, cropped, kernels, pooled, pooled_case, strided_edges, subgroup_edges, subgroups_down,
    tile_edges, unseen,
};
use ocellus::gpu::Gpu;
use ocellus::ops::{Activation, Conv2d, KernelChoice, MaxPooling2d};
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

/// Compares the pass that ends in max pooling with the two passes by themselves: to the bit, winners and all. `false` where
/// the choice has no such kernel.
fn check_pooled(gpu: &Gpu, op: Conv2d, pool: [usize; 2], activation: Activation, choice: KernelChoice) -> bool {
    let (batch, channels) = (op.batch, [op.input_channels, op.output_channels]);
    let outputs = [op.window.rows.output, op.window.columns.output];
    let window = Window::new(outputs, pool, pool, [1; 2], Padding::Valid).unwrap();
    let pooling = MaxPooling2d { batch, window, channels: channels[1] };
    if !op.can_pool(choice, pooling) {
        return false;
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
    let alone = bench.output("alone", pooled);
    let (winners, expected, expected_winners) =
        (bench.output("winners", pooled), bench.output("expected", pooled), bench.output("expected winners", pooled));
    let recording = bench.recording();
    op.forward(recording, choice, x, kernel, Some(bias), activation, whole);
    pooling.forward(recording, whole, expected, Some(expected_winners));
    op.forward_pooled(recording, choice, pooling, x, kernel, Some(bias), activation, out, Some(winners));
    op.forward_pooled(recording, choice, pooling, x, kernel, Some(bias), activation, alone, None);
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
    let results = block_on(bench.run(gpu)).unwrap_or_else(|error| panic!("{op:?}: {error}"));
    let one_by_one = choice == KernelChoice::Subgroup && !channels[0].is_multiple_of(4);
    assert_eq!(gradients.is_some(), one_by_one, "input channels that are no multiple of four have one: {op:?}");
    if let Some((apart, both)) = gradients {
        assert_eq!(results.get::<u32>(apart), results.get::<u32>(both), "gradient of {op:?}");
    }
    assert_eq!(results.get::<u32>(winners), results.get::<u32>(expected_winners), "{op:?}");
    let (out, alone) = (results.get::<f32>(out), results.get::<f32>(alone));
    assert!(out.iter().zip(&alone).all(|(out, alone)| out.to_bits() == alone.to_bits()), "{op:?}");
    for (actual, expected) in out.into_iter().zip(results.get::<f32>(expected)) {
        // A NaN need not keep its bits.
        assert!(actual.to_bits() == expected.to_bits() || actual.is_nan() && expected.is_nan(), "{op:?}");
    }
    true
}

/// The choices that have kernels that end in max pooling, as far as the device runs them.
fn pooling_choices(gpu: &Gpu) -> Vec<KernelChoice> {
    let choices = [KernelChoice::Block, KernelChoice::Subgroup];
    choices.into_iter().filter(|choice| KernelChoice::available(gpu).contains(choice)).collect()
}

#[test]
fn conv2d_with_max_pooling_at_its_end_gives_the_bits_of_one_after_the_other() {
    let Some(gpu) = gpu() else { return };
    for choice in pooling_choices(&gpu) {
        let mut checked = 0;
        for ((op, pool), activation) in
            pooled().into_iter().zip([Activation::Relu, Activation::Tanh].into_iter().cycle())
        {
            checked += usize::from(check_pooled(&gpu, op, pool, activation, choice));
        }
        assert!(checked >= 4, "{choice:?} has kernels for {checked} cases");
    }
}

#[test]
fn conv2d_with_max_pooling_at_its_end_agrees_with_the_reference() {
    let Some(gpu) = gpu() else { return };
    for choice in pooling_choices(&gpu) {
        let cases: Vec<Case> = pooled().into_iter().filter_map(|(op, pool)| pooled_case(op, pool, choice)).collect();
        assert!(cases.len() >= 2, "{choice:?}");
        cases.iter().for_each(check);
    }
}

#[test]
fn conv2d_strided_gradients_of_the_input_agree_with_the_reference_around_their_edges() {
    for op in strided_edges() {
        check_one(op, false, KernelChoice::Block);
        assert_eq!(count(op, KernelChoice::Block, &[".strided"]), 1, "{op:?}");
    }
}
