//! The watch for infinity and NaN.

use ocellus::check::Bench;
use ocellus::doctor::sweep::finite::{roll_back, watch};
use ocellus::doctor::sweep::optimizer::rules;
use ocellus::ops::{Finite, OptimizerStep, StepRecord};
use pollster::block_on;
use proptest::prelude::*;

use crate::support::{cases, check, gpu, numbers};

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn finite_agrees_with_the_reference(
        elements in 1usize..3000,
        trouble in prop::option::of((0usize..3000, prop::sample::select(vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY]))),
    ) {
        let mut gradients = numbers(1, elements);
        if let Some((place, value)) = trouble {
            gradients[place % elements] = value;
        }
        check(&watch(&gradients, 2.5, false));
    }
}

#[test]
fn finite_finds_a_single_one_at_any_place_of_odd_sizes() {
    for elements in [1, 3, 7, 17, 129, 515] {
        check(&watch(&vec![f32::MAX; elements], 0.5, false));
        for place in [0, elements / 2, elements - 1] {
            let mut gradients = vec![f32::MIN_POSITIVE; elements];
            gradients[place] = f32::from_bits(0xff80_0001);
            check(&watch(&gradients, 0.5, false));
        }
    }
    // More elements than the parts take by themselves.
    let mut gradients = vec![-1.0; 2_200_003];
    check(&watch(&gradients, 0.5, false));
    gradients[2_200_002] = f32::INFINITY;
    check(&watch(&gradients, 0.5, false));
}

#[test]
fn finite_watches_the_loss_of_its_own_step() {
    for loss in [f32::INFINITY, f32::NAN, f32::MAX, 0.0] {
        check(&watch(&[1.0; 5], loss, false));
    }
}

#[test]
fn finite_stays_halted_until_the_host_says_otherwise() {
    check(&watch(&[1.0; 5], 3.0, true));
}

#[test]
fn finite_without_gradients_watches_the_loss() {
    let Some(gpu) = gpu() else { return };
    for (loss, expected) in [(1.0, 0), (f32::NAN, 1)] {
        let mut bench = Bench::new();
        bench.set_step(StepRecord::default());
        let (gradients, scratch) = (bench.input("gradients", &[f32::NAN]), bench.input("scratch", &[0.0f32]));
        let (ring, halted) = (bench.input("ring", &[loss, 0.0f32]), bench.input("halted", &[0u32]));
        Finite { elements: 0 }.record(bench.recording(), gradients, scratch, ring, halted);
        assert_eq!(block_on(bench.run(&gpu)).unwrap().get::<u32>(halted), [expected]);
    }
}

#[test]
fn moving_statistics_are_kept_after_a_step_and_given_back_where_it_does_not_count() {
    for elements in [4, 12, 300] {
        for halted in [false, true] {
            check(&roll_back(elements, halted));
        }
    }
}

#[test]
fn no_optimizer_changes_anything_where_training_is_halted() {
    let Some(gpu) = gpu() else { return };
    for rule in rules() {
        for halts in [0u32, 1] {
            let mut bench = Bench::new();
            bench.set_step(StepRecord { learning_rate: 0.5, bias_correction: 1.0, ..StepRecord::default() });
            let (w, g) = (bench.input("weights", &[1.0f32; 7]), bench.input("gradients", &[1.0f32; 7]));
            let moments: Vec<_> = (0..rule.moments()).map(|_| bench.input("moment", &[0.25f32; 7])).collect();
            let halted = bench.input("halted", &[halts]);
            let step = OptimizerStep { rule, elements: 7, weight_decay: Some(0.1), global_clipnorm: None };
            step.record(bench.recording(), w, g, &moments, None, halted);
            let results = block_on(bench.run(&gpu)).unwrap();
            assert_eq!(results.get::<f32>(w) == [1.0; 7], halts == 1, "{rule:?}");
            for moment in moments {
                assert_eq!(results.get::<f32>(moment) == [0.25; 7], halts == 1, "{rule:?}");
            }
        }
    }
}
