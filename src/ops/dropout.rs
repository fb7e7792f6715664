//! `out[i] = x[i] / (1 - rate)` for the elements that are kept, 0 for the others.

use crate::gpu::{Dispatch, Recording, View, kernel};
use crate::random::Stream;

kernel! {
    /// One element per invocation.
    struct Apply("dropout/apply") { stream: u32 }
}

/// Dropout over a tensor. Which elements are kept follows from the step's seed and number, the layer and the element:
/// the gradient counts the same numbers again, so no mask is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    /// The number of elements.
    pub elements: usize,
    /// The share of elements that become 0.
    pub rate: f32,
    /// The layer's number, so that no two layers drop the same elements.
    pub layer: u32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    elements: u32,
    layer: u32,
    rate: f32,
    scale: f32,
}

impl Dropout {
    /// Appends `out = x * mask / (1 - rate)`.
    pub fn apply(self, recording: &mut Recording, x: View, out: View) {
        self.record(recording, "dropout: forward", x, out);
    }

    /// Appends `dx = dout * mask / (1 - rate)`, with the mask of the same step.
    pub fn gradient(self, recording: &mut Recording, dout: View, dx: View) {
        self.record(recording, "dropout: gradient", dout, dx);
    }

    fn record(self, recording: &mut Recording, label: &str, x: View, out: View) {
        let scale = 1.0 / (1.0 - f64::from(self.rate));
        let params = Params { elements: self.elements as u32, layer: self.layer, rate: self.rate, scale: scale as f32 };
        recording.dispatch(Dispatch {
            label: label.to_owned(),
            kernel: Apply { stream: Stream::Dropout.number() }.into(),
            params: bytemuck::bytes_of(&params),
            bindings: &[("x", x), ("out", out)],
            invocations: self.elements,
        });
    }
}
