//! Convolution of every channel by itself.

use ocellus::doctor::sweep::depthwise_conv2d::{ACTIVATIONS, case, in_one_part, in_parts};
use ocellus::gpu::{Recording, View};
use ocellus::ops::{Activation, DepthwiseConv2d};
use ocellus::shape::{Padding, Window};
use proptest::{prelude::*, sample::select};

use crate::geometry::{batches, channels, windows};
use crate::support::{cases, check};

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn depthwise_conv2d_agrees_with_the_reference(
        batch in batches(),
        window in windows(3),
        channels in channels(),
        multiplier in 1usize..4,
        with_bias in any::<bool>(),
        activation in select(&ACTIVATIONS[..]),
    ) {
        check(&case(DepthwiseConv2d { batch, window, channels, multiplier }, with_bias, activation));
    }
}

#[test]
fn depthwise_conv2d_gradient_of_kernel_is_summed_in_parts() {
    let op = in_parts().unwrap();
    // 85 rows in parts of 2, the last of which is smaller.
    let parts = op.gradient_of_kernel_scratch_bytes() / (4 * op.kernel_elements() as u64);
    assert_eq!(parts, 43);
    check(&case(op, true, Activation::Linear));
}

#[test]
fn depthwise_conv2d_gradient_of_kernel_of_one_row_needs_no_scratch() {
    let op = in_one_part().unwrap();
    assert_eq!(op.gradient_of_kernel_scratch_bytes(), 0);
    check(&case(op, true, Activation::Linear));
}

#[test]
fn every_pass_of_depthwise_conv2d_counts_the_multiply_adds_of_the_formula() {
    let window = Window::new([7, 6], [3, 2], [2; 2], [1; 2], Padding::Valid).unwrap();
    let op = DepthwiseConv2d { batch: 5, window, channels: 4, multiplier: 3 };
    let any = View { slot: 0, offset: 0, bytes: 0 };
    let mut recording = Recording::default();
    op.forward(&mut recording, any, any, None, Activation::Linear, any);
    op.gradient_of_input(&mut recording, any, any, None, any);
    op.gradient_of_kernel(&mut recording, any, any, Some(any), any);
    let counted = recording.commands().iter().map(|command| command.multiply_adds).filter(|count| *count > 0);
    // Three by three outputs of 12 channels, six products each.
    assert_eq!(counted.collect::<Vec<_>>(), [5 * 3 * 3 * 12 * 6; 3]);
}
