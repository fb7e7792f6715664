//! Predictions in words: lines, a table, or JSON.

use std::fmt::Write as _;

use serde::Serialize;

use crate::cli::CliError;
use crate::cli::output::{Output, write_csv};
use crate::cli::pictures::Pictures;
use crate::cli::run_argument::Trained;
use crate::train::Predictions;

/// All probabilities as CSV.
pub(super) fn write_table(
    output: Output,
    pictures: &Pictures,
    predictions: &Predictions,
    classes: &[String],
) -> Result<(), CliError> {
    let mut header = [pictures.kind(), "label", "prediction"].map(str::to_owned).to_vec();
    header.extend_from_slice(classes);
    let rows = pictures.names().into_iter().enumerate().map(|(place, name)| {
        let mut row = vec![name, pictures.label(place).unwrap_or_default().to_owned()];
        row.push(predictions.prediction(place).map_or_else(String::new, |class| classes[class].clone()));
        row.extend(predictions.probabilities(place).iter().map(f32::to_string));
        row
    });
    write_csv(output, &header, rows)
}

/// The predictions as JSON has them.
#[derive(Serialize)]
struct Json<'a> {
    model: &'a str,
    classes: &'a [String],
    predictions: Vec<JsonPrediction<'a>>,
}

#[derive(Serialize)]
struct JsonPrediction<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    prediction: Option<&'a str>,
    top: Vec<JsonClass<'a>>,
    /// Of each class, in their order.
    probabilities: Vec<f32>,
}

#[derive(Serialize)]
struct JsonClass<'a> {
    class: &'a str,
    probability: f32,
}

/// All predictions as JSON.
pub(super) fn json(
    trained: &Trained,
    pictures: &Pictures,
    predictions: &Predictions,
    classes: &[String],
    top: usize,
) -> Result<String, CliError> {
    let names = pictures.names();
    let is_file = matches!(pictures, Pictures::Files { .. });
    let prediction = |(place, name)| {
        let top = predictions.top(place, top).into_iter();
        JsonPrediction {
            file: is_file.then_some(name),
            index: (!is_file).then_some(place),
            label: pictures.label(place),
            prediction: predictions.prediction(place).map(|class| classes[class].as_str()),
            top: top.map(|(class, probability)| JsonClass { class: &classes[class], probability }).collect(),
            probabilities: predictions.probabilities(place),
        }
    };
    let all = names.iter().map(String::as_str).enumerate().map(prediction).collect();
    Ok(serde_json::to_string_pretty(&Json { model: &trained.name, classes, predictions: all })?)
}

/// A line per picture: `cat.jpg: cat 71.2%, dog 20.1%, frog 3.2%`, with the label behind it where it is known.
pub(super) fn describe(pictures: &Pictures, predictions: &Predictions, classes: &[String], top: usize) -> String {
    let mut text = String::new();
    for (place, name) in pictures.names().iter().enumerate() {
        let top: Vec<String> = predictions
            .top(place, top)
            .into_iter()
            .map(|(class, probability)| format!("{} {:.1}%", classes[class], 100.0 * probability))
            .collect();
        let told = if top.is_empty() { "nothing, the model gives NaN".to_owned() } else { top.join(", ") };
        let label = pictures.label(place).map_or_else(String::new, |label| format!(" (label {label})"));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name}: {told}{label}");
    }
    text
}
