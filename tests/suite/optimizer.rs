//! Optimizer steps.

use ocellus::check::Bench;
use ocellus::doctor::sweep::optimizer::{case, moments, rules, step_record};
use ocellus::ops::{OptimizerStep, UpdateRule};
use ocellus::train::Optimizer;
use pollster::block_on;
use proptest::prelude::*;

use crate::support::{cases, check, gpu};

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn optimizer_agrees_with_the_reference(
        elements in 1usize..300,
        weight_decay in prop::option::of(0.01f32..0.5),
        global_clipnorm in prop::option::of(0.1f32..20.0),
        iteration in 0u32..2000,
    ) {
        for rule in rules() {
            check(&case(OptimizerStep { rule, elements, weight_decay, global_clipnorm }, iteration));
        }
    }
}

#[test]
fn optimizer_agrees_at_odd_sizes() {
    for rule in rules() {
        for elements in [1, 3, 7, 17, 65] {
            check(&case(OptimizerStep { rule, elements, weight_decay: None, global_clipnorm: None }, 0));
        }
    }
}

#[test]
fn optimizer_of_every_name_is_called_so() {
    for name in Optimizer::NAMES {
        assert_eq!(Optimizer::by_name(name).unwrap().describe(), *name);
    }
}

#[test]
fn optimizer_remembers_as_much_as_its_formula_has() {
    assert_eq!(rules().into_iter().map(UpdateRule::moments).collect::<Vec<_>>(), [2, 1, 0, 1, 1, 1, 2]);
}

#[test]
fn optimizer_does_not_clip_trouble_away() {
    let Some(gpu) = gpu() else { return };
    for norm in [f32::INFINITY, f32::NAN] {
        for rule in rules() {
            let mut bench = Bench::new();
            bench.set_step(step_record(rule, 0));
            let (w, g) = (bench.input("weights", &[1.0f32; 5]), bench.input("gradients", &[1.0f32; 5]));
            let views: Vec<_> = moments(rule, 5).iter().map(|moment| bench.input("moment", moment)).collect();
            let (norm, halted) = (bench.input("norm", &[norm]), bench.input("halted", &[0u32]));
            let step = OptimizerStep { rule, elements: 5, weight_decay: None, global_clipnorm: Some(1.0) };
            step.record(bench.recording(), w, g, &views, Some(norm), halted);
            let w = block_on(bench.run(&gpu)).unwrap().get::<f32>(w);
            assert!(w.iter().all(|w| w.is_nan()), "{rule:?}: {w:?}");
        }
    }
}
