//! The font in the program: how wide text is, and its outlines.

use std::sync::LazyLock;

use ttf_parser::{Face, GlyphId, OutlineBuilder};

/// Inter, whose licence lies beside it.
static FACE: LazyLock<Option<Face<'static>>> =
    LazyLock::new(|| Face::parse(include_bytes!("../../assets/Inter-Regular.otf"), 0).ok());

/// A piece of an outline, in units, y downwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Segment {
    Move([f32; 2]),
    Line([f32; 2]),
    Quadratic([f32; 2], [f32; 2]),
    Cubic([f32; 2], [f32; 2], [f32; 2]),
    Close,
}

impl Segment {
    /// Its points.
    pub(super) fn points_mut(&mut self) -> Vec<&mut [f32; 2]> {
        match self {
            Segment::Move(a) | Segment::Line(a) => vec![a],
            Segment::Quadratic(a, b) => vec![a, b],
            Segment::Cubic(a, b, c) => vec![a, b, c],
            Segment::Close => vec![],
        }
    }
}

/// How wide `text` is at this size of the font.
pub(super) fn width(text: &str, size: f32) -> f32 {
    let Some(face) = FACE.as_ref() else { return 0.0 };
    text.chars().map(|character| advance(face, glyph(face, character))).sum::<f32>() * size / em(face)
}

/// The outlines of `text` that begins at `x` on the baseline `y`, turned around that place by `degrees` against the clock.
pub(super) fn outline(text: &str, size: f32, [x, y]: [f32; 2], degrees: f32) -> Vec<Segment> {
    let Some(face) = FACE.as_ref() else { return Vec::new() };
    let (sine, cosine) = degrees.to_radians().sin_cos();
    let mut pen = Pen { segments: Vec::new(), scale: size / em(face), direction: [cosine, -sine], origin: [x, y] };
    for character in text.chars() {
        let glyph = glyph(face, character);
        // A blank has no outline.
        face.outline_glyph(glyph, &mut pen);
        pen.origin = pen.place(advance(face, glyph), 0.0);
    }
    pen.segments
}

/// `text`, or as much of its beginning as is `most` wide with the ellipsis behind it.
pub(super) fn fitted(text: &str, size: f32, most: f32) -> String {
    if width(text, size) <= most {
        return text.to_owned();
    }
    let mut short: String = text.to_owned();
    while short.pop().is_some() {
        let candidate = format!("{}…", short.trim_end());
        if width(&candidate, size) <= most {
            return candidate;
        }
    }
    "…".to_owned()
}

fn em(face: &Face<'_>) -> f32 {
    f32::from(face.units_per_em())
}

/// A character that the font does not have is an empty box, its first glyph.
fn glyph(face: &Face<'_>, character: char) -> GlyphId {
    face.glyph_index(character).unwrap_or(GlyphId(0))
}

fn advance(face: &Face<'_>, glyph: GlyphId) -> f32 {
    face.glyph_hor_advance(glyph).map_or(0.0, f32::from)
}

struct Pen {
    segments: Vec<Segment>,
    scale: f32,
    /// Where the baseline leads to: a vector of length 1.
    direction: [f32; 2],
    origin: [f32; 2],
}

impl Pen {
    /// From the font's units, y upwards.
    fn place(&self, x: f32, y: f32) -> [f32; 2] {
        let ([right, down], [x, y]) = (self.direction, [x * self.scale, -y * self.scale]);
        [self.origin[0] + x * right - y * down, self.origin[1] + x * down + y * right]
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.segments.push(Segment::Move(self.place(x, y)));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.segments.push(Segment::Line(self.place(x, y)));
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.segments.push(Segment::Quadratic(self.place(x1, y1), self.place(x, y)));
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.segments.push(Segment::Cubic(self.place(x1, y1), self.place(x2, y2), self.place(x, y)));
    }

    fn close(&mut self) {
        self.segments.push(Segment::Close);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_in_the_program_has_what_pictures_write() {
        let face = FACE.as_ref().unwrap();
        for character in "Aaz019.,:%()−·×=+…—∞äßéñЖΩ→".chars() {
            assert!(face.glyph_index(character).is_some(), "{character}");
        }
        assert!(width("mm", 10.0) > width("ii", 10.0) && !outline("a", 10.0, [0.0, 0.0], 0.0).is_empty());
    }

    #[test]
    fn turned_text_leads_where_it_is_turned_to() {
        let extremes = |degrees| {
            let mut segments = outline("mmmm", 10.0, [50.0, 50.0], degrees);
            let points: Vec<[f32; 2]> = segments.iter_mut().flat_map(Segment::points_mut).map(|point| *point).collect();
            let along = |axis: usize| points.iter().map(move |point| point[axis]);
            [0, 1].map(|axis| (along(axis).fold(f32::MAX, f32::min), along(axis).fold(f32::MIN, f32::max)))
        };
        let [(left, right), (top, bottom)] = extremes(0.0);
        assert!(left > 50.0 && right > 80.0 && top > 40.0 && bottom <= 50.0);
        let [(turned_left, turned_right), (turned_top, turned_bottom)] = extremes(90.0);
        for (a, b) in [
            (turned_left - 50.0, top - 50.0),
            (turned_right - 50.0, bottom - 50.0),
            (50.0 - turned_top, right - 50.0),
            (50.0 - turned_bottom, left - 50.0),
        ] {
            assert!((a - b).abs() < 1e-3, "{a} {b}");
        }
    }

    #[test]
    fn text_that_is_too_wide_is_cut_with_an_ellipsis() {
        assert_eq!(fitted("cat", 12.0, 100.0), "cat");
        let short = fitted("a very long name of a class", 12.0, 60.0);
        assert!(short.ends_with('…') && width(&short, 12.0) <= 60.0, "{short}");
        assert_eq!(fitted("cat", 12.0, 0.0), "…");
    }
}
