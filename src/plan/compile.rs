//! A model and a request become a recording over slots with known sizes.

use super::compiler::{Compiler, External, Slot, ValueId};
use super::lifetimes::{lifetimes, share};
use super::lower::lower;
use super::{ImageSource, MemoryItem, PlanError, Request, WeightLayout};
use crate::gpu::{Buffer, Recording, View};
use crate::model::Model;
use crate::ops::{ELEMENT_BYTES, GatherImages, GatherLabels, Pass, SoftmaxCrossEntropy};
use crate::shape::Shape;

/// A plan before anything is allocated for it.
#[derive(Clone, Debug)]
pub struct Compiled {
    recording: Recording,
    slots: Vec<Slot>,
    /// For each slot its place in the pool; `None` for those that are not of the pool.
    places: Vec<Option<usize>>,
    pool_sizes: Vec<u64>,
    tensors: Vec<KeptTensor>,
    batch_size: usize,
    passes: Vec<Pass>,
}

/// A tensor that the host reads or writes.
#[derive(Clone, Debug)]
pub(super) struct KeptTensor {
    pub(super) name: String,
    pub(super) view: View,
    /// Its elements over the whole batch.
    pub(super) elements: usize,
}

/// The recording and the memory that `request` needs of `model`, whose weights stand as `layout` says.
pub fn compile(model: &Model, layout: &WeightLayout, request: &Request) -> Result<Compiled, PlanError> {
    if request.batch_size == 0 {
        return Err(PlanError::EmptyBatch);
    }
    let &[input] = model.inputs() else {
        return Err(PlanError::Inputs { model: model.name().to_owned(), inputs: model.inputs().len() });
    };
    if request.gradients.weights && request.loss.is_none() {
        return Err(PlanError::NoSeed);
    }
    let mut compiler = Compiler::new(model, layout, request);
    compiler.check_outputs()?;
    let mut tensors = Vec::new();
    let shape = model.nodes()[input].shape.clone();
    compiler.enter(model.nodes()[input].layer.name());
    let (images, labels) = sources(&mut compiler, &shape, &mut tensors)?;
    let input = compiler.push_source(images, shape);
    let values = forward(&mut compiler, input)?;

    let outputs: Vec<usize> = model.outputs().to_vec();
    let output = values[outputs[0]];
    let layers = request.read.iter().filter(|name| *name != Request::LOGITS);
    let mut read: Vec<usize> = layers.map(|name| model.find(name)).collect::<Result<_, _>>()?;
    if request.loss.is_none() && !request.gradients.any() {
        read.extend(outputs);
        tensors.push(KeptTensor {
            name: Request::OUTPUT.to_owned(),
            view: compiler.value(output).view,
            elements: compiler.elements(output),
        });
    }
    read.sort_unstable();
    read.dedup();
    for node in read {
        let (name, value) = (model.nodes()[node].layer.name().to_owned(), values[node]);
        let view = compiler.value(value).view;
        compiler.keep(view, &name);
        tensors.push(KeptTensor { name, view, elements: compiler.elements(value) });
    }
    if request.read.iter().any(|name| name == Request::LOGITS) {
        let logits = compiler.logits_of(output);
        let (name, view) = (Request::LOGITS.to_owned(), compiler.value(logits).view);
        compiler.keep(view, &name);
        tensors.push(KeptTensor { name, view, elements: compiler.elements(logits) });
    }

    let mut seed = None;
    if let Some(labels) = labels {
        let logits = compiler.logits_of(output);
        seed = Some((logits, loss(&mut compiler, logits, labels)?));
    }
    if request.gradients.any() {
        let wanted = request
            .gradients
            .layers
            .iter()
            .map(|name| Ok((format!("gradient of {name}"), values[model.find(name)?])))
            .collect::<Result<Vec<_>, PlanError>>()?;
        let (value, gradient) = match seed {
            Some((logits, Some(gradient))) => {
                // What comes after the logits is not on the loss' way.
                if logits != output && wanted.iter().any(|(_, value)| *value == output) {
                    let layer = model.nodes()[model.outputs()[0]].layer.name().to_owned();
                    return Err(PlanError::Probabilities { layer });
                }
                (logits, gradient)
            }
            _ => {
                let elements = compiler.elements(output);
                let view = compiler.kept(Request::SEED, elements)?;
                tensors.push(KeptTensor { name: Request::SEED.to_owned(), view, elements });
                (output, view)
            }
        };
        for (name, view, elements) in compiler.backward(value, gradient, &wanted)? {
            tensors.push(KeptTensor { name, view, elements });
        }
    }
    let batch_size = request.batch_size;
    let (recording, slots, passes) = compiler.into_parts();
    Ok(Compiled { passes, ..allot(recording, slots, tensors, batch_size) })
}

