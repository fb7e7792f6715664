//! Runs one optimizer case: some steps from given weights with given gradients.

use ocellus::check::{Bench, compare};
use ocellus::gpu::{Gpu, View};
use ocellus::ops::{GlobalNorm, OptimizerStep, StepRecord, UpdateRule};
use pollster::block_on;

use super::super::case::{Options, Tensors};
use crate::support::wide;

/// The rule of this name; its learning rate's default is Keras'.
fn rule_of(name: &str, options: &Options<'_>) -> Result<(UpdateRule, f64), String> {
    let number = |option, default| options.number(option).unwrap_or(default);
    if name.starts_with("sgd") {
        let (momentum, nesterov) = (number("momentum", 0.0), options.flag("nesterov").unwrap_or(false));
        Ok((UpdateRule::Sgd { momentum, nesterov }, 0.01))
    } else if name.starts_with("rmsprop") {
        Ok((UpdateRule::RmsProp { rho: number("rho", 0.9), epsilon: number("epsilon", 1e-7) }, 0.001))
    } else if name.starts_with("adam") {
        let (beta_1, beta_2) = (number("beta_1", 0.9), number("beta_2", 0.999));
        Ok((UpdateRule::Adam { beta_1, beta_2, epsilon: number("epsilon", 1e-7) }, 0.001))
    } else {
        Err(format!("optimizer '{name}' is not known"))
    }
}

pub(super) fn check(gpu: &Gpu, key: &str, name: &str, options: &Options<'_>, tensors: &Tensors) -> Result<(), String> {
    let (rule, default_rate) = rule_of(name, options)?;
    let learning_rate = options.number("learning_rate").unwrap_or(default_rate);
    let default_decay = name.starts_with("adamw").then_some(0.004);
    let weight_decay = options.number("weight_decay").or(default_decay).map(|decay| decay as f32);
    // Of a single variable, its own norm is the global one.
    let clipnorm = options.number("global_clipnorm").or_else(|| options.number("clipnorm"));
    let global_clipnorm = clipnorm.map(|norm| norm as f32);
    options.finish()?;
    let mut weights = tensors.get(&format!("{key}.in.w")).floats().to_vec();
    let elements = weights.len();
    let gradients = tensors.get(&format!("{key}.in.grads")).floats();
    let expected = tensors.get(&format!("{key}.out")).floats();
    let mut moments = vec![vec![0.0_f32; elements]; rule.moments()];
    let op = OptimizerStep { rule, elements, weight_decay, global_clipnorm };
    for (iteration, (gradients, expected)) in
        gradients.chunks_exact(elements).zip(expected.chunks_exact(elements)).enumerate()
    {
        let t = iteration as i32 + 1;
        let bias_correction = match rule {
            UpdateRule::Adam { beta_1, beta_2, .. } => ((1.0 - beta_2.powi(t)).sqrt() / (1.0 - beta_1.powi(t))) as f32,
            _ => 1.0,
        };
        let mut bench = Bench::new();
        bench.set_step(StepRecord {
            iteration: iteration as u32,
            learning_rate: learning_rate as f32,
            bias_correction,
            ..StepRecord::default()
        });
        let (weights_view, gradients_view) = (bench.input("weights", &weights), bench.input("gradients", gradients));
        let moment_views: Vec<View> = moments.iter().map(|moment| bench.input("moment", moment)).collect();
        let norm = global_clipnorm.map(|_| {
            let norm_op = GlobalNorm { elements };
            let scratch = bench.scratch(norm_op.scratch_bytes()).expect("the norm needs scratch");
            let norm = bench.output("norm", 1);
            norm_op.record(bench.recording(), gradients_view, scratch, norm);
            norm
        });
        let halted = bench.input("halted", &[0u32]);
        op.record(bench.recording(), weights_view, gradients_view, &moment_views, norm, halted);
        let results = block_on(bench.run(gpu)).map_err(|error| error.to_string())?;
        weights = results.get(weights_view);
        for (moment, view) in moments.iter_mut().zip(moment_views) {
            *moment = results.get(view);
        }
        compare(&weights, &wide(expected), 1).map_err(|error| format!("after step {t}: {error}"))?;
    }
    Ok(())
}
