//! The gradients of a layer with a kernel.

use super::super::super::PlanError;
use super::super::super::compiler::{Compiler, ValueId, Weight};
use super::linear::Affine;
use crate::gpu::View;
use crate::ops::{self, Activated, KernelChoice, MaxPooling2d, PassKind};

/// What the gradients of such a layer are made of.
pub(super) struct Gradients {
    pub(super) op: Affine,
    pub(super) kernel: Weight,
    pub(super) input: ValueId,
    /// The input's elements.
    pub(super) x: View,
    /// Whether all of the input's gradient comes from this layer.
    pub(super) alone_sees_input: bool,
    /// Elements of the output, before the pooling.
    pub(super) elements: usize,
    /// The pooling in the forward pass' kernel, with its winners.
    pub(super) pooling: Option<(MaxPooling2d, View)>,
}

/// A gradient that is wanted: by which choice, and whether it is taken from the pooled one.
#[derive(Clone, Copy)]
struct Wanted {
    choice: KernelChoice,
    pools: bool,
}

impl Gradients {
    /// Appends the gradients from `dout`, that of the layer's output: the kernel's where it is trained, and the input's
    /// where it is needed, which is returned.
    pub(super) fn record(
        &self,
        compiler: &mut Compiler<'_>,
        dout: View,
        needs_input: bool,
    ) -> Result<Vec<Option<View>>, PlanError> {
        if !self.kernel.trained && !needs_input {
            return Ok(vec![None]);
        }
        // The gradient goes on through the activation that made the input.
        let activation = match needs_input && self.alone_sees_input {
            true => compiler.take_activation(self.input),
            false => ops::Activation::Linear,
        };
        // Where the input's gradient is wanted and no kernel takes it from the pooled one, the gradient before the pooling
        // is needed anyway. Shape alone decides, by the kernels of tiles, so that whoever repeats the training has the
        // same passes to choose for, by other kinds of kernels and whatever kernel of a gradient failed there. Then the
        // kernel's may be taken from the pooled one though that before it exists: what runs is what was measured.
        let has_kernel = |pooling| {
            let conv2d = self.op.as_conv2d();
            conv2d.and_then(|op| op.pooled_gradient_of_input_scratch_bytes(KernelChoice::Tile, pooling)).is_some()
        };
        let pooling = self.pooling.map(|(pooling, _)| pooling).filter(|pooling| !needs_input || has_kernel(*pooling));
        let kernel = self.kernel.trained.then(|| self.wanted(compiler, PassKind::GradientOfKernel { pooling }));
        let input = needs_input.then(|| self.wanted(compiler, PassKind::GradientOfInput { activation, pooling }));
        let is_whole_needed = kernel.iter().chain(&input).any(|wanted| !wanted.pools);
        let whole = match self.pooling {
            Some((pooling, winners)) if is_whole_needed => {
                let whole = compiler.tensor(self.elements)?;
                pooling.gradient(&mut compiler.recording, dout, winners, whole);
                whole
            }
            _ => dout,
        };
        if let Some(wanted) = kernel {
            self.of_kernel(compiler, wanted, if wanted.pools { dout } else { whole })?;
        }
        let Some(wanted) = input else { return Ok(vec![None]) };
        let dx = self.of_input(compiler, wanted, activation, if wanted.pools { dout } else { whole })?;
        Ok(vec![Some(dx)])
    }

    fn wanted(&self, compiler: &mut Compiler<'_>, kind: PassKind) -> Wanted {
        let choice = self.op.chosen(compiler, kind);
        Wanted { choice, pools: self.op.pools(compiler, kind, choice) }
    }

    /// The pooling, its winners and the convolution before it, where a gradient is taken from the pooled one.
    fn pooled(&self, wanted: Wanted) -> Option<(ops::Conv2d, MaxPooling2d, View)> {
        let (pooling, winners) = self.pooling.filter(|_| wanted.pools)?;
        Some((self.op.as_conv2d()?, pooling, winners))
    }

    fn of_kernel(&self, compiler: &mut Compiler<'_>, wanted: Wanted, dout: View) -> Result<(), PlanError> {
        let (op, x, choice) = (self.op, self.x, wanted.choice);
        if let Some((conv2d, pooling, winners)) = self.pooled(wanted) {
            let bytes = conv2d.pooled_gradient_of_kernel_scratch_bytes(choice, pooling);
            let scratch = compiler.scratch(bytes.unwrap_or(0))?;
            let target = compiler.gradient_target(&self.kernel)?;
            let recording = &mut compiler.recording;
            conv2d.pooled_gradient_of_kernel(recording, choice, pooling, x, dout, winners, scratch, target);
            return Ok(());
        }
        let target = compiler.gradient_target(&self.kernel)?;
        // Which kernels run follows from the choice alone, whatever stands in the place of the scratch buffer.
        let choice = compiler.trusted(choice, |recording, choice| {
            op.gradient_of_kernel(recording, choice, x, dout, Some(target), target);
        });
        let scratch = compiler.scratch(op.gradient_of_kernel_scratch_bytes(choice))?;
        op.gradient_of_kernel(&mut compiler.recording, choice, x, dout, scratch, target);
        Ok(())
    }

    fn of_input(
        &self,
        compiler: &mut Compiler<'_>,
        wanted: Wanted,
        activation: ops::Activation,
        dout: View,
    ) -> Result<View, PlanError> {
        let (op, kernel, activated) = (self.op, self.kernel.view, Activated::new(activation, self.x));
        let dx = compiler.tensor(compiler.elements(self.input))?;
        if let Some((conv2d, pooling, winners)) = self.pooled(wanted) {
            let choice = wanted.choice;
            let bytes = conv2d.pooled_gradient_of_input_scratch_bytes(choice, pooling);
            let scratch = compiler.scratch(bytes.unwrap_or(0))?;
            let recording = &mut compiler.recording;
            conv2d.pooled_gradient_of_input(recording, choice, pooling, dout, winners, kernel, activated, scratch, dx);
            return Ok(dx);
        }
        let choice = compiler.trusted(wanted.choice, |recording, choice| {
            op.gradient_of_input(recording, choice, dout, kernel, activated, Some(dx), dx);
        });
        let scratch = compiler.scratch(op.gradient_of_input_scratch_bytes(choice))?;
        op.gradient_of_input(&mut compiler.recording, choice, dout, kernel, activated, scratch, dx);
        Ok(dx)
    }
}
