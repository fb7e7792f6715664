//! Layers with a kernel, a bias and an activation: convolutions and dense layers.

mod gradients;
mod linear;

use gradients::Gradients;
use linear::Affine;

use super::super::PlanError;
use super::super::compiler::{Compiler, ValueId, Weight};
use super::tail::Tail;
use super::{End, elementwise, function_of, missing, pooling, window_of};
use crate::gpu::View;
use crate::model::{Activation, layers};
use crate::ops::{self, Bias, Conv2d, DepthwiseConv2d, KernelChoice, Matmul, MaxPooling2d, PassKind, Product};
use crate::shape::Shape;

pub(super) fn conv2d(
    compiler: &mut Compiler<'_>,
    place: usize,
    spec: &layers::Conv2d,
    input: ValueId,
) -> Result<ValueId, PlanError> {
    let shape = compiler.value(input).shape.clone();
    let layer = &compiler.model.nodes()[place].layer;
    let window = pooling::seen(compiler, place, window_of(layer, spec.window(&shape))?);
    let op = Conv2d {
        batch: compiler.request.batch_size,
        window,
        input_channels: shape.channels(),
        output_channels: spec.filters,
    };
    let output = Shape::from([window.rows.output, window.columns.output, spec.filters]);
    affine(compiler, place, Affine::Product(Product::Conv2d(op)), spec.activation, input, output)
}

pub(super) fn depthwise_conv2d(
    compiler: &mut Compiler<'_>,
    place: usize,
    spec: &layers::DepthwiseConv2d,
    input: ValueId,
) -> Result<ValueId, PlanError> {
    let shape = compiler.value(input).shape.clone();
    let layer = &compiler.model.nodes()[place].layer;
    let window = pooling::seen(compiler, place, window_of(layer, spec.window(&shape))?);
    let (channels, multiplier) = (shape.channels(), spec.depth_multiplier);
    let op = DepthwiseConv2d { batch: compiler.request.batch_size, window, channels, multiplier };
    let output = Shape::from([window.rows.output, window.columns.output, channels * multiplier]);
    affine(compiler, place, Affine::Depthwise(op), spec.activation, input, output)
}

pub(super) fn dense(
    compiler: &mut Compiler<'_>,
    place: usize,
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
    affine(compiler, place, Affine::Product(Product::Matmul(op)), spec.activation, input, Shape::new(extents))
}

fn affine(
    compiler: &mut Compiler<'_>,
    place: usize,
    op: Affine,
    activation: Activation,
    input: ValueId,
    output: Shape,
) -> Result<ValueId, PlanError> {
    let layer = &compiler.model.nodes()[place].layer;
    let kernel = compiler.weight(layer, "kernel").ok_or_else(|| missing(layer, "kernel"))?;
    let bias = compiler.weight(layer, "bias");
    if let Some(tail) = Tail::take(compiler, place, activation) {
        let (kernel, bias) = tail.weights(compiler, kernel, bias, output.channels())?;
        let forward = forward(compiler, tail.last, op, bias.is_some(), tail.function, &output, true);
        return product(compiler, place, op, forward, (&kernel, bias.as_ref()), input, output);
    }
    let trains = kernel.trained || bias.as_ref().is_some_and(|bias| bias.trained);
    let keeps_gradient = trains || compiler.value(input).needs_gradient;
    // What runs in the op's own kernel: the activation only where its gradient follows from the output, since its
    // input is then nowhere.
    let fused = match function_of(activation) {
        Some(function) if compiler.request.fusion && (!keeps_gradient || function.gradient_from_output()) => function,
        _ => ops::Activation::Linear,
    };
    let fused_bias = bias.clone().filter(|_| compiler.request.fusion);
    let ends = function_of(activation) == Some(fused);
    let forward = forward(compiler, place, op, fused_bias.is_some(), fused, &output, ends);
    let mut value = product(compiler, place, op, forward, (&kernel, fused_bias.as_ref()), input, output)?;
    if let Some(bias) = bias.filter(|_| !compiler.request.fusion) {
        value = add_bias(compiler, bias, value)?;
    }
    if ends { Ok(value) } else { elementwise::activation(compiler, activation, value) }
}

