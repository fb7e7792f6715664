//! `out[n, oy, ox, c] = mean over ky, kx of x[n, oy * stride + ky - before, ox * stride + kx - before, c]`

use crate::gpu::{Dispatch, Recording, View};
use crate::ops::window::Windowed;
use crate::shape::Window;

/// The mean of every window over the real inputs in it: padding is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AveragePooling2d {
    /// The number of pictures.
    pub batch: usize,
    /// How the window slides. It is not dilated (Keras' never is), so that it always holds a real input.
    pub window: Window,
    /// The number of channels.
    pub channels: usize,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    elements: u32,
}

impl AveragePooling2d {
    /// Appends `out = mean(x)`; `x` of shape (batch, input rows, input columns, channels), `out` of shape (batch,
    /// output rows, output columns, channels).
    pub fn forward(self, recording: &mut Recording, x: View, out: View) {
        let elements = self.batch * self.window.output_pixels() * self.channels;
        recording.dispatch(Dispatch {
            label: "average_pooling2d: forward".to_owned(),
            kernel: Windowed::new("average_pooling2d/forward", self.window, self.channels).into(),
            params: bytemuck::bytes_of(&Params { elements: elements as u32 }),
            bindings: &[("x", x), ("out", out)],
            invocations: elements,
        });
    }

    /// Appends the gradient of `x`: every element of `dout` is shared out evenly among the real inputs of its window.
    /// `dout` has the output's shape, `dx` the input's.
    pub fn gradient(self, recording: &mut Recording, dout: View, dx: View) {
        let elements = self.batch * self.window.input_pixels() * self.channels;
        recording.dispatch(Dispatch {
            label: "average_pooling2d: gradient".to_owned(),
            kernel: Windowed::new("average_pooling2d/gradient", self.window, self.channels).into(),
            params: bytemuck::bytes_of(&Params { elements: elements as u32 }),
            bindings: &[("dout", dout), ("dx", dx)],
            invocations: elements,
        });
    }
}
