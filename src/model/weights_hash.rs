//! A hash that tells one model's weights from another's.

use sha2::{Digest, Sha256};

use super::Model;

impl Model {
    /// The first 64 bits of SHA-256 over every weight in order: its name, a zero byte, the extents of its shape as 64-bit
    /// and its values as 32-bit words, little-endian. Equal only where every bit of every weight is.
    pub fn weights_hash(&self) -> u64 {
        let mut hash = Sha256::new();
        for (name, shape, values) in self.weights() {
            hash.update(name.as_bytes());
            hash.update([0]);
            for &extent in shape.extents() {
                hash.update((extent as u64).to_le_bytes());
            }
            let words: Vec<[u8; 4]> = values.iter().map(|value| value.to_le_bytes()).collect();
            hash.update(words.as_flattened());
        }
        let digest = hash.finalize();
        digest.iter().take(8).fold(0, |word, &byte| word << 8 | u64::from(byte))
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Sequential, layers::Dense};

    #[test]
    fn the_hash_follows_every_bit_and_nothing_else() {
        let model = Sequential::new([3]).add(Dense::new(2)).build().unwrap();
        // The same computed by Python's hashlib over b"dense.kernel\0", 3, 2, six zeros, b"dense.bias\0", 2, two zeros.
        assert_eq!(model.weights_hash(), 0xfa08_2ba4_a48a_19a0);
        model.initialize(1);
        let before = model.weights_hash();
        assert_eq!(before, model.clone().weights_hash());
        let (name, _, mut values) = model.weights().swap_remove(0);
        values[5] = f32::from_bits(values[5].to_bits() ^ 1);
        model.set_weight(&name, values).unwrap();
        assert_ne!(before, model.weights_hash());
        let minus = |bias: f32| model.set_weight("dense.bias", vec![bias; 2]).map(|()| model.weights_hash()).unwrap();
        assert_ne!(minus(0.0), minus(-0.0));
    }
}
