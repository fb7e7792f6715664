//! Convolution of every channel by itself.

use ocellus::doctor::sweep::depthwise_conv2d::{ACTIVATIONS, case, in_one_part, in_parts};
use ocellus::ops::{Activation, DepthwiseConv2d};
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
