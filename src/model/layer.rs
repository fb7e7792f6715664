//! A layer: what it does, its name, its weights.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::layers::{
    ActivationLayer, Add, AveragePooling2d, BatchNormalization, Concatenate, Conv2d, Dense, DepthwiseConv2d, Describe,
    Dropout, Elu, Flatten, GlobalAveragePooling2d, Input, LeakyRelu, MaxPooling2d, Misfit,
};
use super::variable::VariableSpec;
use super::{ModelError, Variable};
use crate::settings::{SettingsError, Table};
use crate::shape::Shape;

/// Declares [`LayerKind`] and what all its variants answer alike.
macro_rules! layer_kinds {
    ($($kind:ident($layer:ty) = $type:literal),* $(,)?) => {
        /// What a layer does, with its options. In files the field `type` tells which it is.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "type")]
        pub enum LayerKind {
            $(
                #[doc = concat!("See [`", stringify!($layer), "`].")]
                #[serde(rename = $type)]
                $kind($layer),
            )*
        }

        $(
            impl From<$layer> for LayerKind {
                fn from(layer: $layer) -> Self {
                    LayerKind::$kind(layer)
                }
            }

            impl From<$layer> for Layer {
                fn from(layer: $layer) -> Self {
                    Layer::new(layer)
                }
            }
        )*

        impl LayerKind {
            /// Keras' class name: `Conv2D`.
            pub fn class(&self) -> &'static str {
                match self { $(LayerKind::$kind(_) => <$layer>::CLASS),* }
            }

            /// The type's name in files: `conv2d`.
            pub fn type_name(&self) -> &'static str {
                match self { $(LayerKind::$kind(_) => <$layer>::TYPE),* }
            }

            /// The output's shape for inputs of these shapes, all without the batch.
            pub fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, Misfit> {
                match self { $(LayerKind::$kind(layer) => layer.output_shape(inputs)),* }
            }

            /// The names that files give the types.
            pub const TYPES: &[&str] = &[$($type),*];

            /// The layer of type `name` with the options of `table`; `None` where no type has this name.
            pub(super) fn read(name: &str, table: Table<'_>) -> Option<Result<Self, SettingsError>> {
                match name {
                    $($type => Some(table.rest::<$layer>().map(LayerKind::$kind)),)*
                    _ => None,
                }
            }

            fn variables(&self, input: &Shape) -> Vec<VariableSpec> {
                match self { $(LayerKind::$kind(layer) => layer.variables(input)),* }
            }

            /// Multiplications that are added up, per sample, for an input and the output of these shapes: those of
            /// convolutions and dense layers, whose biases, activations and all other layers count as 0, as is usual.
            pub fn multiply_adds(&self, input: &Shape, output: &Shape) -> u64 {
                match self { $(LayerKind::$kind(layer) => layer.multiply_adds(input, output)),* }
            }
        }
    };
}

layer_kinds! {
    Input(Input) = "input_layer",
    Conv2d(Conv2d) = "conv2d",
    DepthwiseConv2d(DepthwiseConv2d) = "depthwise_conv2d",
    MaxPooling2d(MaxPooling2d) = "max_pooling2d",
    AveragePooling2d(AveragePooling2d) = "average_pooling2d",
    GlobalAveragePooling2d(GlobalAveragePooling2d) = "global_average_pooling2d",
    Flatten(Flatten) = "flatten",
    Dense(Dense) = "dense",
    Activation(ActivationLayer) = "activation",
    LeakyRelu(LeakyRelu) = "leaky_relu",
    Elu(Elu) = "elu",
    Dropout(Dropout) = "dropout",
    BatchNormalization(BatchNormalization) = "batch_normalization",
    Add(Add) = "add",
    Concatenate(Concatenate) = "concatenate",
}

/// A layer of a model. Clones are the same layer: where several models, or several places of one, use it, they share
/// its weights.
#[derive(Clone, Debug)]
pub struct Layer {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    kind: LayerKind,
    trainable: AtomicBool,
    name: OnceLock<String>,
    built: OnceLock<Built>,
}

#[derive(Debug)]
struct Built {
    input: Shape,
    variables: Vec<Variable>,
}

/// Elements of the largest tensor per sample, or variable: what 32-bit indices can count, with room for a batch.
const MOST_ELEMENTS: usize = 1 << 30;

