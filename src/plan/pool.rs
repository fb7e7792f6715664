//! The buffers that intermediate tensors share.

use super::{Compiled, MemoryItem, PlanError};
use crate::gpu::{Buffer, Gpu};

/// Buffers for the intermediate tensors of several plans that never run at the same time.
#[derive(Clone, Debug)]
pub struct Pool {
    buffers: Vec<Buffer>,
}

impl Pool {
    /// The sizes that serve every one of `plans`, largest first.
    fn sizes(plans: &[&Compiled]) -> Vec<u64> {
        let mut sizes: Vec<u64> = Vec::new();
        for plan in plans {
            for (place, &bytes) in plan.pool_sizes().iter().enumerate() {
                match sizes.get_mut(place) {
                    Some(size) => *size = bytes.max(*size),
                    None => sizes.push(bytes),
                }
            }
        }
        sizes
    }

    /// What [`Pool::allocate`] will allocate.
    pub fn memory(plans: &[&Compiled]) -> MemoryItem {
        let bytes = Self::sizes(plans).into_iter().map(Buffer::size_for).sum();
        MemoryItem { label: "intermediate tensors".to_owned(), bytes }
    }

    /// Buffers that serve every one of `plans`.
    pub fn allocate(gpu: &Gpu, plans: &[&Compiled]) -> Result<Self, PlanError> {
        let sizes = Self::sizes(plans);
        let buffers =
            sizes.iter().enumerate().map(|(i, &bytes)| Buffer::storage(gpu, &format!("intermediate {i}"), bytes));
        Ok(Self { buffers: buffers.collect::<Result<_, _>>()? })
    }

    pub(super) fn buffer(&self, place: usize) -> Option<&Buffer> {
        self.buffers.get(place)
    }
}
