//! Matrix product: `out[i, j] = f(bias[j] + sum over l of a[i, l] * b[l, j])`; a dense layer's op.

use crate::gpu::{Dispatch, Kernel, Recording, View, kernel};
use crate::ops::conv2d::{ForwardBlock, InputBlock, KernelBlock};
use crate::ops::{Activated, Activation, Conv2d, KernelChoice};
use crate::shape::{Padding, Window};

kernel! {
    /// One output per invocation, any transposition.
    struct Naive("matmul/naive") { bias: bool, activation: u32, derivative: bool }
}

kernel! {
    /// Four rows by four columns of the output per invocation.
    struct Blocked([file]) { bias: bool, activation: u32, derivative: bool }
}

/// A matrix product. Shapes: `a` (rows, terms), `b` (terms, columns), `bias` (columns), `out` (rows, columns). For a
/// dense layer the rows are the batch, the terms its inputs and the columns its units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matmul {
    /// Rows of `a` and `out`.
    pub rows: usize,
    /// Columns of `a`, rows of `b`: the summands of an output.
    pub terms: usize,
    /// Columns of `b` and `out`.
    pub columns: usize,
}

/// One of the three products: extents of its output, and how its factors lie.
struct Product {
    label: &'static str,
    blocked: &'static str,
    rows: usize,
    columns: usize,
    terms: usize,
    /// Steps through the left factor: from row to row, from term to term.
    a: [usize; 2],
    /// Steps through the right factor: from term to term, from column to column.
    b: [usize; 2],
    /// Whether the extents that lie side by side in memory are multiples of four.
    by_four: bool,
}

