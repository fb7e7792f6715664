//! The order in which an epoch takes the pictures.

use crate::random::{Stream, bits};

/// The order of one epoch: every sample from 0 to `samples - 1` once, shuffled.
///
/// It depends on `seed`, `epoch` (counted from 0) and `samples` alone. Batches are cut from it, so their size changes
/// nothing, and training resumed in the middle of an epoch goes on in the same order. `samples` must not exceed
/// `u32::MAX`, which no [`Dataset`](super::Dataset) does.
pub fn epoch_order(seed: u32, epoch: u32, samples: usize) -> Vec<u32> {
    shuffled(seed, Stream::Shuffle, epoch, samples)
}

/// The order in which pictures are picked to be shown: every one from 0 to `pictures - 1` once.
pub(super) fn sample_order(seed: u32, pictures: usize) -> Vec<u32> {
    shuffled(seed, Stream::Sample, 0, pictures)
}

/// The order of the pictures of a folder, whose classes have `counts` pictures each: (class, picture of the class),
/// every picture once.
///
/// Each class is shuffled, and the classes take turns as often as they have pictures. So any stretch of the order, such
/// as its last tenth, has its share of every class, to within one picture. The order depends on the counts alone.
pub(super) fn spread_order(counts: &[usize]) -> Vec<(u32, u32)> {
    let mut places = Vec::with_capacity(counts.iter().sum());
    for (class, &count) in counts.iter().enumerate() {
        let order = shuffled(0, Stream::FolderOrder, class as u32, count);
        // Picture `rank` of `count` stands in the middle of its share of the whole, in units of 2^-31.
        let place = |rank: usize| ((2 * rank as u64 + 1) << 31) / (2 * count as u64);
        places.extend(order.into_iter().enumerate().map(|(rank, picture)| (place(rank), class as u32, picture)));
    }
    places.sort_unstable();
    places.into_iter().map(|(_, class, picture)| (class, picture)).collect()
}

/// The numbers below `count`, shuffled by counted random numbers.
fn shuffled(seed: u32, stream: Stream, major: u32, count: usize) -> Vec<u32> {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    // Random bits above, the number below: sorts by the bits, and by the number where two have the same.
    let key = |number: u32| u64::from(bits(seed, stream, major, number)) << 32 | u64::from(number);
    let mut keys: Vec<u64> = (0..count).map(key).collect();
    keys.sort_unstable();
    keys.into_iter().map(|key| key as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_order_has_every_picture_once_and_each_class_in_every_stretch() {
        let counts = [100, 7, 0, 1, 33];
        let order = spread_order(&counts);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        let all =
            counts.iter().enumerate().flat_map(|(class, &count)| (0..count).map(move |i| (class as u32, i as u32)));
        assert!(sorted.into_iter().eq(all));
        for last in [14, 28, 70] {
            let tail = &order[order.len() - last..];
            for (class, &count) in counts.iter().enumerate() {
                let found = tail.iter().filter(|(other, _)| *other == class as u32).count() as f64;
                let share = (count * last) as f64 / 141.0;
                assert!(
                    (found - share).abs() <= 1.5,
                    "class {class} has {found} instead of {share} of the last {last}"
                );
            }
        }
        assert!(!order.iter().filter(|(class, _)| *class == 0).map(|(_, picture)| *picture).is_sorted());
    }
}
