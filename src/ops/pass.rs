//! A pass of which there are several kernels: what a choice of kernels is about.

use std::fmt;

use super::{Activated, Activation, ELEMENT_BYTES, KernelChoice, MaxPooling2d, Product};
use crate::gpu::{Command, Recording, View};
use crate::shape::WindowAxis;

/// One pass of an op, with whatever may run in its kernel. Its text tells it from all others: with another shape, or other
/// ends, it is another pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pass {
    /// The op with its extents.
    pub product: Product,
    /// Which of its passes.
    pub kind: PassKind,
}

/// Which pass of an op, and what stands at its beginning or end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PassKind {
    /// From the input to the output.
    Forward {
        /// Whether there is a bias.
        bias: bool,
        /// The activation in the same kernel.
        activation: Activation,
        /// The max pooling of the output: in the same kernel where the choice has one for it, else by itself.
        pooling: Option<MaxPooling2d>,
    },
    /// From the output's gradient to the input's.
    GradientOfInput {
        /// The activation that made the input, through which it goes in the same kernel.
        activation: Activation,
        /// The max pooling with whose output's gradient it begins: in the same kernel where the choice has one for it, else
        /// its gradient is taken by itself.
        pooling: Option<MaxPooling2d>,
    },
    /// From the output's gradient to the kernel's.
    GradientOfKernel {
        /// As for the gradient of the input.
        pooling: Option<MaxPooling2d>,
    },
}

/// A tensor that a pass reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PassInput {
    /// Its name in the formula.
    pub(crate) name: &'static str,
    /// How many elements it has.
    pub(crate) elements: usize,
    /// For u32, the number that all elements are below; `None` for f32.
    pub(crate) below: Option<usize>,
}

impl Pass {
    /// The multiply-adds of the formula.
    pub(crate) fn multiply_adds(self) -> usize {
        self.product.output_elements() * self.product.terms()
    }

    /// Summands of an element of what it computes.
    pub(crate) fn terms(self) -> usize {
        let computed = match self.kind {
            PassKind::Forward { .. } => self.product.output_elements(),
            PassKind::GradientOfInput { .. } => self.product.input_elements(),
            PassKind::GradientOfKernel { .. } => self.product.kernel_elements(),
        };
        self.multiply_adds().div_ceil(computed.max(1))
    }

    /// About the bytes of all its tensors where so many ways to compute it have outputs of their own.
    pub(crate) fn bytes(self, ways: usize) -> usize {
        let inputs: usize = self.inputs().iter().map(|input| input.elements).sum();
        let outputs: usize = self.outputs().iter().sum();
        // What stands before a pooling counts too.
        (inputs + ways * (outputs + self.product.output_elements())) * ELEMENT_BYTES as usize
    }

    /// What it reads, in the order in which [`Pass::record`] takes it.
    pub(crate) fn inputs(self) -> Vec<PassInput> {
        let product = self.product;
        let tensor = |name, elements| PassInput { name, elements, below: None };
        let (x, kernel) = (tensor("x", product.input_elements()), tensor("kernel", product.kernel_elements()));
        let dout = |pooling: Option<MaxPooling2d>| {
            tensor("dout", pooling.map_or(product.output_elements(), MaxPooling2d::output_elements))
        };
        let winners = |pooling: MaxPooling2d| {
            let places = pooling.window.rows.window * pooling.window.columns.window;
            PassInput { name: "winners", elements: pooling.output_elements(), below: Some(places) }
        };
        match self.kind {
            PassKind::Forward { bias: true, .. } => vec![x, kernel, tensor("bias", product.channels())],
            PassKind::Forward { bias: false, .. } => vec![x, kernel],
            PassKind::GradientOfInput { activation, pooling } => {
                let x = (activation != Activation::Linear).then_some(x);
                [dout(pooling), kernel].into_iter().chain(x).chain(pooling.map(winners)).collect()
            }
            PassKind::GradientOfKernel { pooling } => {
                [x, dout(pooling)].into_iter().chain(pooling.map(winners)).collect()
            }
        }
    }

