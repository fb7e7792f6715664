//! Numbers written on coloured cells.

use super::color::number;
use super::{Anchor, ColorScale, Figure, TextStyle, style};
use crate::explain::Matrix;

/// Letters that are smaller than this are not read.
const SMALLEST: f32 = 6.0;

/// The numbers of `matrix` on cells of `size` units in the colours of `scale`, all in letters of one height; cells too
/// small for theirs have the colours alone.
pub fn cells(matrix: &Matrix, scale: &ColorScale, size: f32) -> Figure {
    let (rows, columns) = (matrix.rows(), matrix.columns());
    let texts: Vec<String> = matrix.values().iter().map(|&value| number(value)).collect();
    let text = TextStyle::caption().anchor(Anchor::Middle);
    let widest = texts.iter().map(|words| text.width(words)).fold(1.0, f32::max);
    let letters = text.size * ((size - 5.0) / widest).min(1.0).min(0.6 * size / text.size);
    let mut figure = Figure::new(columns as f32 * size, rows as f32 * size);
    for (index, (words, &value)) in texts.iter().zip(matrix.values()).enumerate() {
        let (x, y) = ((index % columns) as f32 * size, (index / columns) as f32 * size);
        let color = scale.color(value);
        figure.rectangle([x, y, size, size], color);
        if letters >= SMALLEST {
            let style = TextStyle { size: letters, color: color.readable(), ..text };
            // Digits are 0.73 of the font's size high.
            figure.text(words, [x + size / 2.0, y + size / 2.0 + 0.36 * letters], &style);
        }
    }
    for column in 1..columns {
        let x = column as f32 * size;
        figure.line(&[[x, 0.0], [x, rows as f32 * size]], style::RULE, 0.5);
    }
    for row in 1..rows {
        let y = row as f32 * size;
        figure.line(&[[0.0, y], [columns as f32 * size, y]], style::RULE, 0.5);
    }
    let (width, height) = (figure.width(), figure.height());
    figure.frame([0.0, 0.0, width, height], style::RULE, 0.5);
    figure
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Color;

    /// The colours of the second pixel of each cell, away from lines and letters.
    fn corner(figure: &Figure, row: usize, column: usize, size: usize) -> Color {
        figure.pixels().unwrap().pixel(2 * row * size + 2, 2 * column * size + 2)
    }

    #[test]
    fn every_number_has_its_colour_at_its_place() {
        let matrix: Matrix = "-1 0 2; 0.5 -2 1".parse().unwrap();
        let scale = ColorScale::signed(matrix.values());
        let figure = cells(&matrix, &scale, 20.0);
        for row in 0..2 {
            for column in 0..3 {
                assert_eq!(corner(&figure, row, column, 20), scale.color(matrix.get(row, column)), "{row}, {column}");
            }
        }
    }

    #[test]
    fn numbers_are_written_where_they_can_be_read() {
        let scale = ColorScale::signed(&[0.0]);
        let colors = |size| {
            let pixels = cells(&"-0.0123 0".parse().unwrap(), &scale, size).pixels().unwrap();
            let count = pixels.rgb().chunks_exact(3).filter(|pixel| pixel.iter().all(|&byte| byte < 90)).count();
            (count, pixels.width())
        };
        assert!(colors(34.0).0 > 20, "{:?}", colors(34.0));
        assert_eq!(colors(8.0), (0, 32));
    }
}
