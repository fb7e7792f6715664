//! `ocellus doctor`: whether the adapter computes what it should.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Args;

use super::CliError;
use super::bar::Bar;
use crate::data::{Unit, Watch};
use crate::doctor::sweep::Extent;
use crate::doctor::{Examination, Gradient, OpReport, Report, Training, examine, remember_failures};
use crate::gpu::AdapterRequest;
use crate::ops::KernelChoice;
use crate::table::framed;

/// The options of `ocellus doctor`.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Try few shapes: seconds instead of minutes
    #[arg(long)]
    quick: bool,
    /// Examine the kernels of these ops and nothing else
    #[arg(long, value_name = "OP,...", value_delimiter = ',')]
    only: Vec<String>,
    /// Print JSON, for a bug report
    #[arg(long)]
    json: bool,
}

/// How far it is: a bar, or a line per part where the standard error is no terminal.
struct Progress {
    bar: Bar,
    terminal: bool,
}

impl Progress {
    fn new() -> Self {
        Self { bar: Bar::new(), terminal: std::io::stderr().is_terminal() }
    }
}

impl Watch for Progress {
    fn begin(&self, what: &str, total: Option<u64>, unit: Unit) {
        if !self.terminal {
            log::info!("{what}");
        }
        self.bar.begin(what, total, unit);
    }

    fn advance(&self, amount: u64) {
        self.bar.advance(amount);
    }

    fn end(&self) {
        self.bar.end();
    }
}

pub(super) async fn run(options: &Options, adapter: &AdapterRequest) -> Result<ExitCode, CliError> {
    let extent = if options.quick { Extent::Quick } else { Extent::Full };
    let examination = Examination { extent, only: options.only.clone() };
    let report = examine(adapter, &examination, &Progress::new()).await?;
    // What was found is remembered also where nobody reads it any more, and read also where it cannot be remembered.
    let printed = print(&report, options.json);
    if let Some(path) = remember_failures(&report.findings, None)? {
        log::info!("kernels that are not to be chosen on this adapter: written to {}", path.display());
    }
    printed?;
    Ok(if report.is_right() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(report: &Report, json: bool) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(report)?)?;
    } else {
        write!(out, "{}", describe(report))?;
    }
    Ok(())
}

fn describe(report: &Report) -> String {
    let mut table =
        vec![["Op", "Kernels", "Runs", "Worst error", "Allowed", "Share", "Verdict"].map(str::to_owned).to_vec()];
    table.extend(report.ops.iter().map(row));
    let mut text = format!(
        "Ocellus {} on {}\nAdapter: {}\n{}",
        report.version,
        report.system,
        report.adapter.line,
        framed(&table, &[1, 2, 3, 4, 5])
    );
    for kernel in report.wrong_kernels() {
        let other = match KernelChoice::has_plainer(&kernel.kernel) {
            true => "training goes on with a plainer kernel",
            false => "there is no other kernel for this: do not trust what this adapter computes",
        };
        text += &format!("{} is wrong in {} of {} runs; {other}\n", kernel.kernel, kernel.wrong, kernel.runs);
        kernel.failures.iter().for_each(|failure| text += &format!("   {failure}\n"));
    }
    for op in &report.ops {
        op.faults.iter().for_each(|fault| text += &format!("WRONG: {}: {fault}\n", op.op));
    }
    if report.only.is_empty() {
        text += &gradients(&report.gradients);
    }
    report.trainings.iter().for_each(|training| text += &line(training));
    if let Some(rates) = &report.rates {
        text += &format!(
            "Rates: {:.1} GFLOP/s of multiply-adds in registers, {:.1} GB/s of a copy; the lecture's model trains on \
             {:.0} images/s at batch size 32: {:.1} GFLOP/s, {:.0} % of the first\n",
            rates.ceiling.gflops,
            rates.ceiling.gigabytes_per_second,
            rates.images_per_second.median,
            rates.gflops,
            rates.share_of_ceiling * 100.0,
        );
    }
    report.faults.iter().for_each(|fault| text += &format!("WRONG: {fault}\n"));
    let verdict = match (report.is_right(), report.only.as_slice()) {
        (true, []) => "Everything is right".to_owned(),
        (true, only) => format!("All of {} is right, and nothing else was examined", only.join(", ")),
        (false, _) => "Not everything is right".to_owned(),
    };
    text + &format!("{verdict} ({:.0} s).\n", report.seconds)
}

fn row(op: &OpReport) -> Vec<String> {
    let ran = op.kernels.iter().filter(|kernel| kernel.runs > 0).count();
    let runs: usize = op.kernels.iter().map(|kernel| kernel.runs).sum();
    let kernels = if ran == op.kernels.len() { ran.to_string() } else { format!("{ran} of {}", op.kernels.len()) };
    let closest = op.closest().filter(|kernel| kernel.worst_error > 0.0);
    let number = |number: Option<f64>| number.map_or_else(|| "0".to_owned(), |number| format!("{number:.1e}"));
    vec![
        op.op.clone(),
        kernels,
        runs.to_string(),
        number(closest.map(|kernel| kernel.worst_error)),
        number(closest.map(|kernel| kernel.bound)),
        format!("{:.0} %", closest.map_or(0.0, |kernel| kernel.share() * 100.0)),
        if op.is_right() { "right" } else { "WRONG" }.to_owned(),
    ]
}

fn gradients(gradients: &[Gradient]) -> String {
    let wrong: Vec<&Gradient> = gradients.iter().filter(|gradient| !gradient.is_right()).collect();
    let worst = gradients.iter().map(|gradient| gradient.worst_error).fold(0.0, f64::max);
    let verdict = if wrong.is_empty() { "right" } else { "WRONG" };
    let (count, bound) = (gradients.len(), Gradient::BOUND);
    let mut text = format!(
        "Reference: {count} gradients against finite differences, worst error {worst:.1e} of {bound:.0e} allowed: {verdict}\n"
    );
    for Gradient { op, of, worst_error } in wrong {
        text += &format!("   the gradient of {op} by {of} is off by {worst_error:.1e}\n");
    }
    text
}

fn line(training: &Training) -> String {
    let Training { optimizer, first_loss, last_loss, weights_hashes: [first, second], is_memory_steady } = training;
    let mut wrong = Vec::new();
    if !training.loss_falls() {
        wrong.push("the loss does not fall".to_owned());
    }
    if !training.repeats() {
        wrong.push(format!("the same training ended in other bits: {first:016x} and {second:016x}"));
    }
    if !is_memory_steady {
        wrong.push("its memory changes from step to step".to_owned());
    }
    let verdict = match wrong.is_empty() {
        true => format!("the same bits twice ({first:016x}), steady memory: right"),
        false => format!("WRONG: {}", wrong.join(", ")),
    };
    format!("Training by {}: loss {first_loss:.3}, then {last_loss:.3}; {verdict}\n", optimizer.describe())
}
