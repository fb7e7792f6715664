//! A picture in the making: marks at their places.

use std::path::Path;

use super::mark::{Mark, circle, polyline, rectangle};
use super::{Bitmap, Color, ViewError, font, paint, style, svg};
use crate::files::write_whole;

/// A picture: rectangles, lines, text and bitmaps at their places on white paper, in units from the top left, of which
/// a PNG has two pixels. Later marks cover earlier ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    width: f32,
    height: f32,
    marks: Vec<Mark>,
}

/// A title may be so wide, in units, over a figure that is narrower.
const LEAST_TITLE: f32 = 480.0;

/// Which end of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// How a text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextStyle {
    /// The size of the font in units.
    pub size: f32,
    /// Its colour.
    pub color: Color,
    /// Which end of it is at its place.
    pub anchor: Anchor,
}

impl TextStyle {
    /// Of captions and axes.
    pub const fn caption() -> Self {
        Self { size: style::TEXT, color: style::INK, anchor: Anchor::Start }
    }

    /// Of titles.
    pub const fn title() -> Self {
        Self { size: style::TITLE, ..Self::caption() }
    }

    /// Of what stands back.
    pub const fn note() -> Self {
        Self { size: style::NOTE, color: style::MUTED, anchor: Anchor::Start }
    }

    /// In this colour.
    pub const fn color(self, color: Color) -> Self {
        Self { color, ..self }
    }

    /// With this end at its place.
    pub const fn anchor(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    /// How wide `text` is, in units.
    pub fn width(&self, text: &str) -> f32 {
        font::width(text, self.size)
    }
}

impl Figure {
    /// An empty picture of this width and height.
    pub fn new(width: f32, height: f32) -> Self {
        Self { width, height, marks: Vec::new() }
    }

    /// A bitmap alone, enlarged without blur until its longer side is about `extent` units long, in a thin frame, since
    /// it may be as white as the paper.
    pub fn enlarged(bitmap: Bitmap, extent: f32) -> Self {
        let pixel = bitmap.pixel_size(extent);
        let mut figure = Self::new(bitmap.width() as f32 * pixel, bitmap.height() as f32 * pixel);
        figure.bitmap(bitmap, [0.0, 0.0], pixel);
        figure.frame([0.0, 0.0, figure.width, figure.height], style::RULE, 0.5);
        figure
    }

    /// One picture of bytes as datasets have it, enlarged without blur to about 128 units. `shape` is height, width and
    /// channels: 1 is grey, 3 is RGB.
    ///
    /// # Errors
    ///
    /// As [`Bitmap::from_bytes`].
    pub fn of_picture(shape: [usize; 3], pixels: &[u8]) -> Result<Self, ViewError> {
        const EXTENT: f32 = 128.0;
        Ok(Self::enlarged(Bitmap::from_bytes(shape, pixels)?, EXTENT))
    }

    /// Its width in units.
    pub fn width(&self) -> f32 {
        self.width
    }

    /// Its height in units.
    pub fn height(&self) -> f32 {
        self.height
    }

    pub(super) fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Makes it `width` wide where it is narrower.
    pub fn widen(&mut self, width: f32) {
        self.width = self.width.max(width);
    }

    /// Makes it `height` high where it is lower.
    pub fn heighten(&mut self, height: f32) {
        self.height = self.height.max(height);
    }

    /// Fills `[x, y, width, height]`.
    pub fn rectangle(&mut self, place: [f32; 4], color: Color) {
        self.marks.push(Mark::Fill { path: rectangle(place), color, opacity: 1.0 });
    }

    /// A line of this width around `[x, y, width, height]`, outside it.
    pub fn frame(&mut self, [x, y, width, height]: [f32; 4], color: Color, line: f32) {
        let path = rectangle([x - line / 2.0, y - line / 2.0, width + line, height + line]);
        self.marks.push(Mark::Stroke { path, color, width: line });
    }

    /// A line through these points.
    pub fn line(&mut self, points: &[[f32; 2]], color: Color, width: f32) {
        self.marks.push(Mark::Stroke { path: polyline(points), color, width });
    }

    /// Fills what lies between these points, from 0, nothing, to 1, opaque.
    pub fn polygon(&mut self, points: &[[f32; 2]], color: Color, opacity: f32) {
        let mut path = polyline(points);
        path.push(font::Segment::Close);
        self.marks.push(Mark::Fill { path, color, opacity });
    }

    /// A disc.
    pub fn disc(&mut self, center: [f32; 2], radius: f32, color: Color) {
        self.marks.push(Mark::Fill { path: circle(center, radius), color, opacity: 1.0 });
    }

    /// Text whose end, as `style` says, is at `[x, y]`, y being its baseline.
    pub fn text(&mut self, text: &str, at: [f32; 2], style: &TextStyle) {
        self.text_turned(text, at, style, 0.0);
    }

