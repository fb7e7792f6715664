//! `norm = sqrt(sum over i of x[i]^2)`: the length of the whole gradient.

use crate::gpu::{Dispatch, Recording, View, WORKGROUP_SIZE, kernel};
use crate::ops::ELEMENT_BYTES;

kernel! {
    /// A part of the elements per invocation.
    struct Partial("global_norm/partial") {}
}

kernel! {
    /// One workgroup.
    struct Total("global_norm/total") {}
}

/// The length of a vector; the same bits every time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GlobalNorm {
    /// The number of elements. What fills the gaps between packed tensors counts too, and should be 0.
    pub elements: usize,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct PartialParams {
    elements: u32,
    parts: u32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct TotalParams {
    parts: u32,
}

impl GlobalNorm {
    /// Parts at most.
    const PARTS: usize = 32_768;
    /// Elements that a part should have at least.
    const ELEMENTS_PER_PART: usize = 32;

    fn parts(self) -> usize {
        self.elements.div_ceil(Self::ELEMENTS_PER_PART).clamp(1, Self::PARTS)
    }

    /// Bytes of the scratch buffer, for the sum of each part.
    pub fn scratch_bytes(self) -> u64 {
        self.parts() as u64 * ELEMENT_BYTES
    }

    /// Appends `out = sqrt(sum over i of x[i]^2)`, one f32.
    pub fn record(self, recording: &mut Recording, x: View, scratch: View, out: View) {
        let parts = self.parts();
        recording.dispatch(Dispatch {
            label: "global norm: parts".to_owned(),
            kernel: Partial {}.into(),
            params: bytemuck::bytes_of(&PartialParams { elements: self.elements as u32, parts: parts as u32 }),
            bindings: &[("x", x), ("partial", scratch)],
            invocations: parts,
        });
        recording.dispatch(Dispatch {
            label: "global norm: total".to_owned(),
            kernel: Total {}.into(),
            params: bytemuck::bytes_of(&TotalParams { parts: parts as u32 }),
            bindings: &[("partial", scratch), ("out", out)],
            invocations: WORKGROUP_SIZE as usize,
        });
    }
}
