//! Layers that treat every element alike, and those that only rename shapes.

use super::super::compiler::{Compiler, ValueId};
use super::super::{Mode, PlanError};
use super::{End, function_of};
use crate::gpu::View;
use crate::model::{Activation, Layer, layers};
use crate::ops::{self, Activate, Dropout, Softmax};
use crate::shape::Shape;

pub(super) fn flatten(compiler: &mut Compiler<'_>, place: usize, input: ValueId) -> Result<ValueId, PlanError> {
    let output = reshape(compiler, input, compiler.model.nodes()[place].shape.clone())?;
    compiler.pass_end_on(place, input, output);
    Ok(output)
}

/// The same tensor under another shape: nothing is computed.
fn reshape(compiler: &mut Compiler<'_>, input: ValueId, shape: Shape) -> Result<ValueId, PlanError> {
    let view = compiler.value(input).view;
    let backward = |_: &mut Compiler<'_>, dout: View, _: &[bool]| Ok(vec![Some(dout)]);
    let output = compiler.push(&[input], view, shape, false, Box::new(backward));
    compiler.pass_logits_on(input, output);
    Ok(output)
}

/// A layer that changes nothing: a value of its own all the same, so that its gradient is not its input's, which may
/// have other consumers.
fn identity(compiler: &mut Compiler<'_>, input: ValueId) -> Result<ValueId, PlanError> {
    let shape = compiler.value(input).shape.clone();
    reshape(compiler, input, shape)
}

pub(super) fn activation(
    compiler: &mut Compiler<'_>,
    activation: Activation,
    input: ValueId,
) -> Result<ValueId, PlanError> {
    match function_of(activation) {
        Some(ops::Activation::Linear) => identity(compiler, input),
        Some(function) => self::function(compiler, function, input),
        None => softmax(compiler, input),
    }
}

pub(super) fn function(
    compiler: &mut Compiler<'_>,
    function: ops::Activation,
    input: ValueId,
) -> Result<ValueId, PlanError> {
    let (elements, shape, x) =
        (compiler.elements(input), compiler.value(input).shape.clone(), compiler.value(input).view);
    let out = compiler.tensor(elements)?;
    let op = Activate { function, elements };
    op.forward(&mut compiler.recording, x, out);
    if function.gradient_from_output() {
        let end = End { layer: compiler.layer.clone(), bias: None, function, channels: shape.channels() };
        let backward = |_: &mut Compiler<'_>, dout: View, _: &[bool]| Ok(vec![Some(dout)]);
        let value = compiler.push(&[input], out, shape, false, Box::new(backward));
        compiler.note_end(value, end);
        return Ok(value);
    }
    let backward = move |compiler: &mut Compiler<'_>, dout: View, _: &[bool]| {
        let dx = compiler.tensor(elements)?;
        op.gradient(&mut compiler.recording, x, dout, dx);
        Ok(vec![Some(dx)])
    };
    Ok(compiler.push(&[input], out, shape, false, Box::new(backward)))
}

fn softmax(compiler: &mut Compiler<'_>, input: ValueId) -> Result<ValueId, PlanError> {
    let (elements, shape, x) =
        (compiler.elements(input), compiler.value(input).shape.clone(), compiler.value(input).view);
    let classes = shape.channels();
    let op = Softmax { rows: elements / classes, classes };
    let out = compiler.tensor(elements)?;
    op.forward(&mut compiler.recording, x, out);
    let backward = move |compiler: &mut Compiler<'_>, dout: View, _: &[bool]| {
        let dx = compiler.tensor(elements)?;
        op.gradient(&mut compiler.recording, out, dout, dx);
        Ok(vec![Some(dx)])
    };
    let output = compiler.push(&[input], out, shape, false, Box::new(backward));
    compiler.note_softmax(output, input);
    Ok(output)
}

pub(super) fn dropout(
    compiler: &mut Compiler<'_>,
    layer: &Layer,
    spec: &layers::Dropout,
    input: ValueId,
) -> Result<ValueId, PlanError> {
    if compiler.request.mode == Mode::Inference || spec.rate == 0.0 {
        return identity(compiler, input);
    }
    let (elements, shape, x) =
        (compiler.elements(input), compiler.value(input).shape.clone(), compiler.value(input).view);
    let number = compiler.model.layers().iter().position(|other| other.is(layer)).unwrap_or_default();
    let op = Dropout { elements, rate: spec.rate, layer: number as u32 };
    let out = compiler.tensor(elements)?;
    op.apply(&mut compiler.recording, x, out);
    let backward = move |compiler: &mut Compiler<'_>, dout: View, _: &[bool]| {
        let dx = compiler.tensor(elements)?;
        op.gradient(&mut compiler.recording, dout, dx);
        Ok(vec![Some(dx)])
    };
    Ok(compiler.push(&[input], out, shape, false, Box::new(backward)))
}