/// What a product's sums become.
#[derive(Clone, Copy)]
enum Ending {
    /// `f(bias + sum)`
    Forward(Option<View>, Activation),
    /// The sum, or the gradient through the activation that made what it is the gradient of.
    Gradient(Option<Activated>),
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct NaiveParams {
    extents: [u32; 3],
    a: [u32; 2],
    b: [u32; 2],
    parameter: f32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct BlockedParams {
    extents: [u32; 3],
    parameter: f32,
}

impl Matmul {
    /// Appends the forward pass, with `bias` where there is one and `activation` in the same kernel.
    #[expect(clippy::too_many_arguments, reason = "each is one tensor or one property of the pass")]
    pub fn forward(
        self,
        recording: &mut Recording,
        choice: KernelChoice,
        a: View,
        b: View,
        bias: Option<View>,
        activation: Activation,
        out: View,
    ) {
        let Self { rows, terms, columns } = self;
        if let Some(block) = self.as_conv2d().and_then(|op| ForwardBlock::shared(op, choice)) {
            let bindings = [("x", a), ("kernel", b), ("bias", bias.unwrap_or(b)), ("out", out)];
            return block.record(recording, "matmul: forward", bias.is_some(), activation, &bindings);
        }
        let product = Product {
            label: "matmul: forward",
            blocked: "matmul/forward.block",
            rows,
            columns,
            terms,
            a: [terms, 1],
            b: [columns, 1],
            by_four: terms.is_multiple_of(4) && columns.is_multiple_of(4),
        };
        product.record(recording, choice, a, b, Ending::Forward(bias, activation), out);
    }

    /// Appends the gradient of the left factor: `da[i, l] = sum over j of dout[i, j] * b[l, j]`; where an activation made
    /// that factor, and is given, the gradient of what it was made of.
    pub fn gradient_of_a(
        self,
        recording: &mut Recording,
        choice: KernelChoice,
        dout: View,
        b: View,
        activated: Option<Activated>,
        da: View,
    ) {
        let Self { rows, terms, columns } = self;
        if let Some(block) = self.as_conv2d().and_then(|op| InputBlock::shared(op, choice)) {
            return block.record(recording, "matmul: gradient of the input", &[("dout", dout)], b, activated, da);
        }
        let product = Product {
            label: "matmul: gradient of the input",
            blocked: "matmul/gradient_of_a.block",
            rows,
            columns: terms,
            terms: columns,
            a: [columns, 1],
            b: [1, columns],
            by_four: terms.is_multiple_of(4) && columns.is_multiple_of(4),
        };
        product.record(recording, choice, dout, b, Ending::Gradient(activated), da);
    }

    /// Appends the gradient of the right factor: `db[l, j] = sum over i of a[i, l] * dout[i, j]`; `scratch` as
    /// [`Matmul::gradient_of_b_scratch_bytes`] asks.
    pub fn gradient_of_b(
        self,
        recording: &mut Recording,
        choice: KernelChoice,
        a: View,
        dout: View,
        scratch: Option<View>,
        db: View,
    ) {
        let Self { rows, terms, columns } = self;
        if let Some(block) = self.kernel_block(choice) {
            return block.record(recording, "matmul: gradient of the kernel", &[("x", a), ("dout", dout)], scratch, db);
        }
        let product = Product {
            label: "matmul: gradient of the kernel",
            blocked: "matmul/gradient_of_b.block",
            rows: terms,
            columns,
            terms: rows,
            a: [1, terms],
            b: [columns, 1],
            by_four: terms.is_multiple_of(4) && columns.is_multiple_of(4),
        };
        product.record(recording, choice, a, dout, Ending::Gradient(None), db);
    }

    /// Bytes of the scratch buffer that the gradient of the right factor needs; 0 when it needs none.
    pub fn gradient_of_b_scratch_bytes(self, choice: KernelChoice) -> u64 {
        self.kernel_block(choice).map_or(0, KernelBlock::scratch_bytes)
    }

    fn kernel_block(self, choice: KernelChoice) -> Option<KernelBlock> {
        self.as_conv2d().and_then(|op| KernelBlock::shared(op, choice))
    }

    /// The same product as a convolution by a window of one pixel, whose pixels are the rows: what subgroups and tiles share
    /// is the same. The rows stand in pictures of one row, as wide as a block where they can be divided so.
    fn as_conv2d(self) -> Option<Conv2d> {
        let across = (16..=32).rev().find(|width| self.rows.is_multiple_of(*width)).unwrap_or(self.rows);
        let window = Window::new([1, across], [1; 2], [1; 2], [1; 2], Padding::Valid)?;
        let (input_channels, output_channels) = (self.terms, self.columns);
        Some(Conv2d { batch: self.rows / across, window, input_channels, output_channels })
    }
}

impl Product {
    fn record(self, recording: &mut Recording, choice: KernelChoice, a: View, b: View, ending: Ending, out: View) {
        let extents = [self.rows, self.columns, self.terms].map(|extent| extent as u32);
        let (bias, activation, x) = match ending {
            Ending::Forward(bias, activation) => (bias, activation, None),
            Ending::Gradient(activated) => {
                let (function, x) = activated.map(Activated::parts).unzip();
                (None, function.unwrap_or_default(), x)
            }
        };
        let (has_bias, derivative) = (bias.is_some(), x.is_some());
        let (number, parameter) = (activation.number(), activation.parameter());
        // A shader's binding must be bound to something: what there is none of is never read.
        let bindings = &[("a", a), ("b", b), ("bias", bias.unwrap_or(b)), ("x", x.unwrap_or(b)), ("out", out)];
        let mut dispatch = |kernel: Kernel, params: &[u8], invocations: usize| {
            let dispatch = Dispatch { label: self.label.to_owned(), kernel, params, bindings, invocations };
            recording.dispatch_products(self.rows * self.columns * self.terms, dispatch);
        };
        if choice != KernelChoice::Naive && self.by_four {
            let kernel = Blocked { file: self.blocked, bias: has_bias, activation: number, derivative };
            let params = BlockedParams { extents, parameter };
            let blocks = self.rows.div_ceil(4) * self.columns / 4;
            dispatch(kernel.into(), bytemuck::bytes_of(&params), blocks);
        } else {
            let kernel = Naive { bias: has_bias, activation: number, derivative };
            let steps = |pair: [usize; 2]| pair.map(|step| step as u32);
            let params = NaiveParams { extents, a: steps(self.a), b: steps(self.b), parameter };
            dispatch(kernel.into(), bytemuck::bytes_of(&params), self.rows * self.columns);
        }
    }
}
