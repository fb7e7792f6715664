//! Figures as pixels: shapes are smoothed at their edges, the pixels of bitmaps are not.

use tiny_skia::{FillRule, Paint, PathBuilder, Pixmap, Stroke, Transform};

use super::font::{self, Segment};
use super::mark::Mark;
use super::{Bitmap, Color, Figure, ViewError, style};

/// Pixels of a unit: what dense screens have.
pub(super) const PIXELS: f32 = 2.0;
/// The most pixels of a picture: 8,192 x 8,192.
const MOST_PIXELS: u64 = 1 << 26;

/// The pixels of `figure`.
pub(super) fn paint(figure: &Figure) -> Result<Bitmap, ViewError> {
    let extent = |units: f32| (units * PIXELS).ceil().max(1.0) as u64;
    let (width, height) = (extent(figure.width()), extent(figure.height()));
    let refused = || ViewError::Size { width, height, most: MOST_PIXELS };
    if width.saturating_mul(height) > MOST_PIXELS {
        return Err(refused());
    }
    let mut pixmap = Pixmap::new(width as u32, height as u32).ok_or_else(refused)?;
    pixmap.fill(color(style::PAPER));
    for mark in figure.marks() {
        match mark {
            Mark::Fill { path, color, opacity } => fill(&mut pixmap, path, *color, *opacity),
            Mark::Stroke { path, color, width } => stroke(&mut pixmap, path, *color, *width),
            Mark::Text { text, size, at, turn, color } => {
                fill(&mut pixmap, &font::outline(text, *size, *at, *turn), *color, 1.0);
            }
            Mark::Bitmap { bitmap, at, pixel } => copy(&mut pixmap, bitmap, *at, *pixel),
        }
    }
    // The paper is opaque, so that nothing is left of transparency.
    let rgb = pixmap.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    Ok(Bitmap::from_rgb(width as usize, height as usize, rgb))
}

fn color(Color([red, green, blue]): Color) -> tiny_skia::Color {
    tiny_skia::Color::from_rgba8(red, green, blue, 255)
}

fn paint_of(mark: Color, opacity: f32) -> Paint<'static> {
    let mut paint = Paint::default();
    let mut color = color(mark);
    color.apply_opacity(opacity);
    paint.set_color(color);
    paint
}

fn fill(pixmap: &mut Pixmap, path: &[Segment], color: Color, opacity: f32) {
    // Nothing, as a blank text, is no path.
    if let Some(path) = built(path).filter(has_area) {
        let transform = Transform::from_scale(PIXELS, PIXELS);
        pixmap.fill_path(&path, &paint_of(color, opacity), FillRule::Winding, transform, None);
    }
}

/// Whether there is anything to fill: a bar of nothing is not there.
fn has_area(path: &tiny_skia::Path) -> bool {
    path.bounds().width() > 0.0 && path.bounds().height() > 0.0
}

fn stroke(pixmap: &mut Pixmap, path: &[Segment], color: Color, width: f32) {
    if let Some(path) = built(path) {
        let stroke = Stroke { width, line_join: tiny_skia::LineJoin::MiterClip, ..Stroke::default() };
        pixmap.stroke_path(&path, &paint_of(color, 1.0), &stroke, Transform::from_scale(PIXELS, PIXELS), None);
    }
}

fn built(path: &[Segment]) -> Option<tiny_skia::Path> {
    let mut builder = PathBuilder::new();
    for segment in path {
        match *segment {
            Segment::Move([x, y]) => builder.move_to(x, y),
            Segment::Line([x, y]) => builder.line_to(x, y),
            Segment::Quadratic([x1, y1], [x, y]) => builder.quad_to(x1, y1, x, y),
            Segment::Cubic([x1, y1], [x2, y2], [x, y]) => builder.cubic_to(x1, y1, x2, y2, x, y),
            Segment::Close => builder.close(),
        }
    }
    builder.finish()
}

/// Copies a bitmap; every pixel of it covers whole pixels, so that nothing is blurred.
fn copy(pixmap: &mut Pixmap, bitmap: &Bitmap, [x, y]: [f32; 2], pixel: f32) {
    let (wide, high) = (pixmap.width() as i64, pixmap.height() as i64);
    let (left, top) = ((x * PIXELS).round() as i64, (y * PIXELS).round() as i64);
    let size = pixel * PIXELS;
    let edge = |index: usize| (index as f32 * size).round() as i64;
    let data = pixmap.data_mut();
    for row in 0..bitmap.height() {
        for down in (top + edge(row)).max(0)..(top + edge(row + 1)).min(high) {
            for column in 0..bitmap.width() {
                let Color([red, green, blue]) = bitmap.pixel(row, column);
                for across in (left + edge(column)).max(0)..(left + edge(column + 1)).min(wide) {
                    let start = 4 * (down * wide + across) as usize;
                    data[start..start + 4].copy_from_slice(&[red, green, blue, 255]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bitmaps_are_enlarged_without_blur() {
        let bitmap = Bitmap::from_bytes([1, 2, 1], &[10, 200]).unwrap();
        let mut figure = Figure::new(8.0, 4.0);
        figure.bitmap(bitmap, [1.0, 1.0], 1.5);
        let pixels = figure.pixels().unwrap();
        assert_eq!((pixels.width(), pixels.height()), (16, 8));
        for row in 0..8 {
            for column in 0..16 {
                let expected = match (row, column) {
                    (2..5, 2..5) => Color([10; 3]),
                    (2..5, 5..8) => Color([200; 3]),
                    _ => style::PAPER,
                };
                assert_eq!(pixels.pixel(row, column), expected, "row {row}, column {column}");
            }
        }
    }

    #[test]
    fn what_lies_outside_is_cut_off_and_what_is_too_large_refused() {
        let mut figure = Figure::new(2.0, 2.0);
        figure.bitmap(Bitmap::filled(9, 9, Color([1, 2, 3])), [-2.0, -2.0], 1.0);
        figure.rectangle([-5.0, -5.0, 6.0, 6.0], Color([9, 9, 9]));
        assert_eq!(figure.pixels().unwrap().pixel(0, 0), Color([9, 9, 9]));
        assert_eq!(figure.pixels().unwrap().pixel(3, 3), Color([1, 2, 3]));
        let error = Figure::new(1e6, 1e6).pixels().unwrap_err().to_string();
        assert!(error.contains("2000000 x 2000000"), "{error}");
    }
}
