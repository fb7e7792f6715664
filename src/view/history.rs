//! The curves of trainings: accuracy and loss over epochs.

use plotters::element::Circle;
use plotters::series::LineSeries;

use super::chart::{Chart, ChartError, fine, stroke};
use super::{Color, Figure, TextStyle, ViewError, style};
use crate::train::{EpochRecord, History};

/// A metric of an epoch: of training and, where there was validation, of that.
type Metric = fn(&EpochRecord) -> (f64, Option<f64>);

/// The history of trainings, each by its name: accuracy on the left, loss on the right. A run's colour is its own;
/// training is a thin line, validation a thick one with a dot for every epoch.
///
/// # Errors
///
/// When none of them has an epoch.
pub fn history(runs: &[(&str, &History)]) -> Result<Figure, ViewError> {
    let last = runs.iter().flat_map(|(_, history)| &history.epochs).map(|record| record.epoch).max();
    let Some(last) = last else {
        return Err(ViewError::Numbers { what: "a history", reason: "no epoch has ended yet; train first".to_owned() });
    };
    let accuracy = panel("Accuracy", runs, last, |record| (record.accuracy, record.val_accuracy))?;
    let loss = panel("Loss", runs, last, |record| (record.loss, record.val_loss))?;
    let panels = Figure::row(vec![accuracy, loss], 2.0 * style::GAP);
    let legend = legend(runs, panels.width());
    let title = if let [(name, _)] = runs { format!("Training of {name}") } else { "Training".to_owned() };
    Ok(Figure::column(vec![panels, legend], style::GAP).titled(&title, ""))
}

/// The colour of run `index`.
fn color(index: usize) -> Color {
    style::SERIES[index % style::SERIES.len()]
}

/// A line of training, thin, and one of validation, thick and dotted.
const THIN: f32 = 1.2;
const THICK: f32 = 2.2;
const DOT: f32 = 2.6;

fn panel(title: &str, runs: &[(&str, &History)], last: usize, metric: Metric) -> Result<Figure, ViewError> {
    let points = |history: &History, validation: bool| -> Vec<(f64, f64)> {
        let value = |record: &EpochRecord| {
            let (training, held_out) = metric(record);
            if validation { held_out } else { Some(training) }
        };
        let finite = |record: &EpochRecord| value(record).filter(|value| value.is_finite());
        history.epochs.iter().filter_map(|record| Some((record.epoch as f64, finite(record)?))).collect()
    };
    let values = runs.iter().flat_map(|(_, history)| [points(history, false), points(history, true)]).flatten();
    let (low, high) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (_, value)| (low.min(value), high.max(value)));
    let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
    let room = ((high - low) * 0.06).max(1e-3);
    let chart = Chart {
        title,
        x_label: "epoch",
        size: [380.0, 280.0],
        x: [1.0 - 0.02 * (last as f64), (last.max(2) as f64) * 1.02],
        y: [low - room, high + room],
        x_labels: last.clamp(2, 10),
        x_text: &|epoch| if epoch.fract() == 0.0 { format!("{epoch:.0}") } else { String::new() },
        y_text: &|value| format!("{value:.2}"),
    };
    chart.draw(|axes| {
        for (index, (_, history)) in runs.iter().enumerate() {
            let (training, validation) = (points(history, false), points(history, true));
            curve(axes, &training, stroke(color(index), THIN), training.len() == 1)?;
            curve(axes, &validation, stroke(color(index), THICK), true)?;
        }
        Ok(())
    })
}

fn curve(
    axes: &mut super::chart::Axes<'_, '_>,
    points: &[(f64, f64)],
    line: plotters::style::ShapeStyle,
    dots: bool,
) -> Result<(), ChartError> {
    axes.draw_series(LineSeries::new(points.iter().copied(), line))?;
    if dots {
        axes.draw_series(points.iter().map(|&point| Circle::new(point, fine(DOT), line)))?;
    }
    Ok(())
}

/// What the lines mean.
fn legend(runs: &[(&str, &History)], width: f32) -> Figure {
    const SAMPLE: f32 = 26.0;
    const LINE: f32 = 17.0;
    let text = TextStyle::caption();
    let validated = runs.iter().any(|(_, history)| history.epochs.iter().any(|record| record.val_loss.is_some()));
    let mut entries: Vec<(String, Color, f32)> = Vec::new();
    let several = runs.len() > 1;
    let meaning = if several { style::MUTED } else { color(0) };
    entries.push(("training".to_owned(), meaning, THIN));
    if validated {
        entries.push(("validation".to_owned(), meaning, THICK));
    }
    if several {
        let runs = runs.iter().enumerate();
        entries.extend(runs.map(|(index, (name, _))| ((*name).to_owned(), color(index), THICK)));
    }
    let (mut x, mut y) = (0.0, 0.0);
    let mut figure = Figure::new(width, 0.0);
    let mut placed = Vec::new();
    for entry in entries {
        let step = SAMPLE + 6.0 + text.width(&entry.0) + 20.0;
        if x > 0.0 && x + step > width {
            (x, y) = (0.0, y + LINE);
        }
        placed.push((entry, [x, y]));
        x += step;
    }
    for ((name, color, thickness), [x, y]) in placed {
        let middle = y + LINE / 2.0;
        figure.line(&[[x, middle], [x + SAMPLE, middle]], color, thickness);
        if thickness == THICK {
            figure.disc([x + SAMPLE / 2.0, middle], DOT, color);
        }
        figure.text_within(&name, [x + SAMPLE + 6.0, middle + 4.0], &text, width - SAMPLE - 6.0);
    }
    figure.heighten(y + LINE);
    figure
}
