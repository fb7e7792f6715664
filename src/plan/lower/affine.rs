//! Layers with a kernel, a bias and an activation: convolutions and dense layers.

use super::super::PlanError;
use super::super::compiler::{Compiler, ValueId, Weight};
use super::{elementwise, function_of, missing, window_of};
use crate::gpu::{Recording, View};
use crate::model::{Activation, Layer, layers};
use crate::ops::{self, Activate, Bias, Conv2d, DepthwiseConv2d, KernelChoice, Matmul};
use crate::shape::Shape;

/// What is linear in such a layer.
#[derive(Clone, Copy, Debug)]
enum Affine {
    Conv2d(Conv2d),
    Depthwise(DepthwiseConv2d),
    Dense(Matmul),
}

impl Affine {
    #[expect(clippy::too_many_arguments, reason = "those of the ops")]
    fn forward(
        self,
        recording: &mut Recording,
        choice: KernelChoice,
        x: View,
        kernel: View,
        bias: Option<View>,
        activation: ops::Activation,
        out: View,
    ) {
        match self {
            Affine::Conv2d(op) => op.forward(recording, choice, x, kernel, bias, activation, out),
            Affine::Depthwise(op) => op.forward(recording, x, kernel, bias, activation, out),
            Affine::Dense(op) => op.forward(recording, choice, x, kernel, bias, activation, out),
        }
    }

    fn gradient_of_input(self, recording: &mut Recording, choice: KernelChoice, dout: View, kernel: View, dx: View) {
        match self {
            Affine::Conv2d(op) => op.gradient_of_input(recording, choice, dout, kernel, dx),
            Affine::Depthwise(op) => op.gradient_of_input(recording, dout, kernel, dx),
            Affine::Dense(op) => op.gradient_of_a(recording, choice, dout, kernel, dx),
        }
    }

    fn gradient_of_kernel(
        self,
        recording: &mut Recording,
        choice: KernelChoice,
        x: View,
        dout: View,
        scratch: Option<View>,
        dkernel: View,
    ) {
        match self {
            Affine::Conv2d(op) => op.gradient_of_kernel(recording, choice, x, dout, scratch, dkernel),
            Affine::Depthwise(op) => op.gradient_of_kernel(recording, x, dout, scratch, dkernel),
            Affine::Dense(op) => op.gradient_of_b(recording, choice, x, dout, dkernel),
        }
    }

    fn scratch_bytes(self, choice: KernelChoice) -> u64 {
        match self {
            Affine::Conv2d(op) => op.gradient_of_kernel_scratch_bytes(choice),
            Affine::Depthwise(op) => op.gradient_of_kernel_scratch_bytes(),
            Affine::Dense(_) => 0,
        }
    }
}

pub(super) fn conv2d(
    compiler: &mut Compiler<'_>,
    layer: &Layer,
    spec: &layers::Conv2d,
    input: ValueId,
) -> Result<ValueId, PlanError> {
    let shape = compiler.value(input).shape.clone();
    let window = window_of(layer, spec.window(&shape))?;
    let op = Conv2d {
        batch: compiler.request.batch_size,
        window,
        input_channels: shape.channels(),
        output_channels: spec.filters,
    };
    let output = Shape::from([window.rows.output, window.columns.output, spec.filters]);
    affine(compiler, layer, Affine::Conv2d(op), spec.activation, input, output)
}

pub(super) fn depthwise_conv2d(
    compiler: &mut Compiler<'_>,
    layer: &Layer,
    spec: &layers::DepthwiseConv2d,
    input: ValueId,
) -> Result<ValueId, PlanError> {
    let shape = compiler.value(input).shape.clone();
    let window = window_of(layer, spec.window(&shape))?;
    let (channels, multiplier) = (shape.channels(), spec.depth_multiplier);
    let op = DepthwiseConv2d { batch: compiler.request.batch_size, window, channels, multiplier };
    let output = Shape::from([window.rows.output, window.columns.output, channels * multiplier]);
    affine(compiler, layer, Affine::Depthwise(op), spec.activation, input, output)
}

pub(super) fn dense(
    compiler: &mut Compiler<'_>,
    layer: &Layer,
    spec: &layers::Dense,
    input: ValueId,
) -> Result<ValueId, PlanError> {
    let mut extents = compiler.value(input).shape.extents().to_vec();
    let terms = compiler.value(input).shape.channels();
    // Over the last axis: every other axis counts as rows.
    let rows = compiler.elements(input) / terms;
    if let Some(last) = extents.last_mut() {
        *last = spec.units;
    }
    let op = Matmul { rows, terms, columns: spec.units };
    affine(compiler, layer, Affine::Dense(op), spec.activation, input, Shape::new(extents))
}

