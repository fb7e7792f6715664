//! Whether a model is as sure as it is right.

use plotters::element::Rectangle;
use plotters::series::{DashedLineSeries, LineSeries};

use super::chart::{Chart, fine, stroke};
use super::{Color, Figure, TextStyle, ViewError, style};
use crate::train::{Calibration, CalibrationBin};

/// The width of both charts, and their heights.
const WIDTH: f32 = 330.0;
const HEIGHT: f32 = 280.0;
const COUNTS: f32 = 130.0;
/// The colour of gaps: a light one of what is wrong.
const GAP: Color = Color::rgb(0xf2, 0xb0, 0x80);
/// How thick the end of a bar is.
const END: f32 = 1.8;

/// The reliability diagram: for each range of confidence a bar as high as predictions of this range are right, the gap
/// between that and their mean confidence, and the diagonal on which both are equal; below it how many pictures each
/// range has.
///
/// Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
///
/// # Errors
///
/// When no picture is in any range.
pub fn reliability(calibration: &Calibration) -> Result<Figure, ViewError> {
    let most = calibration.bins.iter().map(|bin| bin.samples).max().unwrap_or(0);
    if most == 0 {
        let reason = "no picture is predicted as anything; the model gives NaN".to_owned();
        return Err(ViewError::Numbers { what: "a reliability diagram", reason });
    }
    let parts = vec![accuracies(calibration)?, legend(), counts(calibration, most)?];
    Ok(Figure::column(parts, style::GAP / 2.0))
}

fn accuracies(calibration: &Calibration) -> Result<Figure, ViewError> {
    let chart = Chart {
        title: "Reliability: accuracy by confidence",
        x_label: "",
        size: [WIDTH, HEIGHT],
        x: [0.0, 1.0],
        y: [0.0, 1.04],
        x_labels: 6,
        x_text: &|share| style::percent(*share),
        y_text: &|share| style::percent(*share),
    };
    chart.draw(|axes| {
        for bin in &calibration.bins {
            let (Some(accuracy), Some(confidence)) = (bin.accuracy, bin.confidence) else { continue };
            axes.draw_series([Rectangle::new(corners(bin, 0.0, accuracy), stroke(style::RIGHT, 0.0))])?;
            axes.draw_series([Rectangle::new(corners(bin, accuracy, confidence), stroke(GAP, 0.0))])?;
            // The gap may lie on the bar: its end is marked.
            let end = corners(bin, accuracy, accuracy);
            axes.draw_series(LineSeries::new(end, stroke(style::INK, END)))?;
        }
        let diagonal = [(0.0, 0.0), (1.0, 1.0)];
        axes.draw_series(DashedLineSeries::new(diagonal, fine(5.0), fine(4.0), stroke(style::INK, 1.2)))?;
        Ok(())
    })
}

/// How many pictures each range has.
fn counts(calibration: &Calibration, most: usize) -> Result<Figure, ViewError> {
    let chart = Chart {
        title: "",
        x_label: "confidence: the probability of the prediction",
        size: [WIDTH, COUNTS],
        y: [0.0, most as f64 * 1.05],
        x_text: &|share| style::percent(*share),
        y_text: &|count| if count.fract() == 0.0 { format!("{count:.0}") } else { String::new() },
        x: [0.0, 1.0],
        x_labels: 6,
    };
    chart.draw(|axes| {
        let filled = calibration.bins.iter().filter(|bin| bin.samples > 0);
        let bar =
            |bin: &CalibrationBin| Rectangle::new(corners(bin, 0.0, bin.samples as f64), stroke(style::MUTED, 0.0));
        axes.draw_series(filled.map(bar))?;
        Ok(())
    })
}

/// The corners of a bar over a range of confidence, with a little room beside it.
fn corners(bin: &CalibrationBin, from: f64, to: f64) -> [(f64, f64); 2] {
    let room = (bin.upper - bin.lower) * 0.06;
    [(bin.lower + room, from), (bin.upper - room, to)]
}

