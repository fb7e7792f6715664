//! The sum of tensors of one shape.

use ocellus::check::{Bench, compare};
use ocellus::ops::Add;
use ocellus::reference;
use pollster::block_on;
use proptest::prelude::*;

use crate::support::{cases, gpu, numbers, wide};

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn add_agrees_with_the_reference(elements in 1usize..300) {
        let Some(gpu) = gpu() else { return Ok(()) };
        let [a, b, c] = [1, 2, 3].map(|seed| numbers(seed, elements));
        let mut bench = Bench::new();
        let views = [("a", &a), ("b", &b), ("c", &c)].map(|(name, x)| bench.input(name, x));
        let (first_two, out) = (bench.output("a + b", elements), bench.output("out", elements));
        let op = Add { elements };
        op.forward(bench.recording(), views[0], views[1], first_two);
        op.forward(bench.recording(), first_two, views[2], out);
        let results = block_on(bench.run(&gpu)).unwrap();
        let expected = reference::add::forward(&[&wide(&a), &wide(&b), &wide(&c)]);
        compare(&results.get::<f32>(out), &expected, 3).unwrap();
    }
}