/// How a forward pass runs.
struct Forward {
    choice: KernelChoice,
    activation: ops::Activation,
    /// The max pooling that runs in the same kernel.
    pooling: Option<MaxPooling2d>,
}

/// How the forward pass of node `place` runs: by which kernel, and whether that does the work of the max pooling after it,
/// where nothing stands between them: `ends` says so.
fn forward(
    compiler: &mut Compiler<'_>,
    place: usize,
    op: Affine,
    bias: bool,
    activation: ops::Activation,
    output: &Shape,
    ends: bool,
) -> Forward {
    let following = if ends { pooling::following(compiler, place, output) } else { None };
    let following = following.filter(|_| op.as_conv2d().is_some());
    let kind = PassKind::Forward { bias, activation, pooling: following.map(|(_, pooling)| pooling) };
    let choice = op.chosen(compiler, kind);
    let (consumer, pooling) = following.filter(|_| op.pools(compiler, kind, choice)).unzip();
    if let Some(consumer) = consumer {
        compiler.absorb(consumer);
    }
    Forward { choice, activation, pooling }
}

fn product(
    compiler: &mut Compiler<'_>,
    place: usize,
    op: Affine,
    forward: Forward,
    (kernel, bias): (&Weight, Option<&Weight>),
    input: ValueId,
    output: Shape,
) -> Result<ValueId, PlanError> {
    let Forward { choice, activation, pooling } = forward;
    // Then all of the input's gradient comes from here.
    let alone_sees_input = compiler.alone_sees_input(place);
    let x = compiler.value(input).view;
    let bias_view = bias.map(|bias| bias.view);
    let (channels, elements) = (output.channels(), compiler.request.batch_size * output.elements());
    let trains = kernel.trained || bias.is_some_and(|bias| bias.trained);
    let keeps_gradient = trains || compiler.value(input).needs_gradient;
    let pooled = match (op.as_conv2d(), pooling) {
        (Some(conv2d), Some(pooling)) => {
            let output = Shape::from([pooling.window.rows.output, pooling.window.columns.output, channels]);
            let elements = compiler.request.batch_size * output.elements();
            let out = compiler.tensor(elements)?;
            // Which pixel won each window is only needed to send the gradient back there.
            let winners = if keeps_gradient { Some(compiler.tensor(elements)?) } else { None };
            let scratch = compiler.scratch(conv2d.forward_pooled_scratch_bytes(choice, pooling).unwrap_or(0))?;
            let (recording, kernel) = (&mut compiler.recording, kernel.view);
            conv2d.forward_pooled(recording, choice, pooling, x, kernel, bias_view, activation, scratch, out, winners);
            Some((out, output, pooling, winners))
        }
        _ => None,
    };
    let (out, output, pooling) = match pooled {
        Some((out, output, pooling, winners)) => (out, output, winners.map(|winners| (pooling, winners))),
        None => {
            let out = compiler.tensor(elements)?;
            // Which kernels run follows from the choice alone, whatever stands in the place of the scratch buffer.
            let choice = compiler.trusted(choice, |recording, choice| {
                op.forward(recording, choice, x, kernel.view, bias_view, activation, Some(out), out);
            });
            let scratch = compiler.scratch(op.forward_scratch_bytes(choice))?;
            op.forward(&mut compiler.recording, choice, x, kernel.view, bias_view, activation, scratch, out);
            (out, output, None)
        }
    };
    let end = End { layer: compiler.layer.clone(), bias: bias.cloned(), function: activation, channels };
    let gradients = Gradients { op, kernel: kernel.clone(), input, x, alone_sees_input, elements, pooling };
    let backward =
        move |compiler: &mut Compiler<'_>, dout: View, needs: &[bool]| gradients.record(compiler, dout, needs[0]);
    let value = compiler.push(&[input], out, output, trains, Box::new(backward));
    compiler.note_end(value, end);
    Ok(value)
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
    let end = End { layer: compiler.layer.clone(), bias: Some(bias), function: ops::Activation::Linear, channels };
    let backward = move |_: &mut Compiler<'_>, dout: View, _: &[bool]| Ok(vec![Some(dout)]);
    let value = compiler.push(&[input], out, shape, trains, Box::new(backward));
    compiler.note_end(value, end);
    Ok(value)
}
