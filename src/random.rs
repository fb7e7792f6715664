//! Random numbers that are counted, not drawn: one hash that the CPU and `shaders/common/random.wgsl` share.
//!
//! A number depends on (seed, stream, two counters) alone, so it is the same whatever the batch size, the adapter or
//! the place where training was resumed.

/// What a random number is for; numbers of different streams have nothing to do with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Initial weights, counted by (variable, element).
    InitialWeights,
    /// The order of an epoch, counted by (epoch, sample).
    Shuffle,
    /// Dropout, counted by (step, element); each layer mixes its own number into the seed by [`layer_seed`].
    Dropout,
    /// The order of the pictures in a folder, counted by (class, picture).
    FolderOrder,
    /// Which pictures of a dataset are shown, counted by (0, picture).
    Sample,
}

impl Stream {
    /// The stream's number in the hash, the same in WGSL.
    pub fn number(self) -> u32 {
        match self {
            Stream::InitialWeights => 1,
            Stream::Shuffle => 2,
            Stream::Dropout => 3,
            Stream::FolderOrder => 4,
            Stream::Sample => 5,
        }
    }
}

/// The pcg4d hash: four counters in, four well-mixed words out.
///
/// Source: Jarzynski and Olano, "Hash Functions for GPU Rendering", JCGT 9(3), 2020.
pub fn pcg4d(counters: [u32; 4]) -> [u32; 4] {
    let [mut x, mut y, mut z, mut w] = counters.map(|c| c.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    let mix = |x: &mut u32, y: &mut u32, z: &mut u32, w: &mut u32| {
        *x = x.wrapping_add(y.wrapping_mul(*w));
        *y = y.wrapping_add(z.wrapping_mul(*x));
        *z = z.wrapping_add(x.wrapping_mul(*y));
        *w = w.wrapping_add(y.wrapping_mul(*z));
    };
    mix(&mut x, &mut y, &mut z, &mut w);
    for word in [&mut x, &mut y, &mut z, &mut w] {
        *word ^= *word >> 16;
    }
    mix(&mut x, &mut y, &mut z, &mut w);
    [x, y, z, w]
}

/// Uniform bits for `(seed, stream, major, minor)`.
pub fn bits(seed: u32, stream: Stream, major: u32, minor: u32) -> u32 {
    pcg4d([seed, stream.number(), major, minor])[0]
}

/// A number uniform in [0, 1), a multiple of 2^-24 so that f32 holds it exactly.
pub fn uniform(seed: u32, stream: Stream, major: u32, minor: u32) -> f32 {
    (bits(seed, stream, major, minor) >> 8) as f32 / (1u32 << 24) as f32
}

/// The seed of one layer's own numbers.
pub fn layer_seed(seed: u32, layer: u32) -> u32 {
    pcg4d([seed, 0, layer, 0])[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_numbers_have_the_moments_of_the_uniform_distribution() {
        let n = 100_000;
        let draws: Vec<f64> = (0..n).map(|i| uniform(7, Stream::Shuffle, 3, i).into()).collect();
        let mean = draws.iter().sum::<f64>() / n as f64;
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64;
        assert!((mean - 0.5).abs() < 0.005, "mean {mean}");
        assert!((variance - 1.0 / 12.0).abs() < 0.002, "variance {variance}");
        assert!(draws.iter().all(|x| (0.0..1.0).contains(x)));
    }

    #[test]
    fn every_counter_changes_the_number() {
        let base = bits(1, Stream::Shuffle, 1, 1);
        assert_ne!(base, bits(2, Stream::Shuffle, 1, 1));
        assert_ne!(base, bits(1, Stream::Dropout, 1, 1));
        assert_ne!(base, bits(1, Stream::Shuffle, 2, 1));
        assert_ne!(base, bits(1, Stream::Shuffle, 1, 2));
        assert_ne!(layer_seed(1, 0), layer_seed(1, 1));
    }
}
