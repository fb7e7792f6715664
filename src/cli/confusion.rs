//! `ocellus confusion`: which classes a trained model takes for which, and whether it is as sure as it is right.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::CliError;
use super::output::{Output, is_standard, write_csv};
use super::picture::PictureOptions;
use super::trial::TrialOptions;
use crate::gpu::AdapterRequest;
use crate::table::framed;
use crate::train::{Calibration, ConfusedPair, Report};
use crate::view;

/// How many pairs of classes are told of.
const PAIRS: usize = 8;

/// The options of `ocellus confusion`.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    trial: TrialOptions,
    #[command(flatten)]
    picture: PictureOptions,
    /// Write the matrix to a file, a row for each true class, - for the standard output
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What is found, as JSON has it.
#[derive(Serialize)]
struct Json<'a> {
    model: &'a str,
    class_names: &'a [String],
    #[serde(flatten)]
    report: &'a Report,
    most_confused: Vec<ConfusedPair>,
    calibration: &'a Calibration,
}

pub(super) async fn run(options: &Options, adapter: &AdapterRequest) -> Result<(), CliError> {
    let csv_is_output = options.csv.as_deref().is_some_and(is_standard);
    if csv_is_output && options.json {
        return Err(CliError::TwoOutputs { first: "--csv -", second: "--json" });
    }
    let trial = options.trial.open()?;
    // Begun before the work, so that it is not in vain where they cannot be written.
    let csv = options.csv.as_deref().map(Output::create).transpose()?;
    let picture = options.picture.begin(trial.trained.run.as_deref(), "confusion.png")?;
    let predictions = trial.predict(adapter).await?;
    let labels = trial.dataset.labels();
    let report = predictions.report(labels).map_err(CliError::Predict)?;
    let calibration = predictions.calibration(labels, Calibration::BINS).map_err(CliError::Predict)?;
    let names = trial.trained.class_names();
    let title = format!("Confusion of {}", trial.trained.name);
    let figure = view::confusion(&report, &calibration, &names, &title)?;
    let mut out = std::io::stdout();
    if options.json {
        let most_confused = report.most_confused(PAIRS);
        let (model, report, calibration) = (trial.trained.name.as_str(), &report, &calibration);
        let json = Json { model, class_names: &names, report, most_confused, calibration };
        writeln!(out, "{}", serde_json::to_string_pretty(&json)?)?;
    } else if !csv_is_output {
        write!(out, "{}", describe(&names, &report, &calibration))?;
    }
    if let Some(output) = csv {
        let header: Vec<String> = [String::from("label")].into_iter().chain(names.iter().cloned()).collect();
        write_csv(output, &header, rows(&names, &report))?;
    }
    picture.finish(&figure)
}

/// The matrix with the classes' names before its rows.
fn rows<'a>(names: &'a [String], report: &'a Report) -> impl Iterator<Item = Vec<String>> + 'a {
    let row = |(name, counts): (&String, &Vec<usize>)| {
        [name.clone()].into_iter().chain(counts.iter().map(usize::to_string)).collect()
    };
    names.iter().zip(&report.confusion).map(row)
}

fn describe(names: &[String], report: &Report, calibration: &Calibration) -> String {
    let mut table = vec![["True class", "Prediction", "Pictures", "Share of the class"].map(str::to_owned).to_vec()];
    for ConfusedPair { label, prediction, count } in report.most_confused(PAIRS) {
        let share = count as f64 / report.classes[label].support as f64;
        table.push(vec![names[label].clone(), names[prediction].clone(), count.to_string(), format!("{share:.4}")]);
    }
    let confused = if table.len() > 1 { framed(&table, &[2, 3]) } else { "There are no mistakes.\n".to_owned() };
    format!(
        "Pictures: {}\nAccuracy: {:.4}\nExpected calibration error: {:.4}\n{confused}",
        report.samples, report.accuracy, calibration.expected_error
    )
}
