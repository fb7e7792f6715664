//! Figures as SVG.

use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::font::{self, Segment};
use super::mark::Mark;
use super::{Color, Figure, ViewError, style};

/// The SVG file of `figure`.
pub(super) fn svg(figure: &Figure) -> Result<String, ViewError> {
    let (width, height) = (short(figure.width()), short(figure.height()));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\">\n<rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n",
        hex(style::PAPER)
    );
    for mark in figure.marks() {
        out += &element(mark)?;
    }
    Ok(out + "</svg>\n")
}

fn element(mark: &Mark) -> Result<String, ViewError> {
    Ok(match mark {
        Mark::Fill { path, color, opacity } => {
            let opacity = if *opacity < 1.0 { format!(" fill-opacity=\"{}\"", short(*opacity)) } else { String::new() };
            format!("<path fill=\"{}\"{opacity} d=\"{}\"/>\n", hex(*color), data(path))
        }
        Mark::Stroke { path, color, width } => {
            let (color, width) = (hex(*color), short(*width));
            format!("<path fill=\"none\" stroke=\"{color}\" stroke-width=\"{width}\" d=\"{}\"/>\n", data(path))
        }
        Mark::Text { text, size, at, turn, color } => {
            let path = data(&font::outline(text, *size, *at, *turn));
            format!("<path fill=\"{}\" role=\"img\" aria-label=\"{}\" d=\"{path}\"/>\n", hex(*color), escaped(text))
        }
        Mark::Bitmap { bitmap, at: [x, y], pixel } => {
            let (width, height) = (bitmap.width() as f32 * pixel, bitmap.height() as f32 * pixel);
            format!(
                "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" \
                 style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{}\"/>\n",
                short(*x),
                short(*y),
                short(width),
                short(height),
                BASE64_STANDARD.encode(bitmap.png()?)
            )
        }
    })
}

fn hex(Color([red, green, blue]): Color) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// A number with no more digits than a screen shows.
fn short(number: f32) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn data(path: &[Segment]) -> String {
    let mut out = String::new();
    for segment in path {
        let (command, points): (char, &[[f32; 2]]) = match segment {
            Segment::Move(a) => ('M', &[*a]),
            Segment::Line(a) => ('L', &[*a]),
            Segment::Quadratic(a, b) => ('Q', &[*a, *b]),
            Segment::Cubic(a, b, c) => ('C', &[*a, *b, *c]),
            Segment::Close => ('Z', &[]),
        };
        out.push(command);
        for (number, [x, y]) in points.iter().enumerate() {
            let space = if number > 0 { " " } else { "" };
            // Writing to a string cannot fail.
            let _ = write!(out, "{space}{} {}", short(*x), short(*y));
        }
    }
    out
}

/// Text as an attribute has it; control characters, which XML does not know, are left out.
fn escaped(text: &str) -> String {
    let text: String = text.chars().filter(|character| !character.is_control()).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{Bitmap, TextStyle};

    #[test]
    fn every_mark_is_written_and_text_is_escaped() {
        let mut figure = Figure::new(20.0, 10.5);
        figure.rectangle([0.0, 1.0, 2.0, 3.0], Color([255, 0, 16]));
        figure.line(&[[0.0, 0.0], [1.5, 2.0]], Color([0; 3]), 1.25);
        figure.polygon(&[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], Color([0; 3]), 0.25);
        figure.bitmap(Bitmap::filled(2, 1, Color([1, 2, 3])), [3.0, 4.0], 2.5);
        figure.text("a<\u{1}\"b\">&", [0.0, 9.0], &TextStyle::caption());
        let svg = figure.svg().unwrap();
        for part in [
            "width=\"20\" height=\"10.5\"",
            "<path fill=\"#ff0010\" d=\"M0 1L2 1L2 4L0 4Z\"/>",
            "stroke-width=\"1.25\" d=\"M0 0L1.5 2\"/>",
            "fill-opacity=\"0.25\"",
            "<image x=\"3\" y=\"4\" width=\"5\" height=\"2.5\"",
            "aria-label=\"a&lt;&quot;b&quot;&gt;&amp;\"",
        ] {
            assert!(svg.contains(part), "{part} is not in {svg}");
        }
        assert_eq!(svg.matches("<path").count(), 4);
    }
}
