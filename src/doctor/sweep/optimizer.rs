//! A step of every optimizer.

use super::numbers::{numbers, wide};
use super::{Extent, Planned, planned};
use crate::check::Case;
use crate::doctor::every_optimizer;
use crate::ops::{OptimizerStep, StepRecord, UpdateRule};
use crate::reference::{global_norm, optimizer as twin};
use crate::train::Optimizer;
use twin::{Rule, State};

fn rule_of_twin(rule: UpdateRule) -> Rule {
    match rule {
        UpdateRule::Sgd { momentum, nesterov } => Rule::Sgd { momentum, nesterov },
        UpdateRule::RmsProp { rho, epsilon } => Rule::RmsProp { rho, epsilon },
        UpdateRule::Adam { beta_1, beta_2, epsilon } => Rule::Adam { beta_1, beta_2, epsilon },
    }
}

/// The rule of every optimizer, and forms of them that show a constant in the wrong place.
pub fn rules() -> Vec<UpdateRule> {
    let mut rules: Vec<UpdateRule> = Vec::new();
    for rule in every_optimizer().iter().map(Optimizer::update_rule) {
        // Some optimizers differ in what is around the rule.
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    // So large that a wrong place for it shows.
    rules.push(UpdateRule::RmsProp { rho: 0.5, epsilon: 0.3 });
    rules.push(UpdateRule::Adam { beta_1: 0.5, beta_2: 0.6, epsilon: 0.3 });
    rules
}

/// As large as the weights, so that the update is not lost beside them.
const LEARNING_RATE: f32 = 0.7;

/// The step's record as training makes it.
pub fn step_record(rule: UpdateRule, iteration: u32) -> StepRecord {
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
pub fn moments(rule: UpdateRule, elements: usize) -> Vec<Vec<f32>> {
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

/// The step of this number, counted from 0.
pub fn case(step: OptimizerStep, iteration: u32) -> Case {
    let OptimizerStep { rule, elements, weight_decay, global_clipnorm } = step;
    let (w, g) = (numbers(1, elements), numbers(2, elements));
    let moments = moments(rule, elements);
    let mut case = Case::new(step);
    case.bench.set_step(step_record(rule, iteration));
    let (w_view, g_view) = (case.bench.input("weights", &w), case.bench.input("gradients", &g));
    let views: Vec<_> = moments.iter().map(|moment| case.bench.input("moment", moment)).collect();
    let norm = global_clipnorm.map(|_| case.bench.input("norm", &[global_norm::norm(&wide(&g)) as f32]));
    let halted = case.bench.input("halted", &[0u32]);
    step.record(case.bench.recording(), w_view, g_view, &views, norm, halted);

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
    twin::step(rule_of_twin(rule), LEARNING_RATE.into(), decay, iteration + 1, &mut expected, &g, &mut state);
    case.agrees(w_view, "weights", expected, 3);
    let expected_moments = match rule {
        UpdateRule::RmsProp { .. } => vec![state.second],
        _ => vec![state.first, state.second],
    };
    for (view, expected) in views.iter().zip(expected_moments) {
        case.agrees(*view, "a moment", expected, 3);
    }
    case
}

pub(super) fn cases(extent: Extent) -> Vec<Planned> {
    let of_all = |(elements, weight_decay, global_clipnorm, iteration)| {
        let step = move |rule| (OptimizerStep { rule, elements, weight_decay, global_clipnorm }, iteration);
        rules().into_iter().map(step)
    };
    let quick = [(3, None, None, 0), (67, Some(0.25), Some(0.5), 7)];
    let more = [(1, None, None, 0), (301, Some(0.01), None, 1999), (4099, None, Some(15.0), 100), (65, None, None, 1)];
    planned(extent, quick.into_iter().flat_map(of_all), more.into_iter().flat_map(of_all), |(step, iteration)| {
        case(step, iteration)
    })
}
