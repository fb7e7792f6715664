//! The one visual style: colours, sizes and distances, in units of which a PNG has two pixels.

use super::Color;

/// What lies behind everything; white, so that a picture reads the same on light and dark pages.
pub(super) const PAPER: Color = Color::rgb(0xff, 0xff, 0xff);
/// Text and marks.
pub(super) const INK: Color = Color::rgb(0x1f, 0x23, 0x28);
/// What stands back: notes, axes.
pub(super) const MUTED: Color = Color::rgb(0x5e, 0x67, 0x70);
/// Lines of a grid, frames.
pub(super) const RULE: Color = Color::rgb(0xd8, 0xde, 0xe4);
/// Of what is right. Blue and orange are told apart by almost everybody (Okabe and Ito, 2008).
pub(super) const RIGHT: Color = Color::rgb(0x00, 0x72, 0xb2);
/// Of what is wrong.
pub(super) const WRONG: Color = Color::rgb(0xd5, 0x5e, 0x00);
/// Of a frame around what is spoken of: a green that neither grey pictures nor blue and red maps have.
pub(super) const POINTED: Color = Color::rgb(0x00, 0x9e, 0x73);
/// Colours of series beside each other: those of Okabe and Ito that read on white.
pub(super) const SERIES: [Color; 6] =
    [RIGHT, WRONG, POINTED, Color::rgb(0xa6, 0x4d, 0x94), Color::rgb(0xb8, 0x86, 0x00), Color::rgb(0x2f, 0x8f, 0xd0)];

/// The height of letters of titles.
pub(super) const TITLE: f32 = 16.0;
/// Of captions and axes.
pub(super) const TEXT: f32 = 12.0;
/// Of notes.
pub(super) const NOTE: f32 = 10.5;
/// Around a whole picture.
pub(super) const MARGIN: f32 = 16.0;
/// Between things that belong together.
pub(super) const GAP: f32 = 8.0;

/// A share from 0 to 1 in words: `93 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// What is said of [`super::ColorScale::signed_most`].
pub(super) const CUT_OFF: &str = "the colours end where 99 of 100 values do";

/// Two notes as one; the first may be empty.
pub(super) fn joined(note: &str, second: &str) -> String {
    if note.is_empty() { second.to_owned() } else { format!("{note}; {second}") }
}
