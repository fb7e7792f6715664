//! `out[r, c] = exp(x[r, c]) / (sum over k of exp(x[r, k]))`: rows of logits to rows of probabilities.

use crate::gpu::{Dispatch, Recording, View, kernel};

kernel! {
    /// One row per invocation.
    struct Forward("softmax/forward") {}
}

kernel! {
    /// One row per invocation.
    struct Gradient("softmax/gradient") {}
}

/// Softmax over the last axis of a tensor of shape (rows, classes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Softmax {
    /// The number of rows.
    pub rows: usize,
    /// The number of classes, at least one.
    pub classes: usize,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    rows: u32,
    classes: u32,
}

impl Softmax {
    /// Appends `out = softmax(x)`, without overflow however large the logits are.
    pub fn forward(self, recording: &mut Recording, x: View, out: View) {
        recording.dispatch(Dispatch {
            label: "softmax: forward".to_owned(),
            kernel: Forward {}.into(),
            params: bytemuck::bytes_of(&self.params()),
            bindings: &[("x", x), ("out", out)],
            invocations: self.rows,
        });
    }

    /// Appends `dx[r, c] = y[r, c] * (dout[r, c] - (sum over k of dout[r, k] * y[r, k]))`, where `y` is the output.
    pub fn gradient(self, recording: &mut Recording, y: View, dout: View, dx: View) {
        recording.dispatch(Dispatch {
            label: "softmax: gradient".to_owned(),
            kernel: Gradient {}.into(),
            params: bytemuck::bytes_of(&self.params()),
            bindings: &[("y", y), ("dout", dout), ("dx", dx)],
            invocations: self.rows,
        });
    }

    fn params(self) -> Params {
        Params { rows: self.rows as u32, classes: self.classes as u32 }
    }
}
