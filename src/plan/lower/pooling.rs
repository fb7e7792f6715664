//! Pooling layers.

use super::super::PlanError;
use super::super::compiler::{Compiler, ValueId};
use super::window_of;
use crate::gpu::View;
use crate::model::{Layer, layers};
use crate::ops::{AveragePooling2d, GlobalAveragePooling2d, MaxPooling2d};
use crate::shape::Shape;

pub(super) fn max(
    compiler: &mut Compiler<'_>,
    layer: &Layer,
    spec: &layers::MaxPooling2d,
    input: ValueId,
) -> Result<ValueId, PlanError> {
    let shape = compiler.value(input).shape.clone();
    let window = window_of(layer, spec.window(&shape))?;
    let (batch, channels) = (compiler.request.batch_size, shape.channels());
    let op = MaxPooling2d { batch, window, channels };
    let output = Shape::from([window.rows.output, window.columns.output, channels]);
    let x = compiler.value(input).view;
    let out = compiler.tensor(batch * output.elements())?;
    // Which input won each window is only needed to send the gradient back there.
    let winners = match compiler.value(input).needs_gradient {
        true => Some(compiler.tensor(batch * output.elements())?),
        false => None,
    };
    op.forward(&mut compiler.recording, x, out, winners);
    let elements = compiler.elements(input);
    let backward = move |compiler: &mut Compiler<'_>, dout: View, _: &[bool]| {
        let Some(winners) = winners else { return Ok(vec![None]) };
        let dx = compiler.tensor(elements)?;
        op.gradient(&mut compiler.recording, dout, winners, dx);
        Ok(vec![Some(dx)])
    };
    Ok(compiler.push(&[input], out, output, false, Box::new(backward)))
}

pub(super) fn average(
    compiler: &mut Compiler<'_>,
    layer: &Layer,
    spec: &layers::AveragePooling2d,
    input: ValueId,
) -> Result<ValueId, PlanError> {
    let shape = compiler.value(input).shape.clone();
    let window = window_of(layer, spec.window(&shape))?;
    let (batch, channels) = (compiler.request.batch_size, shape.channels());
    let op = AveragePooling2d { batch, window, channels };
    let output = Shape::from([window.rows.output, window.columns.output, channels]);
    let x = compiler.value(input).view;
    let out = compiler.tensor(batch * output.elements())?;
    op.forward(&mut compiler.recording, x, out);
    let elements = compiler.elements(input);
    let backward = move |compiler: &mut Compiler<'_>, dout: View, _: &[bool]| {
        let dx = compiler.tensor(elements)?;
        op.gradient(&mut compiler.recording, dout, dx);
        Ok(vec![Some(dx)])
    };
    Ok(compiler.push(&[input], out, output, false, Box::new(backward)))
}

pub(super) fn global_average(compiler: &mut Compiler<'_>, input: ValueId) -> Result<ValueId, PlanError> {
    let shape = compiler.value(input).shape.clone();
    let (batch, channels) = (compiler.request.batch_size, shape.channels());
    let op = GlobalAveragePooling2d { batch, pixels: shape.elements() / channels, channels };
    let x = compiler.value(input).view;
    let out = compiler.tensor(batch * channels)?;
    op.forward(&mut compiler.recording, x, out);
    let elements = compiler.elements(input);
    let backward = move |compiler: &mut Compiler<'_>, dout: View, _: &[bool]| {
        let dx = compiler.tensor(elements)?;
        op.gradient(&mut compiler.recording, dout, dx);
        Ok(vec![Some(dx)])
    };
    Ok(compiler.push(&[input], out, Shape::from([channels]), false, Box::new(backward)))
}