    /// Elements of what it computes, in the order in which [`Pass::record`] takes it; the first is f32.
    pub(crate) fn outputs(self) -> Vec<usize> {
        match self.kind {
            PassKind::Forward { pooling: None, .. } => vec![self.product.output_elements()],
            PassKind::Forward { pooling: Some(pooling), .. } => vec![pooling.output_elements(); 2],
            PassKind::GradientOfInput { .. } => vec![self.product.input_elements()],
            PassKind::GradientOfKernel { .. } => vec![self.product.kernel_elements()],
        }
    }

    /// Whether its pooling runs in the product's kernel by this choice, for a device as that of `recording`: there
    /// is such a kernel, and it did not fail there.
    pub(crate) fn pools(self, recording: &Recording, choice: KernelChoice) -> bool {
        // Which kernels run follows from choice and shape alone.
        let any = View { slot: 0, offset: 0, bytes: 0 };
        let Some(op) = self.product.as_conv2d() else { return false };
        let mut pooled = recording.emptied();
        match self.kind {
            PassKind::Forward { activation, pooling: Some(pooling), .. } => {
                // With the winners and without: inference keeps none.
                for winners in [Some(any), None] {
                    let (bias, scratch) = (Some(any), Some(any));
                    op.forward_pooled(&mut pooled, choice, pooling, any, any, bias, activation, scratch, any, winners);
                }
            }
            PassKind::GradientOfInput { activation, pooling: Some(pooling) } => {
                let activated = Activated::new(activation, any);
                op.pooled_gradient_of_input(&mut pooled, choice, pooling, any, any, any, activated, Some(any), any);
            }
            PassKind::GradientOfKernel { pooling: Some(pooling) } => {
                op.pooled_gradient_of_kernel(&mut pooled, choice, pooling, any, any, any, Some(any), any);
            }
            _ => {}
        }
        let commands = pooled.commands();
        !commands.is_empty() && commands.iter().all(|command| recording.may_choose(command.kernel.name()))
    }

    /// Appends the pass, as a plan records it by this choice; `scratch` gives memory of so many bytes, none for 0.
    pub(crate) fn record(
        self,
        recording: &mut Recording,
        choice: KernelChoice,
        inputs: &[View],
        outputs: &[View],
        scratch: &mut dyn FnMut(u64) -> Option<View>,
    ) {
        let (product, bytes) = (self.product, self.product.output_elements() as u64 * ELEMENT_BYTES);
        let pooled = product.as_conv2d().filter(|_| self.pools(recording, choice));
        match (self.kind, inputs, outputs) {
            (PassKind::Forward { activation, pooling, .. }, &[x, kernel, ref bias @ ..], &[out, ref winners @ ..]) => {
                let bias = bias.first().copied();
                let winners = winners.first().copied();
                match (pooling, pooled) {
                    (None, _) => {
                        let parts = scratch(product.forward_scratch_bytes(choice));
                        product.forward(recording, choice, x, kernel, bias, activation, parts, out);
                    }
                    (Some(pooling), Some(op)) => {
                        let parts = op.forward_pooled_scratch_bytes(choice, pooling).and_then(scratch);
                        op.forward_pooled(recording, choice, pooling, x, kernel, bias, activation, parts, out, winners);
                    }
                    (Some(pooling), None) => {
                        let Some(before) = scratch(bytes) else { return };
                        let parts = scratch(product.forward_scratch_bytes(choice));
                        product.forward(recording, choice, x, kernel, bias, activation, parts, before);
                        pooling.forward(recording, before, out, winners);
                    }
                }
            }
            (PassKind::GradientOfInput { activation, pooling }, &[dout, kernel, ref others @ ..], &[dx, ..]) => {
                let mut others = others.iter().copied().peekable();
                let x = others.next_if(|_| activation != Activation::Linear);
                let activated = x.and_then(|x| Activated::new(activation, x));
                let pooling = pooling.zip(others.next());
                if let (Some((pooling, winners)), Some(op)) = (pooling, pooled) {
                    let parts = op.pooled_gradient_of_input_scratch_bytes(choice, pooling).and_then(scratch);
                    op.pooled_gradient_of_input(
                        recording, choice, pooling, dout, winners, kernel, activated, parts, dx,
                    );
                    return;
                }
                let Some(dout) = before(recording, dout, pooling, bytes, scratch) else { return };
                let parts = scratch(product.gradient_of_input_scratch_bytes(choice));
                product.gradient_of_input(recording, choice, dout, kernel, activated, parts, dx);
            }
            (PassKind::GradientOfKernel { pooling }, &[x, dout, ref winners @ ..], &[dkernel, ..]) => {
                let pooling = pooling.zip(winners.first().copied());
                if let (Some((pooling, winners)), Some(op)) = (pooling, pooled) {
                    let parts = op.pooled_gradient_of_kernel_scratch_bytes(choice, pooling).and_then(scratch);
                    op.pooled_gradient_of_kernel(recording, choice, pooling, x, dout, winners, parts, dkernel);
                    return;
                }
                let Some(dout) = before(recording, dout, pooling, bytes, scratch) else { return };
                let parts = scratch(product.gradient_of_kernel_scratch_bytes(choice));
                product.gradient_of_kernel(recording, choice, x, dout, parts, dkernel);
            }
            // Fewer tensors than it asks for.
            _ => {}
        }
    }