/// The batch's images and, where a loss wants them, labels.
fn sources(
    compiler: &mut Compiler<'_>,
    shape: &Shape,
    tensors: &mut Vec<KeptTensor>,
) -> Result<(View, Option<View>), PlanError> {
    let batch = compiler.request.batch_size;
    let elements = batch * shape.elements();
    let wants_labels = compiler.request.loss.is_some();
    let ImageSource::Resident(shards) = &compiler.request.images else {
        let images = compiler.kept(Request::IMAGES, elements)?;
        tensors.push(KeptTensor { name: Request::IMAGES.to_owned(), view: images, elements });
        if !wants_labels {
            return Ok((images, None));
        }
        let labels = compiler.kept(Request::LABELS, batch)?;
        tensors.push(KeptTensor { name: Request::LABELS.to_owned(), view: labels, elements: batch });
        return Ok((images, Some(labels)));
    };
    let samples: usize = shards.iter().map(|shard| shard.images).sum();
    let samples_bytes = samples as u64 * ELEMENT_BYTES;
    let order = compiler.external(External::Order, 0, samples_bytes);
    let images = compiler.tensor(elements)?;
    // A picture's bytes are padded to whole words.
    let picture_bytes = shape.elements().next_multiple_of(4) as u64;
    for (number, shard) in shards.iter().enumerate() {
        let packed = compiler.external(External::Images(number), 0, shard.images as u64 * picture_bytes);
        let gather = GatherImages { batch, image_elements: shape.elements(), shard: *shard };
        gather.record(&mut compiler.recording, packed, order, images);
    }
    if !wants_labels {
        return Ok((images, None));
    }
    let all = compiler.external(External::Labels, 0, samples_bytes);
    let labels = compiler.tensor(batch)?;
    GatherLabels { batch }.record(&mut compiler.recording, all, order, labels);
    Ok((images, Some(labels)))
}

/// Every node's output.
fn forward(compiler: &mut Compiler<'_>, input: ValueId) -> Result<Vec<ValueId>, PlanError> {
    let mut values: Vec<ValueId> = Vec::new();
    let wanted = &compiler.request.gradients.layers;
    for (place, node) in compiler.model.nodes().iter().enumerate() {
        let inputs: Vec<ValueId> = match node.inputs.as_slice() {
            [] => vec![input],
            inputs => inputs.iter().map(|&input| values[input]).collect(),
        };
        let value = lower(compiler, place, &inputs)?;
        if wanted.iter().any(|name| name == node.layer.name()) {
            compiler.want_gradient(value);
        }
        values.push(value);
    }
    Ok(values)
}

