//! What can be wrong with a model.

use super::builtin::BUILTIN_NAMES;
use crate::settings::suggestion;
use crate::shape::Shape;

/// An error in a model's description; each message names the layer and says what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// A layer does not take such an input.
    #[error("layer '{layer}' ({kind}) cannot take an input of shape {input}, which layer '{giver}' gives: {reason}")]
    Input {
        /// The layer's name.
        layer: String,
        /// Its type.
        kind: &'static str,
        /// The input's shape, without the batch.
        input: Shape,
        /// The layer whose output it is.
        giver: String,
        /// What is wrong and what would do.
        reason: String,
    },
    /// A layer that merges its inputs cannot merge these.
    #[error(
        "layer '{layer}' ({kind}) cannot merge shapes {first} of layer '{first_giver}' and {other} of layer \
         '{other_giver}': {reason}"
    )]
    Merge {
        /// The layer's name.
        layer: String,
        /// Its type.
        kind: &'static str,
        /// The first input's shape.
        first: Shape,
        /// The layer whose output it is.
        first_giver: String,
        /// The shape that does not fit it.
        other: Shape,
        /// The layer whose output that is.
        other_giver: String,
        /// What would do.
        reason: String,
    },
    /// A layer has too few or too many inputs.
    #[error("layer '{layer}' ({kind}) takes {takes}, {given} given")]
    Inputs {
        /// The layer's name.
        layer: String,
        /// Its type.
        kind: &'static str,
        /// How many it takes, in words.
        takes: &'static str,
        /// How many it was given.
        given: usize,
    },
    /// A layer's own option is out of range.
    #[error("layer '{layer}' ({kind}): {reason}")]
    Option {
        /// The layer's name.
        layer: String,
        /// Its type.
        kind: &'static str,
        /// Which option, what it is and what it may be.
        reason: String,
    },
    /// A shared layer was built for another shape.
    #[error("layer '{layer}' was built for inputs of shape {built} and cannot be shared with one of shape {given}")]
    Shared {
        /// The layer's name.
        layer: String,
        /// The shape that its weights fit.
        built: Shape,
        /// The shape that was given.
        given: Shape,
    },
    /// Two layers of one name that do different things.
    #[error("two layers are named '{0}'; give one of them another name")]
    DuplicateName(String),
    /// A name that the file format or the weights could not carry.
    #[error("'{0}' cannot be a layer's name: it must not be empty nor contain '.', '/' or '#'")]
    BadName(String),
    /// A model's name that cannot begin a folder's.
    #[error("'{0}' cannot be a model's name: it must not be empty, begin with '.' or contain '/', '\\' or ':'")]
    BadModelName(String),
    /// A layer that is not there.
    #[error("there is no layer '{name}'{}", suggestion(name, available.split(", ")))]
    UnknownLayer {
        /// The name that was asked for.
        name: String,
        /// The layers there are.
        available: String,
    },
    /// An input that the model needs is not among its inputs.
    #[error("the outputs depend on input '{0}', which is not among the model's inputs; add it")]
    MissingInput(String),
    /// A tensor that a layer computes was given as an input.
    #[error("layer '{0}' computes its tensor, so a model cannot begin there; begin at a tensor of Tensor::input")]
    NotAnInput(String),
    /// The model has no layers or no output.
    #[error("a model needs at least one input and one output")]
    Empty,
    /// A weight that is not there, or has another shape.
    #[error("weight '{name}': {reason}")]
    Weight {
        /// The weight's name, `LAYER.VARIABLE`.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// All weights together are more than are filled.
    #[error(
        "model '{model}' has {bytes} bytes of weights, {layer_bytes} of them in layer '{layer}', but at most {most} are \
         filled; make that layer smaller"
    )]
    TooManyWeights {
        /// The model's name.
        model: String,
        /// The bytes of all weights.
        bytes: u64,
        /// The layer that has the most.
        layer: String,
        /// Its bytes.
        layer_bytes: u64,
        /// How many bytes all may have.
        most: u64,
    },
    /// There is no memory for a layer's weights.
    #[error(
        "layer '{layer}': there is no memory for the {bytes} bytes of '{weight}'; end other programs, or make the layer \
         smaller"
    )]
    NoMemory {
        /// The layer's name.
        layer: String,
        /// The weight's name, `LAYER.VARIABLE`.
        weight: String,
        /// Its bytes.
        bytes: u64,
    },
    /// No model of this name comes with the program.
    #[error("there is no model '{name}'{}", suggestion(name, BUILTIN_NAMES))]
    UnknownModel {
        /// The name that was asked for.
        name: String,
    },
    /// The pictures are too small for a model that comes with the program.
    #[error("model '{model}' cannot take pictures of shape {input}; it needs at least {side}x{side} pixels")]
    TooSmall {
        /// The model's name.
        model: &'static str,
        /// The pictures' shape: (height, width, channels).
        input: Shape,
        /// The side of the smallest square pictures that would do.
        side: usize,
    },
    /// The model's last layers cannot be made to tell another number of classes apart.
    #[error("model '{model}' cannot be given {classes} classes: {reason}")]
    Classes {
        /// The model's name.
        model: String,
        /// The number of classes that was asked for.
        classes: usize,
        /// Why.
        reason: String,
    },
}
