//! What an op does to its sum at the end of its own kernel, and whose gradient needs nothing but the output.

use super::super::PlanError;
use super::super::compiler::{Compiler, Weight};
use crate::gpu::View;
use crate::ops::{self, Activate, Bias};

/// `f(sum + bias)`. Its gradients are taken for each element alone, or summed over all, so that they may be computed on
/// those elements only that get a gradient.
#[derive(Clone, Debug)]
pub(in crate::plan) struct End {
    /// The layer.
    pub(super) layer: String,
    /// The bias, if there is one.
    pub(super) bias: Option<Weight>,
    /// The function, whose gradient follows from the output.
    pub(super) function: ops::Activation,
    /// Elements of the bias.
    pub(super) channels: usize,
}

impl End {
    /// The function, whose gradient is then whoever takes it to record; the bias' is left.
    pub(in crate::plan) fn take_activation(&mut self) -> ops::Activation {
        std::mem::take(&mut self.function)
    }

    /// Appends the gradient of the bias, where it is trained, and returns that of the sum. `out` and `dout` are the
    /// output and its gradient, or what is left of both where the other elements' gradients are 0.
    pub(in crate::plan) fn gradient(
        self,
        compiler: &mut Compiler<'_>,
        out: View,
        dout: View,
    ) -> Result<View, PlanError> {
        let Self { layer, bias, function, channels } = self;
        compiler.enter(&layer);
        let elements = (out.bytes / ops::ELEMENT_BYTES) as usize;
        let mut gradient = dout;
        if function != ops::Activation::Linear {
            gradient = compiler.tensor(elements)?;
            Activate { function, elements }.gradient(&mut compiler.recording, out, dout, gradient);
        }
        if let Some(bias) = bias.filter(|bias| bias.trained) {
            let sum = Bias { rows: elements / channels, channels }.gradient();
            let scratch = compiler.scratch(sum.scratch_bytes())?;
            let target = compiler.gradient_target(&bias)?;
            sum.record(&mut compiler.recording, "bias", gradient, scratch, target);
        }
        Ok(gradient)
    }
}
