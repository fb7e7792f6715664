//! The largest value in every window, where it stood, and the gradient that goes there.

use super::numbers::{narrow, numbers, wide};
use super::shapes::{Draw, odd_windows};
use super::{Extent, Planned, planned};
use crate::check::Case;
use crate::ops::MaxPooling2d;
use crate::reference::max_pooling2d as twin;
use crate::shape::{Padding, Window};

/// The forward pass with winners and without, and the gradient, of these pictures.
pub fn case(op: MaxPooling2d, x: &[f32]) -> Case {
    let MaxPooling2d { batch, window, channels } = op;
    let dout = numbers(2, batch * window.output_pixels() * channels);
    let (expected, expected_winners) = twin::forward(batch, &window, channels, &wide(x));
    let winners: Vec<u32> = expected_winners.iter().map(|&tap| tap as u32).collect();
    let mut case = Case::new(op);
    let [x_view, dout_view] = [("x", x), ("dout", &dout)].map(|(name, values)| case.bench.input(name, values));
    let right_winners = case.bench.input("winners", &winners);
    let [out, written_winners, alone] =
        ["out", "winners", "out without winners"].map(|name| case.bench.output(name, dout.len()));
    let dx = case.bench.output("dx", x.len());
    op.forward(case.bench.recording(), x_view, out, Some(written_winners));
    op.forward(case.bench.recording(), x_view, alone, None);
    op.gradient(case.bench.recording(), dout_view, right_winners, dx);
    // A maximum is not rounded.
    case.equals(out, "out", &narrow(&expected));
    case.equals(written_winners, "winners", &winners);
    case.equals(alone, "out without winners", &narrow(&expected));
    let expected = twin::gradient(batch, &window, channels, &expected_winners, &wide(&dout));
    case.agrees(dx, "dx", expected, window.rows.window * window.columns.window);
    case
}

/// Numbers of which few are different, so that most windows have ties.
pub fn coarse(x: &[f32]) -> Vec<f32> {
    // Without a -0, which no maximum tells from 0.
    x.iter().map(|x| (2.0 * x).round() + 0.0).collect()
}

pub(super) fn cases(extent: Extent) -> Vec<Planned> {
    let op = |batch, window, channels| MaxPooling2d { batch, window, channels };
    let of = |op: MaxPooling2d| {
        let x = numbers(1, op.batch * op.window.input_pixels() * op.channels);
        [(op, coarse(&x)), (op, x)]
    };
    let quick =
        odd_windows().into_iter().zip([1, 3, 7, 4]).flat_map(move |(window, channels)| of(op(2, window, channels)));
    // Windows side by side, over one channel and over four.
    let apart = [(1, [6, 4], Padding::Valid), (4, [5, 7], Padding::Same)].into_iter().flat_map(
        move |(channels, input, padding)| {
            Window::new(input, [2; 2], [2; 2], [1; 2], padding).map(|window| of(op(2, window, channels)))
        },
    );
    let quick = quick.chain(apart.flatten());
    let mut draw = Draw::new(51);
    let more: Vec<_> =
        (0..30).flat_map(|_| of(op(draw.among(&[1, 3]), draw.window(1), draw.among(&[1, 3, 17, 4, 8])))).collect();
    planned(extent, quick, more, |(op, x): (MaxPooling2d, Vec<f32>)| case(op, &x))
}
