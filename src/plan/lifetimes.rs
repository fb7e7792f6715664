//! Which tensors can share memory.

use crate::gpu::Recording;

/// The commands, by their places in the recording, between which a tensor must be kept: both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lifetime {
    pub(super) first: usize,
    pub(super) last: usize,
}

impl Lifetime {
    fn meets(self, other: Lifetime) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// The lifetime of each of `slots` slots; `None` for those that no command binds.
pub(super) fn lifetimes(recording: &Recording, slots: usize) -> Vec<Option<Lifetime>> {
    let mut lifetimes = vec![None; slots];
    for (place, command) in recording.commands().iter().enumerate() {
        for (_, view) in &command.bindings {
            let lifetime = lifetimes[view.slot].get_or_insert(Lifetime { first: place, last: place });
            lifetime.last = place;
        }
    }
    lifetimes
}

/// Whole buffers for tensors of these sizes, so that two whose lifetimes meet never share one: for each tensor its
/// buffer, and the buffers' sizes, largest first.
///
/// The largest tensor chooses first, and takes the first buffer that is free for its lifetime; so a buffer never grows.
pub(super) fn share(tensors: &[(u64, Lifetime)]) -> (Vec<usize>, Vec<u64>) {
    let mut order: Vec<usize> = (0..tensors.len()).collect();
    // Ties in the order of the tensors, so that a plan is the same every time.
    order.sort_by_key(|&tensor| (std::cmp::Reverse(tensors[tensor].0), tensor));
    let mut places = vec![0; tensors.len()];
    let mut sizes: Vec<u64> = Vec::new();
    let mut occupants: Vec<Vec<Lifetime>> = Vec::new();
    for tensor in order {
        let (bytes, lifetime) = tensors[tensor];
        let free = occupants.iter().position(|others| others.iter().all(|other| !other.meets(lifetime)));
        let place = free.unwrap_or_else(|| {
            sizes.push(bytes);
            occupants.push(Vec::new());
            sizes.len() - 1
        });
        occupants[place].push(lifetime);
        places[tensor] = place;
    }
    (places, sizes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tensors_whose_lives_do_not_meet_share_a_buffer() {
        let life = |first, last| Lifetime { first, last };
        let (places, sizes) = share(&[(64, life(0, 1)), (32, life(1, 2)), (48, life(2, 3))]);
        assert_eq!(places, [0, 1, 0]);
        assert_eq!(sizes, [64, 32]);
    }

    proptest! {
        #[test]
        fn tensors_whose_lives_meet_never_share(tensors in prop::collection::vec((1u64..100, 0usize..20, 0usize..5), 1..40)) {
            let tensors: Vec<(u64, Lifetime)> = tensors
                .into_iter()
                .map(|(bytes, first, length)| (bytes, Lifetime { first, last: first + length }))
                .collect();
            let (places, sizes) = share(&tensors);
            for (a, &(bytes, life)) in tensors.iter().enumerate() {
                prop_assert!(sizes[places[a]] >= bytes);
                for (b, &(_, other)) in tensors.iter().enumerate().skip(a + 1) {
                    prop_assert!(places[a] != places[b] || !life.meets(other));
                }
            }
        }
    }
}
