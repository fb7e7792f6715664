//! What the device can do at most, by two kernels that do nothing else.

use serde::Serialize;

use super::kernels::repeated;
use crate::gpu::{Buffer, Dispatch, Gpu, GpuError, Recording, Timer, View, kernel};

kernel! {
    /// Eight chains of multiply-adds per invocation.
    struct MultiplyAdd("probe/multiply_add") { invocations: u32 }
}

kernel! {
    /// Four numbers per invocation.
    struct Copy("probe/copy") { invocations: u32 }
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    factor: f32,
    summand: f32,
    rounds: u32,
}

/// Invocations of the multiply-adds: more than the largest GPU holds at a time.
const INVOCATIONS: usize = 1 << 18;
/// Passes through the loop.
const ROUNDS: usize = 32;
/// Chains of an invocation: two vectors of four.
const CHAINS: usize = 8;

/// Bytes that are copied: beyond most caches, and a binding that WebGPU's default limits allow.
const COPIED_BYTES: u64 = 64 << 20;
/// Bytes of four numbers.
const VECTOR_BYTES: u64 = 16;

/// Chains of `x = x * factor + summand` in registers. The chains of invocation i begin at i and at i + 1, four alike
/// each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MultiplyAdds {
    /// How many there are.
    pub invocations: usize,
    /// Passes through the loop, of [`MultiplyAdds::TURNS`] multiply-adds each.
    pub rounds: usize,
    /// What is multiplied by.
    pub factor: f32,
    /// What is added.
    pub summand: f32,
}

impl MultiplyAdds {
    /// Multiply-adds of each chain in a pass through the loop, as the shader has them.
    pub const TURNS: usize = 32;

    /// Appends the probe; `out` (invocations, 4) gets the sums of the ends of each invocation's two kinds of chains.
    pub fn record(self, recording: &mut Recording, out: View) {
        let params = Params { factor: self.factor, summand: self.summand, rounds: self.rounds as u32 };
        recording.dispatch_products(
            self.invocations * self.rounds * Self::TURNS * CHAINS,
            Dispatch {
                label: "probe: multiply-add".to_owned(),
                kernel: MultiplyAdd { invocations: self.invocations as u32 }.into(),
                params: bytemuck::bytes_of(&params),
                bindings: &[("out", out)],
                invocations: self.invocations,
            },
        );
    }
}

/// A copy from buffer to buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copying {
    /// Vectors of four numbers.
    pub vectors: usize,
}

impl Copying {
    /// Appends `out = x`, both of shape (vectors, 4).
    pub fn record(self, recording: &mut Recording, x: View, out: View) {
        recording.dispatch(Dispatch {
            label: "probe: copy".to_owned(),
            kernel: Copy { invocations: self.vectors as u32 }.into(),
            params: &[],
            bindings: &[("x", x), ("out", out)],
            invocations: self.vectors,
        });
    }
}

/// The most that the device was seen to do, which nothing can exceed by much.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ceiling {
    /// Billions of f32 operations per second in registers; a multiply-add counts as two.
    pub gflops: f64,
    /// Billions of bytes per second of a copy from buffer to buffer, reads and writes both counted.
    pub gigabytes_per_second: f64,
}

impl Ceiling {
    /// The two probes' commands: multiply-adds, whose results go to slot 0, and a copy from slot 0 to slot 1.
    pub fn recording() -> Recording {
        let mut recording = Recording::default();
        let view = |slot, bytes| View { slot, offset: 0, bytes };
        // The numbers tend to 1, away from what is slow to compute with.
        let probe = MultiplyAdds { invocations: INVOCATIONS, rounds: ROUNDS, factor: 0.5, summand: 0.5 };
        probe.record(&mut recording, view(0, INVOCATIONS as u64 * VECTOR_BYTES));
        let copying = Copying { vectors: (COPIED_BYTES / VECTOR_BYTES) as usize };
        copying.record(&mut recording, view(0, COPIED_BYTES), view(1, COPIED_BYTES));
        recording
    }

    /// The higher of two measurements: what else the machine does can only lower one.
    pub(super) fn max(self, other: Self) -> Self {
        Self {
            gflops: self.gflops.max(other.gflops),
            gigabytes_per_second: self.gigabytes_per_second.max(other.gigabytes_per_second),
        }
    }

    /// Runs the probes; the best of several measurements counts.
    pub async fn measure(gpu: &Gpu, timer: &Timer) -> Result<Self, GpuError> {
        let buffers =
            [Buffer::storage(gpu, "probe: from", COPIED_BYTES)?, Buffer::storage(gpu, "probe: to", COPIED_BYTES)?];
        let recording = Self::recording();
        let prepared = gpu.prepare("probe", &recording, &buffers, None)?;
        let mut billions_per_second = [0.0; 2];
        let operations: u64 = recording.commands().iter().map(|command| 2 * command.multiply_adds).sum();
        for (command, amount) in [operations as f64, (2 * COPIED_BYTES) as f64].into_iter().enumerate() {
            let seconds = repeated(timer, &prepared, &[command]).await?;
            let best = seconds.into_iter().fold(f64::INFINITY, f64::min);
            billions_per_second[command] = amount / best * 1e-9;
        }
        let [gflops, gigabytes_per_second] = billions_per_second;
        Ok(Self { gflops, gigabytes_per_second })
    }
}
