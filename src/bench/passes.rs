//! The passes of a training step: which commands of a recording serve which.

use std::collections::BTreeSet;

use crate::gpu::{Command, Recording};
use crate::model::{LayerKind, Model};

/// The op of the passes in which a max pooling runs in the kernel of the layer before it.
const POOLED: &str = "conv2d and max_pooling2d";

/// A pass' commands in a plan.
pub(super) struct Pass {
    pub(super) layer: String,
    pub(super) name: String,
    /// Which of the plan's recordings, and the places there.
    pub(super) recording: usize,
    pub(super) places: Vec<usize>,
    pub(super) kernels: Vec<String>,
    /// Each kernel with its constants: what tells two from one another.
    pub(super) identity: Vec<String>,
    multiply_adds: u64,
    pub(super) bytes: Option<u64>,
}

impl Pass {
    /// Whether it does what `other` does in another plan.
    pub(super) fn serves_as(&self, other: &Self) -> bool {
        self.layer == other.layer && self.name == other.name
    }

    /// What the formulas ask for, a multiply-add counting as two; none where none of them is a sum of products.
    pub(super) fn operations(&self) -> Option<u64> {
        (self.multiply_adds > 0).then_some(2 * self.multiply_adds)
    }
}

/// The convolutions in whose kernels a max pooling runs by some plan. Other plans have two passes for the same; to be
/// compared, they are taken together. Where the convolution has both gradients, the pooling's belongs to neither: it stays
/// a pass of its own, which plans with it in the kernels of both do not have.
pub(super) struct Poolings(Vec<Pooled>);

/// A convolution and the pooling after it.
struct Pooled {
    layer: String,
    /// The pooling's layer.
    pooling: String,
    /// The passes in which both are taken together: the second parts of their commands' labels.
    parts: Vec<String>,
}

impl Poolings {
    /// Those of `model` by any of these recordings.
    pub(super) fn new(model: &Model, recordings: &[&Recording]) -> Self {
        let mut poolings: Vec<Pooled> = Vec::new();
        for command in recordings.iter().flat_map(|recording| recording.commands()) {
            let (op, part) = op_and_part(&command.label);
            if op != POOLED {
                continue;
            }
            match poolings.iter_mut().find(|pooled| pooled.layer == command.scope) {
                Some(pooled) if pooled.parts.iter().any(|known| known == part) => {}
                Some(pooled) => pooled.parts.push(part.to_owned()),
                None => poolings.extend(pooling_after(model, &command.scope).map(|pooling| Pooled {
                    layer: command.scope.clone(),
                    pooling,
                    parts: vec![part.to_owned()],
                })),
            }
        }
        let commands = || recordings.iter().flat_map(|recording| recording.commands());
        for pooled in &mut poolings {
            let of_layer = commands().filter(|command| command.scope == pooled.layer);
            let parts = of_layer.map(|command| op_and_part(&command.label)).filter(|(op, _)| is_convolution(op));
            let is_gradient = |part: &str| part.starts_with("gradient");
            let gradients: BTreeSet<&str> = parts.map(|(_, part)| part).filter(|part| is_gradient(part)).collect();
            if gradients.len() > 1 {
                pooled.parts.retain(|part| !is_gradient(part));
            }
        }
        Self(poolings)
    }

    /// The passes of a step's recordings: commands of one layer that serve one pass, in the order of their first ones.
    pub(super) fn passes(&self, recordings: &[&Recording]) -> Vec<Pass> {
        let mut passes: Vec<Pass> = Vec::new();
        for (recording, commands) in recordings.iter().map(|recording| recording.commands()).enumerate() {
            for (place, command) in commands.iter().enumerate() {
                let (layer, name) = self.pass_of(command);
                let known = passes.iter_mut().find(|pass| pass.layer == layer && pass.name == name);
                let (kernel, bytes) = (command.kernel.name().to_owned(), bytes(command));
                if let Some(pass) = known {
                    pass.places.push(place);
                    pass.kernels.push(kernel);
                    pass.identity.push(command.kernel.to_string());
                    pass.multiply_adds += command.multiply_adds;
                    pass.bytes = pass.bytes.zip(bytes).map(|(sum, bytes)| sum + bytes);
                    continue;
                }
                passes.push(Pass {
                    layer,
                    name,
                    recording,
                    places: vec![place],
                    kernels: vec![kernel],
                    identity: vec![command.kernel.to_string()],
                    multiply_adds: command.multiply_adds,
                    bytes,
                });
            }
        }
        passes
    }

    /// The layer and the name of the pass that a command serves.
    fn pass_of(&self, command: &Command) -> (String, String) {
        let (op, part) = op_and_part(&command.label);
        let layer = command.scope.as_str();
        let together = |pooled: &Pooled, part: &str| (pooled.layer.clone(), format!("{POOLED}: {part}"));
        if is_convolution(op) {
            let pooled = self.0.iter().find(|pooled| pooled.layer == layer);
            let pooled = pooled.filter(|pooled| pooled.parts.iter().any(|known| known == part));
            let alone = || (layer.to_owned(), format!("conv2d: {part}"));
            return pooled.map_or_else(alone, |pooled| together(pooled, part));
        }
        // Where only the pooling ran in the convolution's kernel, its gradient is a command of the convolution's layer.
        if op == "max_pooling2d"
            && let Some(pooled) = self.0.iter().find(|pooled| pooled.pooling == layer || pooled.layer == layer)
        {
            let whole = pooled.parts.iter().find(|whole| whole.starts_with(part));
            return match whole {
                Some(whole) => together(pooled, whole),
                None => (pooled.pooling.clone(), format!("{op}: {part}")),
            };
        }
        (layer.to_owned(), if part.is_empty() { op.to_owned() } else { format!("{op}: {part}") })
    }
}

/// The name of the max pooling that takes the output of this layer.
fn pooling_after(model: &Model, layer: &str) -> Option<String> {
    let nodes = model.nodes();
    let takes = |&input: &usize| nodes.get(input).is_some_and(|node| node.layer.name() == layer);
    let mut poolings = nodes.iter().filter(|node| matches!(node.layer.kind(), LayerKind::MaxPooling2d(_)));
    poolings.find(|node| node.inputs.iter().any(takes)).map(|node| node.layer.name().to_owned())
}

/// Whether these are a convolution's passes, with a pooling in their kernels or without.
fn is_convolution(op: &str) -> bool {
    op == "conv2d" || op == POOLED
}

/// The op and its pass: the first two parts of a command's label. A third tells a step within the pass.
fn op_and_part(label: &str) -> (&str, &str) {
    let mut parts = label.split(": ");
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

/// The bytes of all tensors that a command binds, each once; none for a gather, which sees the whole dataset.
fn bytes(command: &Command) -> Option<u64> {
    if command.kernel.name().starts_with("gather/") {
        return None;
    }
    let mut views: Vec<_> = command.bindings.iter().map(|(_, view)| *view).collect();
    views.sort_unstable_by_key(|view| (view.slot, view.offset));
    views.dedup();
    Some(views.iter().map(|view| view.bytes).sum())
}
