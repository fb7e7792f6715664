//! The curves of trainings: accuracy and loss over epochs.

use std::fmt::Write;

use plotters::element::Circle;
use plotters::series::LineSeries;

use super::chart::{self, Chart, ChartError, fine, stroke};
use super::curve::{Axes, Metric, curve, stretches};
use super::{Color, Figure, TextStyle, ViewError, characters, style};
use crate::train::History;

/// The history of trainings, each by its name: accuracy on the left, loss on the right. A run's colour is its own;
/// training is a thin line, validation a thick one with a dot for every epoch. Epochs without a finite value leave a gap.
///
/// # Errors
///
/// When none of them has an epoch, or there are more than six, whose colours would not be told apart.
pub fn history(runs: &[(&str, &History)]) -> Result<Figure, ViewError> {
    check(runs)?;
    let most = style::SERIES.len();
    if runs.len() > most {
        let reason = format!("{} runs are too many: {most} can be told apart by their colours", runs.len());
        return Err(ViewError::Numbers { what: "a history", reason });
    }
    let panels = Figure::row(vec![panel(Metric::Accuracy, runs)?, panel(Metric::Loss, runs)?], 2.0 * style::GAP);
    let legend = legend(runs, panels.width());
    let title = if let [(name, _)] = runs { format!("Training of {name}") } else { "Training".to_owned() };
    Ok(Figure::column(vec![panels, legend], style::GAP).titled(&title, ""))
}

/// The same in characters, at most 80 in a line: accuracy above, loss below, and which character is which curve.
///
/// # Errors
///
/// As [`history`].
pub fn history_in_characters(runs: &[(&str, &History)]) -> Result<String, ViewError> {
    check(runs)?;
    let histories: Vec<&History> = runs.iter().map(|(_, history)| *history).collect();
    let mut text = String::new();
    for metric in [Metric::Accuracy, Metric::Loss] {
        let axes = Axes::of(&histories, metric);
        let lines = |(index, history): (usize, &&History)| {
            let [training, validation] = marks(runs.len(), index);
            [(training, curve(history, metric, false)), (validation, curve(history, metric, true))]
        };
        let curves: Vec<_> = histories.iter().enumerate().flat_map(lines).collect();
        text += &characters::chart("epoch", &axes, &curves);
        text.push('\n');
    }
    for (index, (name, history)) in runs.iter().enumerate() {
        let [training, validation] = marks(runs.len(), index);
        let validation = if has_validation(history) { format!("   {validation} validation") } else { String::new() };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name}: {training} training{validation}");
    }
    Ok(text)
}

/// The characters of training and validation: letters where there are several runs, which begin again after z.
fn marks(runs: usize, index: usize) -> [char; 2] {
    let letter = (b'a' + (index % 26) as u8) as char;
    if runs == 1 { ['·', 'o'] } else { [letter, letter.to_ascii_uppercase()] }
}

fn check(runs: &[(&str, &History)]) -> Result<(), ViewError> {
    if runs.iter().any(|(_, history)| !history.epochs.is_empty()) {
        return Ok(());
    }
    Err(ViewError::Numbers { what: "a history", reason: "no epoch has ended yet; train first".to_owned() })
}

fn has_validation(history: &History) -> bool {
    history.epochs.iter().any(|record| record.val_loss.is_some())
}

/// The colour of run `index`.
fn color(index: usize) -> Color {
    style::SERIES[index % style::SERIES.len()]
}

/// A line of training, thin, and one of validation, thick and dotted.
const THIN: f32 = 1.2;
const THICK: f32 = 2.2;
const DOT: f32 = 2.6;

fn panel(metric: Metric, runs: &[(&str, &History)]) -> Result<Figure, ViewError> {
    let histories: Vec<&History> = runs.iter().map(|(_, history)| *history).collect();
    let Axes { title, x, y } = Axes::of(&histories, metric);
    let chart = Chart {
        title: &title,
        x_label: "epoch",
        size: [380.0, 280.0],
        x: x.ends,
        y: y.ends,
        x_labels: x.most,
        x_text: &|&epoch| if epoch.fract() == 0.0 { x.text(epoch) } else { String::new() },
        y_text: &|&value| y.text(value),
    };
    chart.draw(|axes| {
        for (index, history) in histories.iter().enumerate() {
            draw(axes, &curve(history, metric, false), stroke(color(index), THIN), false)?;
            draw(axes, &curve(history, metric, true), stroke(color(index), THICK), true)?;
        }
        Ok(())
    })
}

/// A curve, with dots where they are wanted; a point that stands alone without one is a dash.
fn draw(
    axes: &mut chart::Axes<'_, '_>,
    curve: &[(f64, f64)],
    line: plotters::style::ShapeStyle,
    dots: bool,
) -> Result<(), ChartError> {
    let range = axes.x_range();
    let half = 0.015 * (range.end - range.start);
    for points in stretches(curve) {
        match *points {
            [(x, y)] if !dots => axes.draw_series(LineSeries::new([(x - half, y), (x + half, y)], line))?,
            _ => axes.draw_series(LineSeries::new(points.iter().copied(), line))?,
        };
        if dots {
            axes.draw_series(points.iter().map(|&point| Circle::new(point, fine(DOT), line)))?;
        }
    }
    Ok(())
}

