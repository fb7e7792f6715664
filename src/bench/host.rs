//! What the host needs: memory, and its own time per step.

use std::time::Instant;

use super::pictures::made_up;
use super::{BenchOptions, Spread};
use crate::gpu::Gpu;
use crate::model::Model;
use crate::train::{TrainError, TrainOptions, Trainer};

/// Steps of an epoch on the device that does nothing.
const STEPS: usize = 128;

/// Epochs there, the first of them not counted.
const EPOCHS: usize = 6;

/// Forgets the peak of the process' memory, so that the next [`peak_memory`] is of what comes. Where the system does
/// not allow it, the peak stays that of the whole process.
pub(super) fn forget_peak_memory() {
    if cfg!(target_os = "linux") {
        // 5 resets the high-water mark of resident memory (proc(5)).
        let _ = std::fs::write("/proc/self/clear_refs", "5");
    }
}

/// The most bytes of memory that the process has had, Linux' `VmHWM`; none where the system does not tell it so.
pub(super) fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib << 10)
}

/// The host's seconds per step of training `model`, measured on a device that does nothing: encoding, validation and
/// submitting, metrics included, without the driver.
pub(super) async fn seconds_per_step(
    model: &Model,
    options: &BenchOptions,
    train: &TrainOptions,
) -> Result<Spread, TrainError> {
    let gpu = Gpu::noop();
    let data = made_up(model, STEPS * options.batch_size, options)?;
    let mut trainer = Trainer::new(&gpu, model, &data, None, train)?;
    let mut seconds = Vec::new();
    for _ in 0..EPOCHS {
        let started = Instant::now();
        trainer.train_epoch(&mut ()).await?;
        seconds.push(started.elapsed().as_secs_f64() / STEPS as f64);
    }
    Ok(Spread::of(&seconds[1..]))
}
