//! Pictures in rows and columns, each with words below it.

use super::{Anchor, Color, Figure, TextStyle, style};

/// One picture of a grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// What is seen.
    pub picture: Figure,
    /// The lines below it.
    pub captions: Vec<Caption>,
    /// Whether what it shows is right, where that is a question.
    pub verdict: Option<Verdict>,
}

impl Cell {
    /// A picture with these lines below it.
    pub fn new(picture: Figure, captions: impl IntoIterator<Item = Caption>) -> Self {
        Self { picture, captions: captions.into_iter().collect(), verdict: None }
    }

    /// The same, told to be right or wrong.
    pub fn judged(self, verdict: Verdict) -> Self {
        Self { verdict: Some(verdict), ..self }
    }
}

/// A line below a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Caption {
    /// What it says; cut where it is too long.
    pub text: String,
    /// How it looks.
    pub style: TextStyle,
}

impl Caption {
    /// A line that is read first.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: TextStyle::caption() }
    }

    /// A line that stands back.
    pub fn note(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: TextStyle::note() }
    }
}

/// Whether something is right: told by colour, by a frame that is whole or broken into corners, and by a tick or a cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Right,
    /// It is not.
    Wrong,
}

impl Verdict {
    fn color(self) -> Color {
        match self {
            Verdict::Right => style::RIGHT,
            Verdict::Wrong => style::WRONG,
        }
    }

    /// A tick or a cross in a square of 9 units.
    fn sign(self, figure: &mut Figure, [x, y]: [f32; 2]) {
        let at = |points: &[[f32; 2]]| points.iter().map(|[dx, dy]| [x + dx, y + dy]).collect::<Vec<_>>();
        match self {
            Verdict::Right => figure.line(&at(&[[0.5, 4.5], [3.5, 7.5], [8.5, 1.0]]), self.color(), 1.8),
            Verdict::Wrong => {
                figure.line(&at(&[[1.0, 1.0], [8.0, 8.0]]), self.color(), 1.8);
                figure.line(&at(&[[8.0, 1.0], [1.0, 8.0]]), self.color(), 1.8);
            }
        }
    }
}

/// The distance from one line of text to the next.
const LINE: f32 = 15.0;
/// The width of a tick or a cross and of the blank behind it.
pub(super) const SIGN: f32 = 12.0;
/// Between columns: captions may be wider than their pictures.
const COLUMN_GAP: f32 = style::GAP + 4.0;

/// The cells in rows of `columns`, from the top left; all columns are as wide as the widest picture, all rows of one
/// height. Fewer cells than a row holds make a narrower grid.
pub fn grid(cells: Vec<Cell>, columns: usize) -> Figure {
    let columns = columns.clamp(1, cells.len().max(1));
    let largest = |extent: fn(&Figure) -> f32| cells.iter().map(|cell| extent(&cell.picture)).fold(0.0, f32::max);
    let (width, height) = (largest(Figure::width), largest(Figure::height));
    let lines = cells.iter().map(|cell| cell.captions.len()).max().unwrap_or(0);
    let words = if lines > 0 { lines as f32 * LINE + 4.0 } else { 0.0 };
    let step = [width + COLUMN_GAP, height + words + style::GAP];
    let rows = cells.len().div_ceil(columns);
    let mut figure = Figure::new(columns as f32 * step[0] - COLUMN_GAP, rows as f32 * step[1] - style::GAP);
    for (index, cell) in cells.into_iter().enumerate() {
        let (x, y) = ((index % columns) as f32 * step[0], (index / columns) as f32 * step[1]);
        draw(&mut figure, cell, [x, y], [width, height]);
    }
    figure
}

/// Draws `cell` at `[x, y]`: the picture in the middle of `[width, height]`, and its captions below.
fn draw(figure: &mut Figure, cell: Cell, [x, y]: [f32; 2], [width, height]: [f32; 2]) {
    let (wide, high) = (cell.picture.width(), cell.picture.height());
    let (left, top) = (x + ((width - wide) / 2.0 * 2.0).floor() / 2.0, y + ((height - high) * 2.0).floor() / 4.0);
    let top = (top * 2.0).round() / 2.0;
    figure.place(cell.picture, [left, top]);
    if let Some(verdict) = cell.verdict {
        frame(figure, [left, top, wide, high], verdict);
    }
    let middle = x + width / 2.0;
    for (line, caption) in cell.captions.into_iter().enumerate() {
        let baseline = y + height + 4.0 + LINE * (line as f32 + 0.75);
        let sign = cell.verdict.filter(|_| line == 0);
        let room = width + style::GAP - sign.map_or(0.0, |_| SIGN);
        let text = super::font::fitted(&caption.text, caption.style.size, room);
        let begin = middle - (caption.style.width(&text) + sign.map_or(0.0, |_| SIGN)) / 2.0;
        if let Some(verdict) = sign {
            verdict.sign(figure, [begin, baseline - 9.0]);
        }
        let begin = begin + sign.map_or(0.0, |_| SIGN);
        figure.text(&text, [begin, baseline], &caption.style.anchor(Anchor::Start));
    }
}

/// A frame around what is right, corners around what is wrong.
fn frame(figure: &mut Figure, place: [f32; 4], verdict: Verdict) {
    const LINE: f32 = 2.0;
    let color = verdict.color();
    if verdict == Verdict::Right {
        return figure.frame(place, color, LINE);
    }
    let [x, y, width, height] = place;
    let (left, top, right, bottom) = (x - LINE / 2.0, y - LINE / 2.0, x + width + LINE / 2.0, y + height + LINE / 2.0);
    let length = width.min(height) / 4.0;
    for (across, down, right_or_left, down_or_up) in
        [(left, top, 1.0, 1.0), (right, top, -1.0, 1.0), (left, bottom, 1.0, -1.0), (right, bottom, -1.0, -1.0)]
    {
        let ends = [[across, down + down_or_up * length], [across, down], [across + right_or_left * length, down]];
        figure.line(&ends, color, LINE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Bitmap;

    fn cell(grey: u8) -> Cell {
        let mut picture = Figure::new(10.0, 10.0);
        picture.bitmap(Bitmap::filled(10, 10, Color([grey; 3])), [0.0, 0.0], 1.0);
        Cell::new(picture, [Caption::new("a caption that is too long for its cell")])
    }

    #[test]
    fn cells_stand_row_by_row() {
        let pixels = grid((0..5).map(|index| cell(10 * index)).collect(), 2).pixels().unwrap();
        let (right, down) = (22, 10 + 15 + 4 + 8);
        for (index, place) in [(0, [0, 0]), (1, [0, 1]), (2, [1, 0]), (3, [1, 1]), (4, [2, 0])] {
            let [row, column] = place;
            let color = pixels.pixel(2 * (row * down) + 9, 2 * (column * right) + 9);
            assert_eq!(color, Color([10 * index; 3]), "cell {index}");
        }
    }

    #[test]
    fn right_and_wrong_differ_in_shape() {
        let judged = |verdict| {
            let mut bytes = grid(vec![cell(128).judged(verdict)], 1).titled("", "").pixels().unwrap().rgb().to_vec();
            // What is left where colours are not seen.
            bytes.iter_mut().for_each(|byte| *byte = u8::from(*byte > 200));
            bytes
        };
        assert_ne!(judged(Verdict::Right), judged(Verdict::Wrong));
    }
}
