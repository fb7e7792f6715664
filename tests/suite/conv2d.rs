//! conv2d's three passes, each with every choice of kernels, against the reference.

use ocellus::doctor::sweep::conv2d::{block_edges, case, kernels, strided_edges, subgroup_edges, subgroups_down};
use ocellus::ops::{Conv2d, KernelChoice};
use ocellus::shape::{Padding, Window};
use proptest::prelude::*;

use crate::support::{cases, check, gpu, skipped};

/// Compares all passes by all choices with the reference.
fn check_all(op: Conv2d, has_bias: bool) {
    let Some(gpu) = gpu() else { return };
    // Where the device cannot run subgroup kernels, they are the blocked ones again.
    let choices = [KernelChoice::Naive, KernelChoice::Block, KernelChoice::Subgroup].map(|choice| choice.on(&gpu));
    check(&case(op, has_bias, &choices));
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
    #![proptest_config(cases(40))]

    #[test]
    fn conv2d_agrees_with_the_reference(op in geometry(), has_bias: bool) {
        check_all(op, has_bias);
    }
}

/// How many of a convolution's kernels by this choice have one of these in their names.
fn count(op: Conv2d, choice: KernelChoice, pieces: &[&str]) -> usize {
    kernels(op, choice).iter().filter(|kernel| pieces.iter().any(|piece| kernel.contains(piece))).count()
}

#[test]
fn conv2d_blocks_agree_with_the_reference_around_their_edges() {
    for op in block_edges() {
        check_all(op, true);
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
    for op in subgroup_edges() {
        check_all(op, true);
        let passes = if op.input_channels >= 16 { 3 } else { 2 };
        assert_eq!(count(op, KernelChoice::Subgroup, &[".subgroup"]), passes, "{op:?}");
    }
    for op in subgroups_down() {
        check_all(op, false);
        assert_eq!(count(op, KernelChoice::Subgroup, &[".subgroup"]), 2, "{op:?}");
    }
}

#[test]
fn conv2d_strided_gradients_of_the_input_agree_with_the_reference_around_their_edges() {
    for op in strided_edges() {
        check_all(op, false);
        assert_eq!(count(op, KernelChoice::Block, &[".strided"]), 1, "{op:?}");
    }
}
