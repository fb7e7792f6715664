//! Softmax and its gradient.

use super::numbers::{cancelling, largest, numbers, wide};
use super::{Extent, Planned, planned};
use crate::check::Case;
use crate::ops::Softmax;
use crate::reference;

/// Both passes over logits of shape (rows, classes).
pub fn case(classes: usize, x: &[f32]) -> Case {
    let op = Softmax { rows: x.len() / classes, classes };
    let mut case = Case::new(op);
    let dout = numbers(2, x.len());
    let (x_view, dout_view) = (case.bench.input("x", x), case.bench.input("dout", &dout));
    let (out, dx) = (case.bench.output("out", x.len()), case.bench.output("dx", x.len()));
    op.forward(case.bench.recording(), x_view, out);
    op.gradient(case.bench.recording(), out, dout_view, dx);
    let y = reference::softmax::forward(classes, &wide(x));
    let expected = reference::softmax::gradient(classes, &y, &wide(&dout));
    // dout and its mean cancel.
    let terms = cancelling(classes, largest(&reference::dropout::gradient(&y, &wide(&dout))), &expected);
    case.agrees(out, "out", y, classes);
    case.agrees(dx, "dx", expected, terms);
    case
}

pub(super) fn cases(extent: Extent) -> Vec<Planned> {
    let of = |(rows, classes, scale): (usize, usize, f32)| {
        let x: Vec<f32> = numbers(1, rows * classes).iter().map(|x| x * scale).collect();
        case(classes, &x)
    };
    let quick = [(3, 2, 1.0), (7, 10, 5.0)];
    let more = [(1, 1, 1.0), (17, 100, 20.0), (65, 3, 1.0), (4099, 10, 3.0)];
    let mut cases = planned(extent, quick, more, of);
    let large = || case(3, &[1e4, -1e4, 1e4, -3e38, 0.0, 1.0]);
    cases.push(Box::new(large));
    cases
}