    /// The same, turned around its place by `degrees` against the clock: at 90 it is read upwards.
    pub fn text_turned(&mut self, text: &str, [x, y]: [f32; 2], style: &TextStyle, degrees: f32) {
        let shift = match style.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => style.width(text) / 2.0,
            Anchor::End => style.width(text),
        };
        let (sine, cosine) = degrees.to_radians().sin_cos();
        let at = [x - shift * cosine, y + shift * sine];
        self.marks.push(Mark::Text { text: text.to_owned(), size: style.size, at, turn: degrees, color: style.color });
    }

    /// The same, cut with an ellipsis where it would be wider than `most`.
    pub fn text_within(&mut self, text: &str, at: [f32; 2], style: &TextStyle, most: f32) {
        self.text(&font::fitted(text, style.size, most), at, style);
    }

    /// A bitmap with its top left at `[x, y]`, each pixel `pixel` units large ([`Bitmap::pixel_size`]).
    pub fn bitmap(&mut self, bitmap: Bitmap, at: [f32; 2], pixel: f32) {
        self.marks.push(Mark::Bitmap { bitmap, at, pixel });
    }

    /// Another figure's marks with its top left at `[x, y]`.
    pub fn place(&mut self, figure: Figure, [x, y]: [f32; 2]) {
        self.marks.extend(figure.marks.into_iter().map(|mark| mark.moved([x, y])));
    }

    /// The figures side by side, their tops in one line, `gap` apart.
    pub fn row(figures: Vec<Figure>, gap: f32) -> Figure {
        let height = figures.iter().map(|figure| figure.height).fold(0.0, f32::max);
        let width = figures.iter().map(|figure| figure.width + gap).sum::<f32>() - gap;
        let mut all = Figure::new(width.max(0.0), height);
        let mut x = 0.0;
        for figure in figures {
            let step = figure.width + gap;
            all.place(figure, [x, 0.0]);
            x += step;
        }
        all
    }

    /// The figures one below the other, their left sides in one line, `gap` apart.
    pub fn column(figures: Vec<Figure>, gap: f32) -> Figure {
        let width = figures.iter().map(|figure| figure.width).fold(0.0, f32::max);
        let height = figures.iter().map(|figure| figure.height + gap).sum::<f32>() - gap;
        let mut all = Figure::new(width, height.max(0.0));
        let mut y = 0.0;
        for figure in figures {
            let step = figure.height + gap;
            all.place(figure, [0.0, y]);
            y += step;
        }
        all
    }

    /// The figure on a sheet: a title above it, cut where it is much wider than the figure, a note below where there is one, and a margin around.
    pub fn titled(self, title: &str, note: &str) -> Figure {
        const MARGIN: f32 = style::MARGIN;
        // The paths of runs may be long.
        let title = &*font::fitted(title, style::TITLE, self.width.max(LEAST_TITLE));
        let top = MARGIN + style::TITLE + style::GAP;
        let bottom = if note.is_empty() { 0.0 } else { style::NOTE + style::GAP };
        let inner = self.width.max(TextStyle::title().width(title)).max(TextStyle::note().width(note));
        let (width, height) = (inner + 2.0 * MARGIN, top + self.height + bottom + MARGIN);
        let mut sheet = Figure::new(width.ceil(), height.ceil());
        sheet.text(title, [MARGIN, MARGIN + style::TITLE * 0.8], &TextStyle::title());
        sheet.text(note, [MARGIN, top + self.height + bottom], &TextStyle::note());
        sheet.place(self, [MARGIN, top]);
        sheet
    }

    /// Its pixels, two a unit.
    ///
    /// # Errors
    ///
    /// When it is too large to be painted.
    pub fn pixels(&self) -> Result<Bitmap, ViewError> {
        paint::paint(self)
    }

    /// It as a PNG file.
    ///
    /// # Errors
    ///
    /// As [`Figure::pixels`].
    pub fn png(&self) -> Result<Vec<u8>, ViewError> {
        self.pixels()?.png()
    }

    /// It as an SVG file; text is outlines, so that it looks the same where the font is not installed.
    ///
    /// # Errors
    ///
    /// When a bitmap in it cannot be written as PNG.
    pub fn svg(&self) -> Result<String, ViewError> {
        svg::svg(self)
    }

    /// Writes it to `path`, whole or not at all, as the ending says: `.png` or `.svg`.
    ///
    /// # Errors
    ///
    /// When the ending is another, or it cannot be painted or written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), ViewError> {
        let path = path.as_ref();
        let bytes = match Format::of(path)? {
            Format::Png => self.png()?,
            Format::Svg => self.svg()?.into_bytes(),
        };
        write_whole(path, &bytes).map_err(|source| ViewError::Write { path: path.to_owned(), source })
    }
}

/// The formats of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Pixels.
    Png,
    /// Shapes.
    Svg,
}

impl Format {
    /// What the ending of `path` says, in any case of letters.
    ///
    /// # Errors
    ///
    /// When it says neither.
    pub fn of(path: &Path) -> Result<Self, ViewError> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        match ending.as_deref() {
            Some("png") => Ok(Self::Png),
            Some("svg") => Ok(Self::Svg),
            _ => Err(ViewError::Ending { path: path.to_owned() }),
        }
    }
}
