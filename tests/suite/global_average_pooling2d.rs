//! The mean of every channel over the whole picture.

use ocellus::doctor::sweep::global_average_pooling2d::{MANY_PIXELS, case};
use ocellus::ops::GlobalAveragePooling2d;
use proptest::prelude::*;

use crate::geometry::{batches, channels};
use crate::support::{cases, check};

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn global_average_pooling2d_agrees_with_the_reference(
        batch in batches(),
        pixels in prop::sample::select(&[1usize, 3, 7, 49, 289][..]),
        channels in channels(),
    ) {
        check(&case(GlobalAveragePooling2d { batch, pixels, channels }));
    }
}

#[test]
fn global_average_pooling2d_agrees_for_more_pixels_than_a_drivers_loops_have_turns() {
    let (batch, pixels, channels) = MANY_PIXELS;
    check(&case(GlobalAveragePooling2d { batch, pixels, channels }));
}
