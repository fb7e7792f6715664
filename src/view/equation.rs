//! Drawings in a row with signs between them, as a formula has them.

use super::{Anchor, Figure, TextStyle, style};

/// A drawing with a word below it, and what stands in front of it.
pub(super) struct Term {
    pub(super) sign: &'static str,
    pub(super) drawing: Figure,
    pub(super) word: String,
}

impl Term {
    pub(super) fn new(sign: &'static str, drawing: Figure, word: impl Into<String>) -> Self {
        Self { sign, drawing, word: word.into() }
    }
}

/// The room of a sign.
const SIGN: f32 = 32.0;
/// The room of the word below a drawing.
const WORD: f32 = 19.0;

/// The terms from left to right, their middles on one line. Gives the place of each drawing too.
pub(super) fn equation(terms: Vec<Term>) -> (Figure, Vec<[f32; 2]>) {
    let text = TextStyle::caption().anchor(Anchor::Middle);
    let height = terms.iter().map(|term| term.drawing.height()).fold(0.0, f32::max);
    let (mut figure, mut places) = (Figure::new(0.0, height + WORD), Vec::new());
    let mut x = 0.0;
    for Term { sign, drawing, word } in terms {
        if !places.is_empty() {
            let room = if sign.is_empty() { style::GAP } else { SIGN };
            let big = TextStyle { size: 22.0, ..text };
            // An asterisk stands higher above its baseline than the other signs.
            let down = if sign == "*" { 13.0 } else { 8.0 };
            figure.text(sign, [x + room / 2.0, height / 2.0 + down], &big);
            x += room;
        }
        let (wide, high) = (drawing.width(), drawing.height());
        let room = wide.max(text.width(&word));
        // Whole pixels of a PNG, of which a unit has two.
        let place = [whole(x + (room - wide) / 2.0), whole((height - high) / 2.0)];
        figure.place(drawing, place);
        figure.text(&word, [x + room / 2.0, place[1] + high + 0.8 * WORD], &text);
        places.push(place);
        x += room;
    }
    figure.widen(x);
    (figure, places)
}

fn whole(units: f32) -> f32 {
    (2.0 * units).round() / 2.0
}