/// The loss, its metrics and, where gradients are wanted, that of the logits.
fn loss(compiler: &mut Compiler<'_>, logits: ValueId, labels: View) -> Result<Option<View>, PlanError> {
    let (shape, view) = (compiler.value(logits).shape.clone(), compiler.value(logits).view);
    let Some(loss) = compiler.request.loss else { return Ok(None) };
    if shape.rank() != 1 {
        return Err(PlanError::Logits { model: compiler.model.name().to_owned(), shape });
    }
    compiler.enter("loss");
    let (rows, classes) = (compiler.request.batch_size, shape.channels());
    let op = SoftmaxCrossEntropy { rows, classes, label_smoothing: loss.label_smoothing };
    let ring = compiler.external(External::Ring, 0, Request::RING_BYTES);
    let wanted = compiler.request.gradients.any();
    let may_choose = compiler.recording.may_choose(SoftmaxCrossEntropy::AT_ONCE);
    if compiler.request.fusion && op.suits_at_once() && may_choose {
        let gradient = compiler.tensor(if wanted { rows * classes } else { 1 })?;
        op.record_at_once(&mut compiler.recording, view, labels, ring, wanted, gradient);
        return Ok(wanted.then_some(gradient));
    }
    let metrics = compiler.tensor(rows * 2)?;
    let gradient = if wanted { Some(compiler.tensor(rows * classes)?) } else { None };
    op.record(&mut compiler.recording, view, labels, metrics, gradient);
    op.metrics(&mut compiler.recording, metrics, ring);
    Ok(gradient)
}

/// Gives intermediate tensors places in a pool, and the rest buffers of their own.
fn allot(recording: Recording, slots: Vec<Slot>, tensors: Vec<KeptTensor>, batch_size: usize) -> Compiled {
    let lifetimes = lifetimes(&recording, slots.len());
    let mut sharing = Vec::new();
    let mut sharers = Vec::new();
    for (slot, (kind, lifetime)) in slots.iter().zip(&lifetimes).enumerate() {
        if let (Slot::Intermediate { bytes }, Some(lifetime)) = (kind, lifetime) {
            sharing.push((*bytes, *lifetime));
            sharers.push(slot);
        }
    }
    let (shared, pool_sizes) = share(&sharing);
    let mut places = vec![None; slots.len()];
    for (slot, place) in sharers.into_iter().zip(shared) {
        places[slot] = Some(place);
    }
    Compiled { recording, slots, places, pool_sizes, tensors, batch_size, passes: Vec::new() }
}

impl Compiled {
    /// The commands, in order.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// The passes of which there are several kernels, in the order in which the plan chose for them.
    pub fn passes(&self) -> &[Pass] {
        &self.passes
    }

    /// Samples at a time.
    pub fn batch_size(&self) -> usize {
        self.batch_size
    }

    /// What the plan allocates for itself, beside the pool: uniforms and the tensors that the host reads or writes.
    pub fn memory(&self) -> Vec<MemoryItem> {
        let mut items = Vec::new();
        let uniforms = self.recording.parameter_bytes();
        if uniforms > 0 {
            items.push(MemoryItem { label: "uniforms".to_owned(), bytes: Buffer::size_for(uniforms) });
        }
        for slot in &self.slots {
            if let Slot::Kept { name, bytes } = slot {
                items.push(MemoryItem { label: name.clone(), bytes: Buffer::size_for(*bytes) });
            }
        }
        items
    }

    /// Bytes of the intermediate tensors, were each a buffer of its own; [`Pool::memory`](super::Pool::memory) has what
    /// they take.
    pub fn unshared_bytes(&self) -> u64 {
        let bytes = self.slots().filter_map(|(slot, place)| match slot {
            Slot::Intermediate { bytes } => place.map(|_| Buffer::size_for(*bytes)),
            _ => None,
        });
        bytes.sum()
    }

    pub(super) fn pool_sizes(&self) -> &[u64] {
        &self.pool_sizes
    }

    pub(super) fn slots(&self) -> impl Iterator<Item = (&Slot, Option<usize>)> {
        self.slots.iter().zip(self.places.iter().copied())
    }

    pub(super) fn tensors(&self) -> &[KeptTensor] {
        &self.tensors
    }
}
