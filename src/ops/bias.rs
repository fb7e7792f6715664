//! `out[r, c] = x[r, c] + bias[c]`.

use crate::gpu::{Dispatch, Recording, View, kernel};
use crate::ops::SumRows;

kernel! {
    /// One element per invocation.
    struct Forward("bias/forward") {}
}

/// Adds one number per channel to a tensor of shape (rows, channels).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bias {
    /// The number of rows: for pictures batch * height * width.
    pub rows: usize,
    /// The number of channels.
    pub channels: usize,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    elements: u32,
    channels: u32,
}

impl Bias {
    /// Appends `out = x + bias`; `x` and `out` of shape (rows, channels), `bias` of shape (channels).
    pub fn forward(self, recording: &mut Recording, x: View, bias: View, out: View) {
        let elements = self.rows * self.channels;
        let params = Params { elements: elements as u32, channels: self.channels as u32 };
        recording.dispatch(Dispatch {
            label: "bias: forward".to_owned(),
            kernel: Forward {}.into(),
            params: bytemuck::bytes_of(&params),
            bindings: &[("x", x), ("bias", bias), ("out", out)],
            invocations: elements,
        });
    }

    /// The gradient of the bias: `dbias[c] = sum over r of dout[r, c]`.
    pub fn gradient(self) -> SumRows {
        SumRows { rows: self.rows, columns: self.channels }
    }
}
