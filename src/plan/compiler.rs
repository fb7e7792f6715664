//! The state of a compilation: tensors, commands, and the tape that gradients follow backwards.

mod backward;
mod fusion;

use std::collections::{HashMap, HashSet};

use super::layout::Section;
use super::lower::End;
use super::{PlanError, Request, WeightLayout};
use crate::gpu::{Recording, View};
use crate::model::{Layer, Model};
use crate::ops::{ELEMENT_BYTES, Pass};
use crate::shape::Shape;

/// What stands behind a view's slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// A buffer that the plan is given.
    External(External),
    /// A tensor that only the plan's own commands see.
    Intermediate { bytes: u64 },
    /// A tensor that the host reads or writes under this name.
    Kept { name: String, bytes: u64 },
}

/// The buffers that a plan is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum External {
    Trainable,
    State,
    Gradients,
    /// The dataset's images, part by part.
    Images(usize),
    Labels,
    Order,
    /// Where each step writes its metrics.
    Ring,
}

/// A tensor in the making; shapes are of one sample.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) view: View,
    pub(super) shape: Shape,
    /// Whether its gradient serves anything that is wanted.
    pub(super) needs_gradient: bool,
}

/// A value's place in the compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ValueId(usize);

/// Appends the gradients' commands of one op: given the gradient of its output and which inputs need theirs, the
/// gradients of the inputs.
pub(super) type Backward = Box<dyn FnOnce(&mut Compiler<'_>, View, &[bool]) -> Result<Vec<Option<View>>, PlanError>>;

struct TapeEntry {
    /// The layer whose gradients these are.
    layer: String,
    inputs: Vec<ValueId>,
    output: ValueId,
    backward: Backward,
}

/// A weight as commands see it.
#[derive(Clone, Debug)]
pub(super) struct Weight {
    pub(super) name: String,
    pub(super) view: View,
    /// Whether its gradient is wanted.
    pub(super) trained: bool,
}

pub(super) struct Compiler<'a> {
    pub(super) model: &'a Model,
    pub(super) request: &'a Request,
    layout: &'a WeightLayout,
    pub(super) recording: Recording,
    slots: Vec<Slot>,
    values: Vec<Value>,
    tape: Vec<TapeEntry>,
    /// The layer whose commands are being appended, for messages.
    pub(super) layer: String,
    /// Gradients of weights that several uses of a layer share, before they are added up.
    contributions: HashMap<String, Vec<View>>,
    /// For outputs of softmax, what went into it.
    logits: HashMap<ValueId, ValueId>,
    /// Nodes whose work is done by what makes their inputs.
    absorbed: HashSet<usize>,
    /// For values with an end whose gradient is not recorded yet, that end.
    ends: HashMap<ValueId, End>,
    /// Those of which there are several kernels.
    pub(super) passes: Vec<Pass>,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(model: &'a Model, layout: &'a WeightLayout, request: &'a Request) -> Self {
        Self {
            model,
            request,
            layout,
            recording: Recording::avoiding(&request.failed_kernels),
            slots: Vec::new(),
            values: Vec::new(),
            tape: Vec::new(),
            layer: String::new(),
            contributions: HashMap::new(),
            logits: HashMap::new(),
            absorbed: HashSet::new(),
            ends: HashMap::new(),
            passes: Vec::new(),
        }
    }

    pub(super) fn into_parts(self) -> (Recording, Vec<Slot>, Vec<Pass>) {
        (self.recording, self.slots, self.passes)
    }

    /// Says which layer's commands follow.
    pub(super) fn enter(&mut self, layer: &str) {
        layer.clone_into(&mut self.layer);
        self.recording.enter(layer);
    }

    fn add_slot(&mut self, slot: Slot, bytes: u64) -> View {
        self.slots.push(slot);
        View { slot: self.slots.len() - 1, offset: 0, bytes }
    }

    /// An error when not every layer's output fits a binding; it names the largest, so that the batch size it proposes
    /// does for all.
    pub(super) fn check_outputs(&self) -> Result<(), PlanError> {
        let (limit, batch_size) = (self.request.max_binding_bytes, self.request.batch_size);
        // Backwards, since the last of equals counts as the largest.
        let largest = self.model.nodes().iter().rev().max_by_key(|node| node.shape.elements());
        let Some(node) = largest else { return Ok(()) };
        let per_sample = node.shape.elements() as u64 * ELEMENT_BYTES;
        let (bytes, fits) = ((batch_size as u64).saturating_mul(per_sample), limit / per_sample);
        if bytes <= limit {
            return Ok(());
        }
        Err(PlanError::TooLarge { layer: node.layer.name().to_owned(), bytes, batch_size, limit, fits })
    }

    fn check_size(&self, bytes: u64) -> Result<(), PlanError> {
        let limit = self.request.max_binding_bytes;
        if bytes <= limit {
            return Ok(());
        }
        let batch_size = self.request.batch_size;
        let per_sample = bytes.div_ceil(batch_size as u64);
        Err(PlanError::TooLarge { layer: self.layer.clone(), bytes, batch_size, limit, fits: limit / per_sample })
    }

    /// A tensor of so many elements for the plan's own use.
    pub(super) fn tensor(&mut self, elements: usize) -> Result<View, PlanError> {
        self.bytes(elements as u64 * ELEMENT_BYTES)
    }

    /// The same by bytes.
    pub(super) fn bytes(&mut self, bytes: u64) -> Result<View, PlanError> {
        self.check_size(bytes)?;
        Ok(self.add_slot(Slot::Intermediate { bytes }, bytes))
    }

    /// Scratch memory; `None` when none is needed.
    pub(super) fn scratch(&mut self, bytes: u64) -> Result<Option<View>, PlanError> {
        if bytes == 0 { Ok(None) } else { self.bytes(bytes).map(Some) }
    }

    /// A tensor that the host reads or writes under this name.
    pub(super) fn kept(&mut self, name: &str, elements: usize) -> Result<View, PlanError> {
        let bytes = elements as u64 * ELEMENT_BYTES;
        self.check_size(bytes)?;
        Ok(self.add_slot(Slot::Kept { name: name.to_owned(), bytes }, bytes))
    }

    /// Makes an intermediate tensor one that the host can read under this name.
    pub(super) fn keep(&mut self, view: View, name: &str) {
        if let Slot::Intermediate { bytes } = self.slots[view.slot] {
            self.slots[view.slot] = Slot::Kept { name: name.to_owned(), bytes };
        }
    }

    /// A range of a buffer that the plan is given.
    pub(super) fn external(&mut self, external: External, offset: u64, bytes: u64) -> View {
        let slot = Slot::External(external);
        let place = self.slots.iter().position(|known| *known == slot).unwrap_or_else(|| {
            self.slots.push(slot);
            self.slots.len() - 1
        });
        View { slot: place, offset, bytes }
    }

    /// The weight of `layer` of this name, if it has one.
    pub(super) fn weight(&mut self, layer: &Layer, variable: &str) -> Option<Weight> {
        let name = format!("{}.{variable}", layer.name());
        let place = self.layout.place(&name)?;
        let external = match place.section {
            Section::Trainable => External::Trainable,
            Section::State => External::State,
        };
        let view = self.external(external, place.offset, place.bytes);
        let trained = self.request.gradients.weights && place.section == Section::Trainable;
        Some(Weight { name, view, trained })
    }

    /// Where to write the gradient of `weight`: its place among the gradients, or a tensor of its own where several
    /// uses of the layer contribute.
    pub(super) fn gradient_target(&mut self, weight: &Weight) -> Result<View, PlanError> {
        let layer = weight.name.split('.').next().unwrap_or_default();
        let uses = self.model.nodes().iter().filter(|node| node.layer.name() == layer).count();
        if uses > 1 {
            let part = self.bytes(weight.view.bytes)?;
            self.contributions.entry(weight.name.clone()).or_default().push(part);
            return Ok(part);
        }
        Ok(self.external(External::Gradients, weight.view.offset, weight.view.bytes))
    }

    /// A value that `inputs` determine; its gradient is needed when one of theirs is, or `trains` says so.
    pub(super) fn push(
        &mut self,
        inputs: &[ValueId],
        view: View,
        shape: Shape,
        trains: bool,
        backward: Backward,
    ) -> ValueId {
        let needs_gradient = trains || inputs.iter().any(|&input| self.value(input).needs_gradient);
        let output = self.push_source(view, shape);
        self.values[output.0].needs_gradient = needs_gradient;
        if needs_gradient {
            let layer = self.layer.clone();
            self.tape.push(TapeEntry { layer, inputs: inputs.to_vec(), output, backward });
        }
        output
    }

    /// A value that nothing determines.
    pub(super) fn push_source(&mut self, view: View, shape: Shape) -> ValueId {
        self.values.push(Value { view, shape, needs_gradient: false });
        ValueId(self.values.len() - 1)
    }

    pub(super) fn value(&self, id: ValueId) -> &Value {
        &self.values[id.0]
    }

    /// Says that the gradient of this value itself is wanted.
    pub(super) fn want_gradient(&mut self, id: ValueId) {
        self.values[id.0].needs_gradient = true;
    }

    /// Says that `output` is the softmax of `input`.
    pub(super) fn note_softmax(&mut self, output: ValueId, input: ValueId) {
        self.logits.insert(output, input);
    }

    /// Says that `output` is `input` under another shape, so that it is probabilities where that is.
    pub(super) fn pass_logits_on(&mut self, input: ValueId, output: ValueId) {
        if let Some(&logits) = self.logits.get(&input)
            && self.value(logits).shape == self.value(output).shape
        {
            self.logits.insert(output, logits);
        }
    }

    /// The logits behind `output`: what went into its softmax, or itself where it is none. The loss takes logits, so
    /// that probabilities are never rounded on their way through it.
    pub(super) fn logits_of(&self, output: ValueId) -> ValueId {
        self.logits.get(&output).copied().unwrap_or(output)
    }

    /// Elements of a value over the whole batch.
    pub(super) fn elements(&self, id: ValueId) -> usize {
        self.request.batch_size * self.value(id).shape.elements()
    }
}
