//! `ocellus evaluate`: how good a trained model is, as a whole and class by class.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::CliError;
use super::output::{Output, is_standard, write_csv};
use super::trial::TrialOptions;
use crate::gpu::AdapterRequest;
use crate::table::framed;
use crate::train::Report;

/// The options of `ocellus evaluate`.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    trial: TrialOptions,
    /// Write the classes' table to a file, - for the standard output
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The report as JSON has it.
#[derive(Serialize)]
struct Json<'a> {
    model: &'a str,
    class_names: &'a [String],
    #[serde(flatten)]
    report: &'a Report,
}

pub(super) async fn run(options: &Options, adapter: &AdapterRequest) -> Result<(), CliError> {
    let csv_is_output = options.csv.as_deref().is_some_and(is_standard);
    if csv_is_output && options.json {
        return Err(CliError::TwoOutputs { first: "--csv -", second: "--json" });
    }
    let trial = options.trial.open()?;
    // Begun before the work, so that it is not in vain where it cannot be written.
    let csv = options.csv.as_deref().map(Output::create).transpose()?;
    let report = trial.predict(adapter).await?.report(trial.dataset.labels()).map_err(CliError::Predict)?;
    let names = trial.trained.class_names();
    let mut out = std::io::stdout();
    if options.json {
        let json = Json { model: &trial.trained.name, class_names: &names, report: &report };
        writeln!(out, "{}", serde_json::to_string_pretty(&json)?)?;
    } else if !csv_is_output {
        write!(out, "{}", describe(&names, &report))?;
    }
    if let Some(output) = csv {
        let header = ["class", "support", "predicted", "correct", "precision", "recall", "f1"];
        write_csv(output, &header.map(str::to_owned), rows(&names, &report, |share| share.to_string()))?;
    }
    Ok(())
}

/// A row per class; what there is not is `NA`.
fn rows(names: &[String], report: &Report, number: impl Fn(f64) -> String) -> Vec<Vec<String>> {
    let optional = |share: Option<f64>| share.map_or_else(|| "NA".to_owned(), &number);
    let row = |(name, class): (&String, &crate::train::ClassReport)| {
        let counts = [class.support, class.predicted, class.correct].map(|count| count.to_string());
        let shares = [class.precision, class.recall, class.f1].map(optional);
        [name.clone()].into_iter().chain(counts).chain(shares).collect()
    };
    names.iter().zip(&report.classes).map(row).collect()
}

fn describe(names: &[String], report: &Report) -> String {
    let header = ["Class", "Pictures", "Predicted", "Correct", "Precision", "Recall", "F1"];
    let mut table = vec![header.map(str::to_owned).to_vec()];
    table.extend(rows(names, report, |share| format!("{share:.4}")));
    let Report { samples, loss, accuracy, top_5_accuracy, .. } = report;
    format!(
        "Pictures: {samples}\nLoss: {loss:.4}\nAccuracy: {accuracy:.4}\nTop-5 accuracy: {top_5_accuracy:.4}\n{}",
        framed(&table, &[1, 2, 3, 4, 5, 6])
    )
}