impl Layer {
    /// A layer that a model will name by its type and a counter, as Keras does: `conv2d`, `conv2d_1`.
    pub fn new(kind: impl Into<LayerKind>) -> Self {
        Self::with(kind.into(), None, true)
    }

    /// A layer of this name.
    pub fn named(kind: impl Into<LayerKind>, name: &str) -> Self {
        Self::with(kind.into(), Some(name.to_owned()), true)
    }

    pub(super) fn with(kind: LayerKind, name: Option<String>, trainable: bool) -> Self {
        let name = name.map_or_else(OnceLock::new, OnceLock::from);
        Self { shared: Arc::new(Shared { kind, trainable: trainable.into(), name, built: OnceLock::new() }) }
    }

    /// What it does.
    pub fn kind(&self) -> &LayerKind {
        &self.shared.kind
    }

    /// Its name; its type's where no model has named it yet.
    pub fn name(&self) -> &str {
        self.shared.name.get().map_or(self.kind().type_name(), String::as_str)
    }

    /// Whether training changes its weights. Default true.
    pub fn trainable(&self) -> bool {
        self.shared.trainable.load(Ordering::Relaxed)
    }

    /// Says whether training changes its weights, for all clones of the layer (Keras' `layer.trainable`). A batch
    /// normalisation that is not trainable runs as in inference, also in training, and keeps its moving statistics;
    /// dropout drops all the same. A training that is planned already goes on as it was planned.
    pub fn set_trainable(&self, trainable: bool) {
        self.shared.trainable.store(trainable, Ordering::Relaxed);
    }

    /// Its weights; none before it is used.
    pub fn variables(&self) -> &[Variable] {
        self.shared.built.get().map_or(&[], |built| &built.variables)
    }

    /// True when both are the same layer.
    pub fn is(&self, other: &Layer) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    pub(super) fn has_name(&self) -> bool {
        self.shared.name.get().is_some()
    }

    /// Names a layer that has no name.
    pub(super) fn assign_name(&self, name: String) {
        // A layer that another model has named in the meantime keeps that name.
        let _ = self.shared.name.set(name);
    }

    /// The output's shape, after the weights are made if they are not there yet.
    pub(super) fn build(&self, inputs: &[Shape], givers: &[&str]) -> Result<Shape, ModelError> {
        let output = self.kind().output_shape(inputs).map_err(|misfit| self.explain(misfit, inputs, givers))?;
        self.check_size("its output", &output)?;
        let input = inputs.first().cloned().unwrap_or_default();
        let specs = self.kind().variables(&input);
        for spec in &specs {
            self.check_size(spec.name, &spec.shape)?;
        }
        let built = self.shared.built.get_or_init(|| Built {
            input: input.clone(),
            variables: specs.iter().cloned().map(Variable::new).collect(),
        });
        let fits = built.variables.iter().map(Variable::shape).eq(specs.iter().map(|spec| &spec.shape));
        if !fits {
            return Err(ModelError::Shared { layer: self.name().to_owned(), built: built.input.clone(), given: input });
        }
        Ok(output)
    }

    fn check_size(&self, what: &str, shape: &Shape) -> Result<(), ModelError> {
        let elements = shape.extents().iter().try_fold(1_usize, |product, extent| product.checked_mul(*extent));
        match elements {
            Some(elements) if elements <= MOST_ELEMENTS => Ok(()),
            _ => Err(ModelError::Option {
                layer: self.name().to_owned(),
                kind: self.kind().class(),
                reason: format!("{what} would have shape {shape}, more than {MOST_ELEMENTS} elements"),
            }),
        }
    }

    fn explain(&self, misfit: Misfit, inputs: &[Shape], givers: &[&str]) -> ModelError {
        let (layer, kind) = (self.name().to_owned(), self.kind().class());
        let giver = |shape: &Shape| {
            let place = inputs.iter().position(|input| input == shape).unwrap_or_default();
            givers.get(place).copied().unwrap_or_default().to_owned()
        };
        match misfit {
            Misfit::Input { shape, reason } => {
                ModelError::Input { layer, kind, giver: giver(&shape), input: shape, reason }
            }
            Misfit::Merge { first, other, reason } => {
                let (first_giver, other_giver) = (giver(&first), giver(&other));
                ModelError::Merge { layer, kind, first, first_giver, other, other_giver, reason }
            }
            Misfit::Inputs(takes) => ModelError::Inputs { layer, kind, takes, given: inputs.len() },
            Misfit::Option(reason) => ModelError::Option { layer, kind, reason },
        }
    }
}