/// What the lines mean.
fn legend(runs: &[(&str, &History)], width: f32) -> Figure {
    const SAMPLE: f32 = 26.0;
    const LINE: f32 = 17.0;
    let text = TextStyle::caption();
    let validated = runs.iter().any(|(_, history)| has_validation(history));
    let mut entries: Vec<(String, Color, f32)> = Vec::new();
    let several = runs.len() > 1;
    let meaning = if several { style::MUTED } else { color(0) };
    entries.push(("training".to_owned(), meaning, THIN));
    if validated {
        entries.push(("validation".to_owned(), meaning, THICK));
    }
    if several {
        let runs = runs.iter().enumerate();
        let thickness = |history: &History| if has_validation(history) { THICK } else { THIN };
        entries.extend(runs.map(|(index, (name, history))| ((*name).to_owned(), color(index), thickness(history))));
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

#[cfg(test)]
mod tests {
    use super::super::curve::tests::history as record;
    use super::*;
    use crate::view::font::Segment;
    use crate::view::mark::Mark;

    /// The middles of the discs of this colour.
    fn dots(figure: &Figure, wanted: Color) -> Vec<[f64; 2]> {
        let middle = |mark: &Mark| match mark {
            Mark::Fill { path, color, .. } if *color == wanted => match path[..] {
                [Segment::Move([right, y]), Segment::Cubic(..), Segment::Cubic(_, _, [left, _]), ..] => {
                    Some([f64::from(right + left) / 2.0, f64::from(y)])
                }
                _ => None,
            },
            _ => None,
        };
        figure.marks().iter().filter_map(middle).collect()
    }

    #[test]
    fn the_dots_of_the_picture_are_the_historys_values() {
        let values = [(0.5, 2.0), (0.875, 0.75), (0.75, 1.0), (1.0, 0.125)];
        let epochs: Vec<_> = values.iter().map(|&(accuracy, loss)| (0.25, 3.0, Some(accuracy), Some(loss))).collect();
        let figure = history(&[("run", &record(&epochs))]).unwrap();
        let dots = dots(&figure, color(0));
        // The last is the legend's.
        assert_eq!(dots.len(), 9);
        for (panel, metric) in [(0, 0), (4, 1)] {
            let value = |index: usize| if metric == 0 { values[index].0 } else { values[index].1 };
            let of = |index: usize| dots[panel + index];
            // Of two dots follows where the others are.
            let along = (of(3)[0] - of(0)[0]) / 3.0;
            let down = (of(1)[1] - of(0)[1]) / (value(1) - value(0));
            assert!(along > 50.0 && down < 0.0, "to the right and upwards");
            for index in 0..4 {
                let expected = [of(0)[0] + along * index as f64, of(0)[1] + down * (value(index) - value(0))];
                let [x, y] = of(index);
                assert!((x - expected[0]).abs() < 0.2 && (y - expected[1]).abs() < 0.2, "dot {index}: {x}, {y}");
            }
        }
    }

    #[test]
    fn more_runs_than_colours_are_refused() {
        let one = record(&[(0.5, 1.0, None, None)]);
        let runs = vec![("run", &one); 7];
        assert!(history(&runs[1..]).is_ok());
        let error = history(&runs).unwrap_err().to_string();
        assert!(error.contains("7 runs") && error.contains('6'), "{error}");
    }

    #[test]
    fn a_training_that_went_astray_is_drawn_with_gaps() {
        let astray = record(&[(0.5, 1.0, None, None), (0.1, f64::NAN, None, None), (0.1, f64::INFINITY, None, None)]);
        let figure = history(&[("astray", &astray)]).unwrap();
        // The one loss that there is stands alone, as a dash.
        let dash = |mark: &&Mark| match mark {
            Mark::Stroke { path, color, .. } if *color == super::color(0) => match path[..] {
                [Segment::Move([left, y]), Segment::Line([right, end])] => y == end && right - left < 15.0,
                _ => false,
            },
            _ => false,
        };
        assert_eq!(figure.marks().iter().filter(dash).count(), 1);
        assert!(history_in_characters(&[("astray", &astray)]).unwrap().contains("astray: · training\n"));
        assert!(history(&[("none", &History::default())]).is_err());
        assert!(history_in_characters(&[]).is_err());
    }

    #[test]
    fn characters_stand_where_the_values_are() {
        let rising = record(&[
            (0.0, 2.0, Some(1.0), Some(0.0)),
            (0.5, 1.0, Some(0.5), Some(1.0)),
            (1.0, 0.0, Some(0.0), Some(2.0)),
        ]);
        let text = history_in_characters(&[("rising", &rising), ("same", &rising)]).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.iter().all(|line| line.chars().count() <= 80), "{text}");
        assert_eq!(lines[0].trim(), "Accuracy");
        let row = |label: &str| lines.iter().find(|line| line.trim_start().starts_with(label)).unwrap();
        let inside = |label: &str| row(label).split_once('┤').unwrap().1.trim().to_owned();
        // The second run's cover the first's; training rises to the right, validation falls.
        assert!(inside("1.0 ").starts_with('B') && inside("1.0 ").ends_with('b'), "{text}");
        assert!(inside("0.0 ").starts_with('b') && inside("0.0 ").ends_with('B'), "{text}");
        let numbers = lines.iter().find(|line| line.ends_with("epoch")).unwrap();
        assert_eq!(numbers.split_whitespace().collect::<Vec<_>>(), ["1", "2", "3", "epoch"]);
        assert!(text.ends_with("rising: a training   A validation\nsame: b training   B validation\n"), "{text}");
    }
}