    /// The commands by this choice on a device where these kernels failed, over no tensors in particular. Which they are
    /// follows from choice and shape alone.
    pub fn commands(self, choice: KernelChoice, failed: &[String]) -> Vec<Command> {
        let any = View { slot: 0, offset: 0, bytes: 0 };
        let mut recording = Recording::avoiding(failed);
        let (inputs, outputs) = (vec![any; self.inputs().len()], vec![any; self.outputs().len()]);
        self.record(&mut recording, choice, &inputs, &outputs, &mut |bytes| (bytes > 0).then_some(any));
        recording.commands().to_vec()
    }
}

/// The gradient before a pooling with its winners, in memory of so many bytes; `dout` itself where there is none.
fn before(
    recording: &mut Recording,
    dout: View,
    pooling: Option<(MaxPooling2d, View)>,
    bytes: u64,
    scratch: &mut dyn FnMut(u64) -> Option<View>,
) -> Option<View> {
    let Some((pooling, winners)) = pooling else { return Some(dout) };
    let whole = scratch(bytes)?;
    pooling.gradient(recording, dout, winners, whole);
    Some(whole)
}

/// One axis of a window, without what is 1 or 0.
struct Axis(WindowAxis);

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WindowAxis { input, output, window, stride, dilation, before } = self.0;
        write!(f, "{input}->{output} by {window}")?;
        if stride > 1 {
            write!(f, " stride {stride}")?;
        }
        if dilation > 1 {
            write!(f, " dilation {dilation}")?;
        }
        if before > 0 {
            write!(f, " padding {before}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Pass {
    /// Such as `conv2d forward: 32 x (15->13 by 3, 15->13 by 3), 32->64 channels, bias, Relu, pooling (2, 2)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (op, pass) = (
            match self.product {
                Product::Conv2d(_) => "conv2d",
                Product::Matmul(_) => "matmul",
            },
            match self.kind {
                PassKind::Forward { .. } => "forward",
                PassKind::GradientOfInput { .. } => "gradient of the input",
                PassKind::GradientOfKernel { .. } => "gradient of the kernel",
            },
        );
        write!(f, "{op} {pass}: ")?;
        match self.product {
            Product::Conv2d(op) => {
                let (rows, columns) = (Axis(op.window.rows), Axis(op.window.columns));
                let (inputs, outputs) = (op.input_channels, op.output_channels);
                write!(f, "{} x ({rows}, {columns}), {inputs}->{outputs} channels", op.batch)?;
            }
            Product::Matmul(op) => write!(f, "{} x {}->{}", op.rows, op.terms, op.columns)?,
        }
        let (bias, activation, pooling) = match self.kind {
            PassKind::Forward { bias, activation, pooling } => (bias, activation, pooling),
            PassKind::GradientOfInput { activation, pooling } => (false, activation, pooling),
            PassKind::GradientOfKernel { pooling } => (false, Activation::Linear, pooling),
        };
        if bias {
            write!(f, ", bias")?;
        }
        if activation != Activation::Linear {
            write!(f, ", {activation:?}")?;
        }
        if let Some(pooling) = pooling {
            write!(f, ", pooling ({}, {})", Axis(pooling.window.rows), Axis(pooling.window.columns))?;
        }
        Ok(())
    }
}
