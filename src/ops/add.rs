//! `out = a + b`

use crate::gpu::{Dispatch, Recording, View, kernel};

kernel! {
    /// One element per invocation.
    struct Forward("add/forward") {}
}

/// The sum of two tensors of one shape, where branches of a model meet. The gradient of both is `dout` itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Add {
    /// The number of elements.
    pub elements: usize,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    elements: u32,
}

impl Add {
    /// Appends `out = a + b`.
    pub fn forward(self, recording: &mut Recording, a: View, b: View, out: View) {
        recording.dispatch(Dispatch {
            label: "add: forward".to_owned(),
            kernel: Forward {}.into(),
            params: bytemuck::bytes_of(&Params { elements: self.elements as u32 }),
            bindings: &[("a", a), ("b", b), ("out", out)],
            invocations: self.elements,
        });
    }
}
