//! The order in which an epoch takes the pictures.

use crate::random::{Stream, bits};

/// The order of one epoch: every sample from 0 to `samples - 1` once, shuffled.
///
/// It depends on `seed`, `epoch` (counted from 0) and `samples` alone. Batches are cut from it, so their size changes
/// nothing, and training resumed in the middle of an epoch goes on in the same order. `samples` must not exceed
/// `u32::MAX`, which no [`Dataset`](super::Dataset) does.
pub fn epoch_order(seed: u32, epoch: u32, samples: usize) -> Vec<u32> {
    let samples = u32::try_from(samples).unwrap_or(u32::MAX);
    // Random bits above, the sample below: sorts by the bits, and by the sample where two have the same.
    let key = |sample: u32| u64::from(bits(seed, Stream::Shuffle, epoch, sample)) << 32 | u64::from(sample);
    let mut keys: Vec<u64> = (0..samples).map(key).collect();
    keys.sort_unstable();
    keys.into_iter().map(|key| key as u32).collect()
}