/// What the marks mean.
fn legend() -> Figure {
    const SIZE: f32 = 10.0;
    const LINE: f32 = 16.0;
    let text = TextStyle::note();
    let mut figure = Figure::new(WIDTH, LINE);
    let mut x = 42.0;
    for (name, color) in [("accuracy", style::RIGHT), ("gap to confidence", GAP)] {
        figure.rectangle([x, 2.0, SIZE, SIZE], color);
        if color == style::RIGHT {
            figure.line(&[[x, 2.0], [x + SIZE, 2.0]], style::INK, END);
        }
        figure.text(name, [x + SIZE + 5.0, 11.0], &text);
        x += SIZE + 5.0 + text.width(name) + 12.0;
    }
    for dash in [0.0, 8.0, 16.0] {
        figure.line(&[[x + dash, 7.0], [x + dash + 5.0, 7.0]], style::INK, 1.2);
    }
    const DIAGONAL: &str = "as sure as right";
    figure.text(DIAGONAL, [x + 27.0, 11.0], &text);
    figure.widen(x + 27.0 + text.width(DIAGONAL));
    figure
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Predictions;
    use crate::view::mark::Mark;

    /// Four ranges, of which the second has a picture of four right and the last three of four.
    fn calibration() -> Calibration {
        let logits = |confidence: f32| [confidence, 0.3 * (1.0 - confidence), 0.7 * (1.0 - confidence)].map(f32::ln);
        let logits: Vec<f32> = [[0.45; 4], [0.9; 4]].concat().into_iter().flat_map(logits).collect();
        Predictions::from_logits(3, logits).unwrap().calibration(&[0, 1, 1, 1, 0, 0, 0, 2], 4).unwrap()
    }

    /// Left, top, right and bottom of every shape of this colour.
    fn shapes(figure: &Figure, wanted: Color) -> Vec<[f32; 4]> {
        let bounds = |mark: &Mark| {
            let Mark::Fill { path, color, .. } = mark else { return None };
            let mut path = path.clone();
            let points = path.iter_mut().flat_map(|segment| segment.points_mut()).map(|point| *point);
            let bounds = points.fold([f32::MAX, f32::MAX, f32::MIN, f32::MIN], |[a, b, c, d], [x, y]| {
                [a.min(x), b.min(y), c.max(x), d.max(y)]
            });
            (*color == wanted).then_some(bounds)
        };
        figure.marks().iter().filter_map(bounds).collect()
    }

    #[test]
    fn bars_are_as_high_as_their_range_is_right_and_gaps_reach_to_the_confidence() {
        let figure = accuracies(&calibration()).unwrap();
        let (bars, gaps) = (shapes(&figure, style::RIGHT), shapes(&figure, GAP));
        assert_eq!((bars.len(), gaps.len()), (2, 2));
        let height = |[_, top, _, bottom]: [f32; 4]| bottom - top;
        // A quarter and three quarters right, with confidences of 0.45 and 0.9.
        let unit = height(bars[0]) / 0.25;
        for (shape, share) in [(bars[1], 0.75), (gaps[0], 0.2), (gaps[1], 0.15)] {
            assert!((height(shape) / unit - share).abs() < 0.01, "{shape:?} is not {share} of {unit}");
        }
        assert!(bars[0][2] < bars[1][0] && (gaps[0][0] - bars[0][0]).abs() < 0.1, "{bars:?} {gaps:?}");
    }

    #[test]
    fn the_numbers_of_pictures_stand_below() {
        let bars = shapes(&counts(&calibration(), 4).unwrap(), style::MUTED);
        assert_eq!(bars.len(), 2);
        assert_eq!(bars[0][1], bars[1][1]);
    }

    #[test]
    fn predictions_of_nothing_have_no_diagram() {
        let nothing = Predictions::from_logits(2, vec![f32::NAN, 0.0]).unwrap().calibration(&[0], 4).unwrap();
        assert!(reliability(&nothing).unwrap_err().to_string().contains("NaN"));
    }
}
