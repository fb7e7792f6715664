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

/// The outlines of `text` that begins at `x` on the baseline `y`.
pub(super) fn outline(text: &str, size: f32, [x, y]: [f32; 2]) -> Vec<Segment> {
    let Some(face) = FACE.as_ref() else { return Vec::new() };
    let mut pen = Pen { segments: Vec::new(), scale: size / em(face), origin: [x, y] };
    for character in text.chars() {
        let glyph = glyph(face, character);
        // A blank has no outline.
        face.outline_glyph(glyph, &mut pen);
        pen.origin[0] += advance(face, glyph) * pen.scale;
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
    origin: [f32; 2],
}

impl Pen {
    /// From the font's units, y upwards.
    fn place(&self, x: f32, y: f32) -> [f32; 2] {
        [self.origin[0] + x * self.scale, self.origin[1] - y * self.scale]
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
        assert!(width("mm", 10.0) > width("ii", 10.0) && !outline("a", 10.0, [0.0, 0.0]).is_empty());
    }

    #[test]
    fn text_that_is_too_wide_is_cut_with_an_ellipsis() {
        assert_eq!(fitted("cat", 12.0, 100.0), "cat");
        let short = fitted("a very long name of a class", 12.0, 60.0);
        assert!(short.ends_with('…') && width(&short, 12.0) <= 60.0, "{short}");
        assert_eq!(fitted("cat", 12.0, 0.0), "…");
    }
}
