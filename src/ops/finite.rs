//! Whether a training step's numbers are finite, and that one whose are not leaves no trace.

use crate::gpu::{Dispatch, Recording, View, WORKGROUP_SIZE, kernel};
use crate::ops::ELEMENT_BYTES;

kernel! {
    /// A part of the elements per invocation.
    struct Partial("finite/partial") {}
}

kernel! {
    /// One workgroup.
    struct Verdict("finite/verdict") {}
}

kernel! {
    /// Four elements per invocation.
    struct RollBack("finite/roll_back") {}
}

/// Watches the loss and `elements` numbers, such as all gradients, by the bits of their exponents, since a shader may assume that
/// there is neither infinity nor NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finite {
    /// How many numbers; 0 watches the loss alone. What fills the gaps between packed tensors counts too.
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
struct VerdictParams {
    parts: u32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct RollBackParams {
    fours: u32,
}

impl Finite {
    /// Parts at most.
    const PARTS: usize = 16_384;
    /// Elements that a part should have at least.
    const ELEMENTS_PER_PART: usize = 128;

    fn parts(self) -> usize {
        self.elements.div_ceil(Self::ELEMENTS_PER_PART).min(Self::PARTS)
    }

    /// Bytes of the scratch buffer, for what is found in each part.
    pub fn scratch_bytes(self) -> u64 {
        self.parts().max(1) as u64 * ELEMENT_BYTES
    }

    /// Appends: `halted`, one u32, becomes 1 where the step's loss in `ring`, of the shape (slots, 2), or any of
    /// `x` is not finite; where it is 1 the step's loss becomes NaN. So from the first such step on all have the
    /// loss NaN, until the host writes 0.
    pub fn record(self, recording: &mut Recording, x: View, scratch: View, ring: View, halted: View) {
        let parts = self.parts();
        recording.dispatch(Dispatch {
            label: "finite: parts".to_owned(),
            kernel: Partial {}.into(),
            params: bytemuck::bytes_of(&PartialParams { elements: self.elements as u32, parts: parts as u32 }),
            bindings: &[("x", x), ("partial", scratch)],
            invocations: parts,
        });
        recording.dispatch(Dispatch {
            label: "finite: verdict".to_owned(),
            kernel: Verdict {}.into(),
            params: bytemuck::bytes_of(&VerdictParams { parts: parts as u32 }),
            bindings: &[("partial", scratch), ("ring", ring), ("halted", halted)],
            invocations: WORKGROUP_SIZE as usize,
        });
    }

    /// Appends `kept = state`, or `state = kept` where `halted` is 1, over `elements` elements of both and whatever fills
    /// the last group of four.
    pub fn roll_back(recording: &mut Recording, elements: usize, halted: View, state: View, kept: View) {
        let fours = elements.div_ceil(4);
        recording.dispatch(Dispatch {
            label: "finite: roll back".to_owned(),
            kernel: RollBack {}.into(),
            params: bytemuck::bytes_of(&RollBackParams { fours: fours as u32 }),
            bindings: &[("halted", halted), ("state", state), ("kept", kept)],
            invocations: fours,
        });
    }
}
