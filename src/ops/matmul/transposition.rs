//! The three products of a matrix product and its gradients, by blocks of an invocation's own and by the naive kernel.

use crate::gpu::{Dispatch, Recording, View, kernel};
use crate::ops::KernelChoice;
use crate::ops::ending::{Ending, PartedSums};
use crate::ops::parts::{Parts, Sum};

kernel! {
    /// One output per invocation, any transposition.
    struct Naive("matmul/naive") { bias: bool, activation: u32, derivative: bool }
}

kernel! {
    /// Four rows by four columns of the output per invocation.
    struct Blocked([file]) { bias: bool, activation: u32 }
}

/// One of the three products: extents of its output, and how its factors lie.
pub(super) struct Transposition {
    pub(super) label: &'static str,
    pub(super) blocked: &'static str,
    /// Terms that a turn of the blocked kernel's loop takes.
    pub(super) terms_per_turn: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) terms: usize,
    /// Steps through the left factor: from row to row, from term to term.
    pub(super) a: [usize; 2],
    /// Steps through the right factor: from term to term, from column to column.
    pub(super) b: [usize; 2],
    /// Whether the extents that lie side by side in memory are multiples of four.
    pub(super) by_four: bool,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct NaiveParams {
    extents: [u32; 3],
    a: [u32; 2],
    b: [u32; 2],
    parameter: f32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct BlockedParams {
    extents: [u32; 3],
    parameter: f32,
    terms_per_part: u32,
    parts: u32,
}

impl Transposition {
    /// Invocations that the blocked kernels have at most by the choice for GPUs, where their sums are in parts for it.
    const INVOCATIONS: usize = 4096;
    /// Terms that a part of such sums has at least, but the last: what is fetched for it comes to 32 times what is stored.
    const TERMS_PER_PART: usize = 64;

    fn is_blocked(&self, choice: KernelChoice) -> bool {
        choice != KernelChoice::Naive && self.by_four
    }

    /// Invocations of the blocked kernel for one part.
    fn blocks(&self) -> usize {
        self.rows.div_ceil(4) * self.columns / 4
    }

    /// The parts of its sums, over the terms of a turn: one by the naive kernel; in blocks by another choice than that for
    /// GPUs as few as the loops of an invocation can take.
    fn parts(&self, choice: KernelChoice) -> Parts {
        let (turns, elements) = (self.terms.div_ceil(self.terms_per_turn), self.rows * self.columns);
        if !self.is_blocked(choice) {
            return Parts::whole(turns, elements);
        }
        let wanted = match choice {
            KernelChoice::Tile => {
                // No more than make the second step wait as often as the first one.
                let most = (self.terms / Self::TERMS_PER_PART).min(turns.isqrt());
                (Self::INVOCATIONS / self.blocks().max(1)).min(most)
            }
            _ => 1,
        };
        Sum { summands: turns, elements, turns_each: 1 }.in_parts(wanted, 1)
    }

    pub(super) fn scratch_bytes(&self, choice: KernelChoice) -> u64 {
        self.parts(choice).scratch_bytes()
    }

    pub(super) fn record(
        self,
        recording: &mut Recording,
        choice: KernelChoice,
        [a, b]: [View; 2],
        ending: Ending,
        scratch: Option<View>,
    ) {
        if !self.is_blocked(choice) {
            return self.record_naive(recording, [a, b], ending);
        }
        let (rows, columns) = (self.rows, self.columns);
        let sums = PartedSums { parts: self.parts(choice), rows, columns, scratch };
        ending.record(recording, self.label, sums, |recording, parts, ending| {
            let (bias, activation) = (ending.bias().is_some(), ending.activation());
            let params = BlockedParams {
                extents: self.extents(),
                parameter: activation.parameter(),
                terms_per_part: (parts.per_part() * self.terms_per_turn) as u32,
                parts: parts.count() as u32,
            };
            recording.dispatch_products(
                self.multiply_adds(),
                Dispatch {
                    label: self.label.to_owned(),
                    kernel: Blocked { file: self.blocked, bias, activation: activation.number() }.into(),
                    params: bytemuck::bytes_of(&params),
                    bindings: &[&[("a", a), ("b", b)], ending.bindings(b).as_slice()].concat(),
                    invocations: parts.count() * self.blocks(),
                },
            );
        });
    }

    fn record_naive(self, recording: &mut Recording, [a, b]: [View; 2], ending: Ending) {
        let (bias, x, activation) = (ending.bias(), ending.activated(), ending.activation());
        let steps = |pair: [usize; 2]| pair.map(|step| step as u32);
        let parameter = activation.parameter();
        let params = NaiveParams { extents: self.extents(), a: steps(self.a), b: steps(self.b), parameter };
        let kernel = Naive { bias: bias.is_some(), activation: activation.number(), derivative: x.is_some() };
        // A shader's binding must be bound to something: what there is none of is never read.
        let ends = [("bias", bias.unwrap_or(b)), ("x", x.unwrap_or(b)), ("out", ending.output())];
        recording.dispatch_products(
            self.multiply_adds(),
            Dispatch {
                label: self.label.to_owned(),
                kernel: kernel.into(),
                params: bytemuck::bytes_of(&params),
                bindings: &[&[("a", a), ("b", b)], ends.as_slice()].concat(),
                invocations: self.rows * self.columns,
            },
        );
    }

    fn extents(&self) -> [u32; 3] {
        [self.rows, self.columns, self.terms].map(|extent| extent as u32)
    }

    fn multiply_adds(&self) -> usize {
        self.rows * self.columns * self.terms
    }
}
