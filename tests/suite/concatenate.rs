//! Tensors side by side along the channels.

use ocellus::doctor::sweep::concatenate::case;
use proptest::prelude::*;

use crate::geometry::channels;
use crate::support::{cases, check};

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn concatenate_agrees_with_the_reference(
        rows in prop::sample::select(&[1usize, 3, 7, 17][..]),
        channels in prop::collection::vec(channels(), 1..4),
    ) {
        check(&case(rows, &channels));
    }
}
