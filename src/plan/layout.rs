//! Where each weight stands in the buffers that hold them all.

use std::collections::HashMap;
use std::ops::Range;

use super::MemoryItem;
use crate::gpu::{Buffer, align_offset};
use crate::model::{Model, weight_name};

/// Which buffer holds a weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Section {
    /// Weights that training changes; gradients and moments have the same offsets.
    Trainable,
    /// Moving statistics, and the weights of layers that are not trainable.
    State,
}

/// A weight's range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) section: Section,
    pub(super) offset: u64,
    pub(super) bytes: u64,
}

/// The places of all weights of a model: each section one buffer, every weight at an offset that can be bound.
#[derive(Clone, Debug)]
pub struct WeightLayout {
    places: HashMap<String, Place>,
    trainable_bytes: u64,
    state_bytes: u64,
    moving: Range<u64>,
}

impl WeightLayout {
    /// The places of the weights of `model`.
    pub fn new(model: &Model) -> Self {
        let mut layout = Self { places: HashMap::new(), trainable_bytes: 0, state_bytes: 0, moving: 0..0 };
        for layer in model.layers() {
            for variable in layer.variables() {
                let trainable = layer.trainable() && variable.trainable();
                let (section, end) = if trainable {
                    (Section::Trainable, &mut layout.trainable_bytes)
                } else {
                    (Section::State, &mut layout.state_bytes)
                };
                let (offset, bytes) = (*end, variable.bytes());
                *end = align_offset(offset + bytes);
                if layer.trainable() && !trainable {
                    let first = if layout.moving.is_empty() { offset } else { layout.moving.start };
                    layout.moving = first..offset + bytes;
                }
                layout.places.insert(weight_name(&layer, variable), Place { section, offset, bytes });
            }
        }
        layout
    }

    pub(super) fn place(&self, weight: &str) -> Option<Place> {
        self.places.get(weight).copied()
    }

    /// Whether the weight of this name is one that training changes by its gradient.
    pub fn is_trainable(&self, weight: &str) -> bool {
        self.place(weight).is_some_and(|place| place.section == Section::Trainable)
    }

    /// Bytes of all trainable weights with the gaps that align them: also of the gradients and each moment.
    pub fn trainable_bytes(&self) -> u64 {
        self.trainable_bytes
    }

    /// Bytes of everything else.
    pub fn state_bytes(&self) -> u64 {
        self.state_bytes
    }

    /// The bytes of everything else between which the moving statistics stand that steps of training change; empty where
    /// there are none.
    pub fn moving_statistics(&self) -> Range<u64> {
        self.moving.clone()
    }

    /// What [`DeviceWeights`](super::DeviceWeights) will allocate.
    pub fn memory(&self) -> Vec<MemoryItem> {
        let item = |label: &str, bytes| MemoryItem { label: label.to_owned(), bytes: Buffer::size_for(bytes) };
        vec![item("weights", self.trainable_bytes), item("state", self.state_bytes)]
    }
}
