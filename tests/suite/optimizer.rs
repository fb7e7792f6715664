//! Optimizer steps.

use ocellus::check::{Bench, compare};
use ocellus::ops::{OptimizerStep, StepRecord, UpdateRule};
use ocellus::reference::{global_norm, optimizer};
use optimizer::{Rule, State};
use pollster::block_on;
use proptest::prelude::*;

use crate::support::{cases, gpu, numbers, wide};

fn twin(rule: UpdateRule) -> Rule {
    match rule {
        UpdateRule::Sgd { momentum, nesterov } => Rule::Sgd { momentum, nesterov },
        UpdateRule::RmsProp { rho, epsilon } => Rule::RmsProp { rho, epsilon },
        UpdateRule::Adam { beta_1, beta_2, epsilon } => Rule::Adam { beta_1, beta_2, epsilon },
    }
}

fn rules() -> Vec<UpdateRule> {
    vec![
        UpdateRule::Sgd { momentum: 0.0, nesterov: false },
        UpdateRule::Sgd { momentum: 0.9, nesterov: false },
        UpdateRule::Sgd { momentum: 0.9, nesterov: true },
        UpdateRule::RmsProp { rho: 0.9, epsilon: 1e-7 },
        UpdateRule::Adam { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 },
        // So large that a wrong place for it shows.
        UpdateRule::RmsProp { rho: 0.5, epsilon: 0.3 },
        UpdateRule::Adam { beta_1: 0.5, beta_2: 0.6, epsilon: 0.3 },
    ]
}

/// As large as the weights, so that the update is not lost beside them.
const LEARNING_RATE: f32 = 0.7;

fn step_record(rule: UpdateRule, iteration: u32) -> StepRecord {
    let t = f64::from(iteration + 1);
    let bias_correction = match rule {
        UpdateRule::Adam { beta_1, beta_2, .. } => (1.0 - beta_2.powf(t)).sqrt() / (1.0 - beta_1.powf(t)),
        _ => 1.0,
    };
    StepRecord {
        iteration,
        learning_rate: LEARNING_RATE,
        bias_correction: bias_correction as f32,
        ..Default::default()
    }
}

/// What the rule remembers as its first number, and what as its second: at most one of both for all but Adam.
fn moments(rule: UpdateRule, elements: usize) -> Vec<Vec<f32>> {
    let first = numbers(3, elements);
    let second = numbers(4, elements).iter().map(|s| s.abs()).collect();
    match rule {
        UpdateRule::Sgd { .. } => vec![first],
        UpdateRule::RmsProp { .. } => vec![second],
        UpdateRule::Adam { .. } => vec![first, second],
    }
    .into_iter()
    .take(rule.moments())
    .collect()
}

fn check(step: OptimizerStep, iteration: u32) {
    let Some(gpu) = gpu() else { return };
    let OptimizerStep { rule, elements, weight_decay, global_clipnorm } = step;
    let (w, g) = (numbers(1, elements), numbers(2, elements));
    let moments = moments(rule, elements);
    let mut bench = Bench::new();
    bench.set_step(step_record(rule, iteration));
    let (w_view, g_view) = (bench.input("weights", &w), bench.input("gradients", &g));
    let views: Vec<_> = moments.iter().map(|moment| bench.input("moment", moment)).collect();
    let norm = global_clipnorm.map(|_| bench.input("norm", &[global_norm::norm(&wide(&g)) as f32]));
    step.record(bench.recording(), w_view, g_view, &views, norm);
    let results = block_on(bench.run(&gpu)).unwrap();

    let mut state = State::new(elements);
    match (rule, moments.as_slice()) {
        (UpdateRule::RmsProp { .. }, [second]) => state.second = wide(second),
        (UpdateRule::Adam { .. }, [first, second]) => state = State { first: wide(first), second: wide(second) },
        (_, [first]) => state.first = wide(first),
        _ => {}
    }
    let mut expected = wide(&w);
    let g = match global_clipnorm {
        Some(clipnorm) => global_norm::clip(&wide(&g), clipnorm.into()),
        None => wide(&g),
    };
    let decay = weight_decay.map(f64::from);
    optimizer::step(twin(rule), LEARNING_RATE.into(), decay, iteration + 1, &mut expected, &g, &mut state);
    let agree = |actual: &[f32], expected: &[f64], what: &str| {
        compare(actual, expected, 3).unwrap_or_else(|error| panic!("{what} of {step:?}: {error}"));
    };
    agree(&results.get::<f32>(w_view), &expected, "weights");
    let expected_moments = match rule {
        UpdateRule::RmsProp { .. } => vec![state.second],
        _ => vec![state.first, state.second],
    };
    for (view, expected) in views.iter().zip(expected_moments) {
        agree(&results.get::<f32>(*view), &expected, "a moment");
    }
}

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
            check(OptimizerStep { rule, elements, weight_decay, global_clipnorm }, iteration);
        }
    }
}

#[test]
fn optimizer_agrees_at_odd_sizes() {
    for rule in rules() {
        for elements in [1, 3, 7, 17, 65] {
            check(OptimizerStep { rule, elements, weight_decay: None, global_clipnorm: None }, 0);
        }
    }
}

#[test]
fn optimizer_remembers_as_much_as_its_formula_has() {
    assert_eq!(rules().into_iter().map(UpdateRule::moments).collect::<Vec<_>>(), [0, 1, 1, 1, 2, 1, 2]);
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
            let norm = bench.input("norm", &[norm]);
            let step = OptimizerStep { rule, elements: 5, weight_decay: None, global_clipnorm: Some(1.0) };
            step.record(bench.recording(), w, g, &views, Some(norm));
            let w = block_on(bench.run(&gpu)).unwrap().get::<f32>(w);
            assert!(w.iter().all(|w| w.is_nan()), "{rule:?}: {w:?}");
        }
    }
}
