//! Faults on purpose, beneath this room's own door: what no driver does when it is asked to. For tests only.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{Gpu, GpuError};

/// What is to go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The device has no more than so many bytes for buffers.
    Memory(u64),
    /// It has no memory for the work of the submission after so many more.
    SubmissionMemory(u64),
    /// It is gone at the submission after so many more.
    Lost(u64),
}

/// The environment variable that makes a device fail from the start: `memory=BYTES`, `submission-memory=N` or `lost=N`.
pub const VARIABLE: &str = "OCELLUS_TEST_FAULT";

/// The faults of one device; none at first.
#[derive(Debug)]
pub(super) struct Faults {
    memory: AtomicU64,
    submission_memory: AtomicU64,
    lost: AtomicU64,
}

/// What never comes.
const NEVER: u64 = u64::MAX;

impl Default for Faults {
    fn default() -> Self {
        let never = || AtomicU64::new(NEVER);
        Self { memory: never(), submission_memory: never(), lost: never() }
    }
}

impl Faults {
    fn set(&self, fault: Fault) {
        let (place, value) = match fault {
            Fault::Memory(bytes) => (&self.memory, bytes),
            Fault::SubmissionMemory(submissions) => (&self.submission_memory, submissions),
            Fault::Lost(submissions) => (&self.lost, submissions),
        };
        place.store(value, Ordering::Relaxed);
    }

    /// What the driver would say to a buffer that makes all of them together so many bytes.
    pub(super) fn of_memory(&self, bytes: u64) -> Option<wgpu::Error> {
        (bytes > self.memory.load(Ordering::Relaxed)).then(out_of_memory)
    }
}

fn out_of_memory() -> wgpu::Error {
    wgpu::Error::OutOfMemory { source: "a test says so".into() }
}

/// Whether it is time for what `left` counts down to.
fn is_due(left: &AtomicU64) -> bool {
    let next = |left: u64| if left == NEVER { None } else { Some(left.saturating_sub(1)) };
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next) == Ok(0)
}

/// Makes `gpu` fail from now on.
pub fn inject(gpu: &Gpu, fault: Fault) {
    gpu.faults().set(fault);
}

impl Gpu {
    /// The faults that the environment asks for.
    pub(super) fn inject_from_environment(&self) {
        let Ok(text) = std::env::var(VARIABLE) else { return };
        let Some((name, Ok(number))) = text.split_once('=').map(|(name, number)| (name, number.parse())) else {
            return;
        };
        match name {
            "memory" => inject(self, Fault::Memory(number)),
            "submission-memory" => inject(self, Fault::SubmissionMemory(number)),
            "lost" => inject(self, Fault::Lost(number)),
            _ => {}
        }
    }

    /// What the driver says to the next submission, where it is to fail; a device that is to be lost is.
    pub(super) fn fault_of_submission(&self, label: &str) -> Result<(), GpuError> {
        if is_due(&self.faults().lost) {
            // Only a device without work is lost at once.
            self.flush()?;
            self.device().destroy();
        }
        match is_due(&self.faults().submission_memory) {
            true => Err(self.refused(label, None, &out_of_memory())),
            false => Ok(()),
        }
    }
}
