//! `ocellus bench kernels`: each pass of a training step, kernel by kernel.

use std::io::Write;

use clap::Args;

use super::{CliError, kernel_choice};
use crate::bench::{BenchOptions, KernelTimes, Measured, measure_kernels};
use crate::gpu::{AdapterRequest, Gpu};
use crate::ops::{KernelChoice, KernelSelection};
use crate::table::framed;

/// The options of `ocellus bench kernels`.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The model: a name of the program's, a file or a run
    #[arg(long, value_name = "NAME|FILE|RUN", default_value = "lecture")]
    model: String,
    /// Samples per step
    #[arg(long, value_name = "N", default_value_t = 32, allow_negative_numbers = true)]
    batch_size: usize,
    /// How training's kernels are chosen: auto, as train does, by what is measured to be the fastest on this adapter,
    /// or fixed, by its class
    #[arg(long, value_name = "auto|fixed", default_value = "auto")]
    kernel_choice: KernelSelection,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(options: &Options, adapter: &AdapterRequest) -> Result<(), CliError> {
    CliError::at_least_one("--batch-size", options.batch_size)?;
    let kernels = KernelChoice::from_environment()?.unwrap_or_default();
    let model = super::model(&options.model)?;
    let gpu = Gpu::open(adapter).await?;
    let Options { batch_size, kernel_choice, .. } = *options;
    let choice_cache = kernel_choice::cache_folder();
    let bench = BenchOptions { batch_size, kernels, kernel_choice, choice_cache, ..BenchOptions::default() };
    let times = measure_kernels(&gpu, &model, &bench).await.map_err(CliError::Bench)?;
    let mut out = std::io::stdout().lock();
    if options.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&times)?)?;
    } else {
        write!(out, "{}", describe(&times))?;
    }
    Ok(())
}

fn describe(times: &KernelTimes) -> String {
    let mut choices: Vec<KernelChoice> = Vec::new();
    for other in times.passes.iter().flat_map(|pass| &pass.others) {
        if !choices.contains(&other.choice) {
            choices.push(other.choice);
        }
    }
    let header = ["Layer", "Pass", "Kernels", "ms", "GFLOP/s", "Ceiling", "GB/s"].map(str::to_owned);
    let others = choices.iter().map(|choice| format!("{choice:?}, ms"));
    let mut table = vec![header.into_iter().chain(others).collect::<Vec<String>>()];
    let missing = || "-".to_owned();
    let optional =
        |number: Option<f64>, digits: usize| number.map_or_else(missing, |number| format!("{number:.digits$}"));
    let median = |measured: &Measured| measured.milliseconds.median;
    for pass in &times.passes {
        let chosen = pass.chosen.as_ref();
        let share = chosen.and_then(|measured| measured.share_of_ceiling);
        let mut row = vec![
            pass.layer.clone(),
            pass.pass.clone(),
            chosen.map_or_else(missing, |measured| measured.kernels.join(" + ")),
            optional(chosen.map(median), 3),
            optional(chosen.and_then(|measured| measured.gflops), 1),
            share.map_or_else(missing, |share| format!("{:.1} %", share * 100.0)),
            optional(chosen.and_then(|measured| measured.gigabytes_per_second), 1),
        ];
        row.extend(choices.iter().map(|choice| {
            let other = pass.others.iter().find(|other| other.choice == *choice);
            optional(other.map(|other| median(&other.measured)), 3)
        }));
        table.push(row);
    }
    let numbers: Vec<usize> = (3..7 + choices.len()).collect();
    let sum: f64 = times.passes.iter().filter_map(|pass| pass.chosen.as_ref()).map(|m| m.milliseconds.median).sum();
    let clock = match times.timestamps {
        true => "the device's timestamps",
        false => "the time of a submission less that of an empty one",
    };
    format!(
        "Adapter: {}\nModel: {} at batch size {}; medians by {clock}\nCeiling: {:.1} GFLOP/s of multiply-adds in \
         registers, {:.1} GB/s of a copy\n{}All passes together: {sum:.3} ms, {:.0} images/s if nothing came between\n",
        times.adapter,
        times.model,
        times.batch_size,
        times.ceiling.gflops,
        times.ceiling.gigabytes_per_second,
        framed(&table, &numbers),
        times.batch_size as f64 / (sum * 1e-3),
    )
}
