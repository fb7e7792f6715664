//! `out[n, oy, ox, c] = max over ky, kx of x[n, oy * stride + ky - before, ox * stride + kx - before, c]`

use crate::gpu::{Dispatch, Recording, View};
use crate::ops::window::Windowed;
use crate::shape::{Window, WindowAxis};

/// The largest value in every window. The first maximum in row-major order wins and takes the whole gradient; padding
/// never wins, and a NaN does before any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPooling2d {
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

impl MaxPooling2d {
    /// Appends `out = max(x)`; `x` of shape (batch, input rows, input columns, channels), `out` and `winners` of shape
    /// (batch, output rows, output columns, channels). A winner is a u32: the place `ky * window columns + kx` of the
    /// maximum inside the window, which the gradient needs.
    pub fn forward(self, recording: &mut Recording, x: View, out: View, winners: Option<View>) {
        let mut bindings = vec![("x", x), ("out", out)];
        bindings.extend(winners.map(|winners| ("winners", winners)));
        let files = match winners {
            Some(_) => ["max_pooling2d/forward.winners", "max_pooling2d/forward.winners.four_channels"],
            None => ["max_pooling2d/forward", "max_pooling2d/forward.four_channels"],
        };
        self.pass(recording, "forward", files, &bindings, self.window.output_pixels());
    }

    /// Appends the gradient of `x`: every element of `dout` goes to its winner's place in `dx`. `dout` and `winners`
    /// have the output's shape, `dx` the input's.
    pub fn gradient(self, recording: &mut Recording, dout: View, winners: View, dx: View) {
        let Window { rows, columns } = self.window;
        let bindings = [("dout", dout), ("winners", winners), ("dx", dx)];
        // Where every input is under one window at most, a window's gradient is fetched once for all of them.
        let disjoint = |axis: WindowAxis| axis.window == axis.stride;
        let files = ["max_pooling2d/gradient.disjoint", "max_pooling2d/gradient.disjoint.four_channels"];
        let may_choose = files.iter().all(|file| recording.may_choose(file));
        if may_choose && disjoint(rows) && disjoint(columns) && rows.window * columns.window <= Self::LARGEST_DISJOINT {
            let places = |axis: WindowAxis| (axis.input + axis.before).div_ceil(axis.stride);
            return self.pass(recording, "gradient", files, &bindings, places(rows) * places(columns));
        }
        let files = ["max_pooling2d/gradient", "max_pooling2d/gradient.four_channels"];
        self.pass(recording, "gradient", files, &bindings, self.window.input_pixels());
    }

    /// Elements of the output.
    pub fn output_elements(self) -> usize {
        self.batch * self.window.output_pixels() * self.channels
    }

    /// Inputs under a window, at most, that one invocation writes: more would leave too few invocations.
    const LARGEST_DISJOINT: usize = 16;

    /// `files` are the kernels for one channel per invocation and for four; both give the same bits, and four are at
    /// least twice as fast on lavapipe.
    fn pass(
        self,
        recording: &mut Recording,
        pass: &str,
        files: [&'static str; 2],
        bindings: &[(&'static str, View)],
        pixels: usize,
    ) {
        let [one_channel, four_channels] = files;
        let by_four = self.channels.is_multiple_of(4) && recording.may_choose(four_channels);
        let (file, lanes) = if by_four { (four_channels, 4) } else { (one_channel, 1) };
        let elements = self.batch * pixels * (self.channels / lanes);
        recording.dispatch(Dispatch {
            label: format!("max_pooling2d: {pass}"),
            kernel: Windowed::new(file, self.window, self.channels).into(),
            params: bytemuck::bytes_of(&Params { elements: elements as u32 }),
            bindings,
            invocations: elements,
        });
    }
}
