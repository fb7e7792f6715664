//! `out[n, c] = (sum over p of x[n, p, c]) / pixels`

use crate::gpu::{Dispatch, Recording, View, kernel};

kernel! {
    /// One output per invocation: all pixels of one channel of one picture.
    struct Forward("global_average_pooling2d/forward") {}
}

kernel! {
    /// One element of the input's gradient per invocation.
    struct Gradient("global_average_pooling2d/gradient") {}
}

/// The mean of every channel over the whole picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GlobalAveragePooling2d {
    /// The number of pictures.
    pub batch: usize,
    /// The number of pixels of a picture: height * width.
    pub pixels: usize,
    /// The number of channels.
    pub channels: usize,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    batch: u32,
    pixels: u32,
    channels: u32,
}

impl GlobalAveragePooling2d {
    /// Appends `out = mean over the pixels of x`; `x` of shape (batch, pixels, channels), `out` of shape (batch,
    /// channels).
    pub fn forward(self, recording: &mut Recording, x: View, out: View) {
        recording.dispatch(Dispatch {
            label: "global_average_pooling2d: forward".to_owned(),
            kernel: Forward {}.into(),
            params: bytemuck::bytes_of(&self.params()),
            bindings: &[("x", x), ("out", out)],
            invocations: self.batch * self.channels,
        });
    }

    /// Appends `dx[n, p, c] = dout[n, c] / pixels`; `dout` has the output's shape, `dx` the input's.
    pub fn gradient(self, recording: &mut Recording, dout: View, dx: View) {
        recording.dispatch(Dispatch {
            label: "global_average_pooling2d: gradient".to_owned(),
            kernel: Gradient {}.into(),
            params: bytemuck::bytes_of(&self.params()),
            bindings: &[("dout", dout), ("dx", dx)],
            invocations: self.batch * self.pixels * self.channels,
        });
    }

    fn params(self) -> Params {
        Params { batch: self.batch as u32, pixels: self.pixels as u32, channels: self.channels as u32 }
    }
}
