//! What follows a convolution or a dense layer and runs in its kernel as well, in inference: batch normalization, folded
//! into its weights, and an activation.

use super::super::compiler::{Compiler, Weight};
use super::super::{Mode, PlanError};
use super::{function_of_layer, missing};
use crate::model::{Activation, Layer, LayerKind, layers};
use crate::ops::{self, ELEMENT_BYTES, FoldedNormalization, Folding, Parameters};

/// The layers after one that nothing but its kernel needs to see.
pub(super) struct Tail<'a> {
    normalization: Option<(&'a Layer, &'a layers::BatchNormalization)>,
    /// The activation at its end.
    pub(super) function: ops::Activation,
    /// The place of its last layer's node.
    pub(super) last: usize,
}

impl<'a> Tail<'a> {
    /// The tail of node `place`, a layer with this activation, and says of its layers that they are done; `None` where
    /// there is none, or gradients are wanted, which go layer by layer.
    pub(super) fn take(compiler: &mut Compiler<'a>, place: usize, activation: Activation) -> Option<Self> {
        let request = compiler.request;
        if !request.fusion || request.mode != Mode::Inference || request.gradients.any() {
            return None;
        }
        if activation != Activation::Linear {
            return None;
        }
        let nodes = compiler.model.nodes();
        let mut tail = Self { normalization: None, function: ops::Activation::Linear, last: place };
        if let Some(next) = compiler.only_consumer(tail.last)
            && let LayerKind::BatchNormalization(spec) = nodes[next].layer.kind()
            && compiler.recording.may_choose(FoldedNormalization::KERNEL)
        {
            tail.normalization = Some((&nodes[next].layer, spec));
            tail.last = next;
            compiler.absorb(next);
        }
        if let Some(next) = compiler.only_consumer(tail.last)
            && let Some(function) = function_of_layer(nodes[next].layer.kind())
        {
            tail.function = function;
            tail.last = next;
            compiler.absorb(next);
        }
        (tail.last != place).then_some(tail)
    }

    /// The weights of the layer with the normalization in them.
    pub(super) fn weights(
        &self,
        compiler: &mut Compiler<'a>,
        kernel: Weight,
        bias: Option<Weight>,
        channels: usize,
    ) -> Result<(Weight, Option<Weight>), PlanError> {
        let Some((layer, spec)) = self.normalization else { return Ok((kernel, bias)) };
        let mut variable = |name: &str| compiler.weight(layer, name).map(|weight| weight.view);
        let parameters = Parameters { gamma: variable("gamma"), beta: variable("beta") };
        let moving = variable("moving_mean").zip(variable("moving_variance"));
        let (mean, variance) = moving.ok_or_else(|| missing(layer, "moving_mean"))?;
        let terms = (kernel.view.bytes / ELEMENT_BYTES) as usize / channels;
        let op = FoldedNormalization { terms, channels, epsilon: spec.epsilon };
        let (out_kernel, out_bias) = (compiler.tensor(terms * channels)?, compiler.tensor(channels)?);
        let folding = Folding { kernel: kernel.view, bias: bias.map(|bias| bias.view), parameters, mean, variance };
        op.forward(&mut compiler.recording, folding, out_kernel, out_bias);
        let folded =
            |view, variable: &str| Weight { name: format!("{}.{variable}", layer.name()), view, trained: false };
        Ok((folded(out_kernel, "folded_kernel"), Some(folded(out_bias, "folded_bias"))))
    }
}
