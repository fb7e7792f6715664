//! The gradients' commands: the tape from its end to its beginning, and the sums where gradients meet.

use std::collections::HashMap;

use super::{Compiler, External, TapeEntry, ValueId};
use crate::gpu::View;
use crate::ops::{Add, ELEMENT_BYTES};
use crate::plan::PlanError;

impl Compiler<'_> {
    /// Appends the gradients from that of `seed` backwards. Those of the values in `wanted` are kept under their names:
    /// name, view and elements of each are returned.
    pub(in crate::plan) fn backward(
        &mut self,
        seed: ValueId,
        gradient: View,
        wanted: &[(String, ValueId)],
    ) -> Result<Vec<(String, View, usize)>, PlanError> {
        let mut gradients: HashMap<ValueId, View> = HashMap::from([(seed, gradient)]);
        let mut tape = std::mem::take(&mut self.tape);
        while let Some(TapeEntry { layer, inputs, output, backward }) = tape.pop() {
            let Some(&dout) = gradients.get(&output) else { continue };
            self.enter(&layer);
            let dout = match self.take_end(output) {
                Some(end) => {
                    let before = end.gradient(self, self.value(output).view, dout)?;
                    // The end may be another layer's.
                    self.enter(&layer);
                    before
                }
                None => dout,
            };
            let needs: Vec<bool> = inputs.iter().map(|&input| self.value(input).needs_gradient).collect();
            let parts = backward(self, dout, &needs)?;
            for (input, part) in inputs.into_iter().zip(parts) {
                let Some(part) = part else { continue };
                let sum = match gradients.get(&input) {
                    Some(&other) => self.sum(other, part, self.elements(input))?,
                    None => part,
                };
                gradients.insert(input, sum);
            }
        }
        let mut kept = Vec::new();
        for (name, value) in wanted {
            let elements = self.elements(*value);
            let copy = self.kept(name, elements)?;
            // A copy, since the tensor may be another value's gradient as well. Where the seed does not depend on the
            // value there is none, and the new buffer's zeros are its gradient.
            if let Some(&gradient) = gradients.get(value) {
                self.copy(gradient, copy, elements);
            }
            kept.push((name.clone(), copy, elements));
        }
        self.add_contributions()?;
        Ok(kept)
    }

    /// Appends `a + b`, which may be one tensor.
    fn sum(&mut self, a: View, b: View, elements: usize) -> Result<View, PlanError> {
        let out = self.tensor(elements)?;
        Add { elements }.forward(&mut self.recording, a, b, out);
        Ok(out)
    }

    /// Appends a copy of `elements` elements.
    pub(in crate::plan) fn copy(&mut self, from: View, to: View, elements: usize) {
        let copy = crate::ops::CopyChannels {
            rows: 1,
            from_channels: elements,
            from_offset: 0,
            to_channels: elements,
            to_offset: 0,
            channels: elements,
        };
        copy.record(&mut self.recording, "copy", from, to);
    }

    /// Adds up the gradients of weights that several uses share, in the order of their names.
    fn add_contributions(&mut self) -> Result<(), PlanError> {
        let mut contributions: Vec<(String, Vec<View>)> = self.contributions.drain().collect();
        contributions.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, parts) in contributions {
            let Some(place) = self.layout.place(&name) else { continue };
            self.enter(name.split('.').next().unwrap_or_default());
            let target = self.external(External::Gradients, place.offset, place.bytes);
            let elements = (place.bytes / ELEMENT_BYTES) as usize;
            let mut parts = parts.into_iter();
            let (Some(mut sum), mut next) = (parts.next(), parts.next()) else { continue };
            if next.is_none() {
                self.copy(sum, target, elements);
            }
            while let Some(part) = next {
                next = parts.next();
                let out = if next.is_some() { self.tensor(elements)? } else { target };
                Add { elements }.forward(&mut self.recording, sum, part, out);
                sum = out;
            }
        }
        Ok(())
    }
}
