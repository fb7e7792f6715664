//! Charts in characters, for terminals that show no pictures, and for files.

use super::axis::Axis;
use super::curve::{Axes, stretches};

/// Characters from side to side and from top to bottom between the axes.
const COLUMNS: usize = 64;
const ROWS: usize = 14;

/// A curve, and the character that its line consists of.
pub(super) type Marked = (char, Vec<(f64, f64)>);

/// The curves in their axes, with words below; later curves cover earlier ones.
pub(super) fn chart(x_label: &str, axes: &Axes, curves: &[Marked]) -> String {
    let mut field = vec![[' '; COLUMNS]; ROWS];
    for (mark, curve) in curves {
        for stretch in stretches(curve) {
            draw(&mut field, *mark, axes, stretch);
        }
    }
    let rows: Vec<(usize, String)> = axes.y.ticks.iter().map(|&tick| (row(&axes.y, tick), axes.y.text(tick))).collect();
    let width = rows.iter().map(|(_, text)| text.chars().count()).max().unwrap_or(0);
    let mut text = format!("{:width$}  {}\n", "", axes.title);
    for (place, line) in field.iter().enumerate() {
        let label = rows.iter().find(|(row, _)| *row == place).map(|(_, text)| text.as_str());
        let edge = if label.is_some() { '┤' } else { '│' };
        let line: String = line.iter().collect();
        text += &format!("{:>width$} {edge}{}\n", label.unwrap_or_default(), line.trim_end());
    }
    text + &x_axis(&axes.x, x_label, width)
}

fn column(axis: &Axis, value: f64) -> usize {
    (axis.share(value) * (COLUMNS - 1) as f64).round() as usize
}

fn row(axis: &Axis, value: f64) -> usize {
    ((1.0 - axis.share(value)) * (ROWS - 1) as f64).round() as usize
}

/// Marks each place between the points, so that steep lines have no gaps.
fn draw(field: &mut [[char; COLUMNS]], mark: char, axes: &Axes, points: &[(f64, f64)]) {
    let place = |&(x, y): &(f64, f64)| (column(&axes.x, x), row(&axes.y, y));
    let mut before = None;
    for (x, y) in points.iter().map(place) {
        let (from_x, from_y) = before.replace((x, y)).unwrap_or((x, y));
        let steps = x.abs_diff(from_x).max(y.abs_diff(from_y)).max(1);
        for step in 0..=steps {
            let between = |from: usize, to: usize| {
                (from as f64 + (to as f64 - from as f64) * step as f64 / steps as f64).round() as usize
            };
            field[between(from_y, y)][between(from_x, x)] = mark;
        }
    }
}

/// The line below with its numbers, those that have room, and the words under its end.
fn x_axis(axis: &Axis, label: &str, width: usize) -> String {
    let (mut line, mut numbers) = (vec!['─'; COLUMNS], String::new());
    for &tick in &axis.ticks {
        let (place, text) = (column(axis, tick), axis.text(tick));
        let begin = place.saturating_sub(text.chars().count() / 2);
        let end = numbers.chars().count();
        if end == 0 || begin > end {
            line[place] = '┬';
            numbers += &format!("{:blank$}{text}", "", blank = begin - end);
        }
    }
    let line: String = line.into_iter().collect();
    let numbers = format!("{numbers}  {label}");
    format!("{:width$} └{line}\n{:width$}  {numbers}\n", "", "")
}