fn affine(
    compiler: &mut Compiler<'_>,
    layer: &Layer,
    op: Affine,
    activation: Activation,
    input: ValueId,
    output: Shape,
) -> Result<ValueId, PlanError> {
    let kernel = compiler.weight(layer, "kernel").ok_or_else(|| missing(layer, "kernel"))?;
    let bias = compiler.weight(layer, "bias");
    let trains = kernel.trained || bias.as_ref().is_some_and(|bias| bias.trained);
    let keeps_gradient = trains || compiler.value(input).needs_gradient;
    // What runs in the op's own kernel: the activation only where its gradient follows from the output, since its
    // input is then nowhere.
    let fused = match function_of(activation) {
        Some(function) if compiler.request.fusion && (!keeps_gradient || function.gradient_from_output()) => function,
        _ => ops::Activation::Linear,
    };
    let fused_bias = bias.clone().filter(|_| compiler.request.fusion);
    let mut value = product(compiler, op, &kernel, fused_bias.as_ref(), fused, input, output)?;
    if let Some(bias) = bias.filter(|_| !compiler.request.fusion) {
        value = add_bias(compiler, bias, value)?;
    }
    if function_of(activation) == Some(fused) {
        Ok(value)
    } else {
        elementwise::activation(compiler, activation, value)
    }
}

fn product(
    compiler: &mut Compiler<'_>,
    op: Affine,
    kernel: &Weight,
    bias: Option<&Weight>,
    activation: ops::Activation,
    input: ValueId,
    output: Shape,
) -> Result<ValueId, PlanError> {
    let x = compiler.value(input).view;
    let (channels, elements) = (output.channels(), compiler.request.batch_size * output.elements());
    let out = compiler.tensor(elements)?;
    let bias_view = bias.map(|bias| bias.view);
    let choice = compiler.trusted(|recording, choice| {
        op.forward(recording, choice, x, kernel.view, bias_view, activation, out);
    });
    op.forward(&mut compiler.recording, choice, x, kernel.view, bias_view, activation, out);
    let trains = kernel.trained || bias.is_some_and(|bias| bias.trained);
    let (kernel, bias) = (kernel.clone(), bias.cloned());
    let input_elements = compiler.elements(input);
    let layer = compiler.layer.clone();
    let backward = move |compiler: &mut Compiler<'_>, dout: View, needs: &[bool]| {
        compiler.layer = layer;
        let mut dout = dout;
        if activation != ops::Activation::Linear {
            let dz = compiler.tensor(elements)?;
            Activate { function: activation, elements }.gradient(&mut compiler.recording, out, dout, dz);
            dout = dz;
        }
        if let Some(bias) = bias.filter(|bias| bias.trained) {
            bias_gradient(compiler, &bias, elements / channels, channels, dout)?;
        }
        if kernel.trained {
            let target = compiler.gradient_target(&kernel)?;
            // Which kernels run follows from the choice alone, whatever stands in the place of the scratch buffer.
            let choice = compiler.trusted(|recording, choice| {
                op.gradient_of_kernel(recording, choice, x, dout, Some(target), target);
            });
            let scratch = compiler.scratch(op.scratch_bytes(choice))?;
            op.gradient_of_kernel(&mut compiler.recording, choice, x, dout, scratch, target);
        }
        if !needs[0] {
            return Ok(vec![None]);
        }
        let dx = compiler.tensor(input_elements)?;
        let choice = compiler.trusted(|recording, choice| {
            op.gradient_of_input(recording, choice, dout, kernel.view, dx);
        });
        op.gradient_of_input(&mut compiler.recording, choice, dout, kernel.view, dx);
        Ok(vec![Some(dx)])
    };
    Ok(compiler.push(&[input], out, output, trains, Box::new(backward)))
}

/// The bias by itself, where it does not run in the product's kernel.
fn add_bias(compiler: &mut Compiler<'_>, bias: Weight, input: ValueId) -> Result<ValueId, PlanError> {
    let (elements, shape) = (compiler.elements(input), compiler.value(input).shape.clone());
    let channels = shape.channels();
    let rows = elements / channels;
    let x = compiler.value(input).view;
    let out = compiler.tensor(elements)?;
    Bias { rows, channels }.forward(&mut compiler.recording, x, bias.view, out);
    let trains = bias.trained;
    let backward = move |compiler: &mut Compiler<'_>, dout: View, _: &[bool]| {
        if bias.trained {
            bias_gradient(compiler, &bias, rows, channels, dout)?;
        }
        Ok(vec![Some(dout)])
    };
    Ok(compiler.push(&[input], out, shape, trains, Box::new(backward)))
}

fn bias_gradient(
    compiler: &mut Compiler<'_>,
    bias: &Weight,
    rows: usize,
    channels: usize,
    dout: View,
) -> Result<(), PlanError> {
    let sum = Bias { rows, channels }.gradient();
    let scratch = compiler.scratch(sum.scratch_bytes())?;
    let target = compiler.gradient_target(bias)?;
    sum.record(&mut compiler.recording, "bias", dout, scratch, target);
    Ok(())
}
