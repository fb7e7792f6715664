//! Pooling layers.

use super::super::PlanError;
use super::super::compiler::{Compiler, ValueId};
use super::window_of;
use crate::gpu::View;
use crate::model::{Layer, LayerKind, layers};
use crate::ops::{AveragePooling2d, GlobalAveragePooling2d, MaxPooling2d};
use crate::shape::{Padding, Shape, Window, WindowAxis};

pub(super) fn max(
    compiler: &mut Compiler<'_>,
    place: usize,
    spec: &layers::MaxPooling2d,
    input: ValueId,
) -> Result<ValueId, PlanError> {
    let shape = compiler.value(input).shape.clone();
    let window = window_of(&compiler.model.nodes()[place].layer, spec.window(&shape))?;
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
    let value = compiler.push(&[input], out, output, false, Box::new(backward));
    // Only winners get a gradient: that of the activation before the pooling is taken from them alone.
    compiler.pass_end_on(place, input, value);
    Ok(value)
}

/// The max pooling that alone sees the output, of this shape, of node `place`, and its place, where fusion is wanted.
pub(super) fn following(compiler: &Compiler<'_>, place: usize, output: &Shape) -> Option<(usize, MaxPooling2d)> {
    let consumer = compiler.only_consumer(place).filter(|_| compiler.request.fusion)?;
    let LayerKind::MaxPooling2d(pooling) = compiler.model.nodes()[consumer].layer.kind() else { return None };
    let window = pooling.window(output).ok()?;
    Some((consumer, MaxPooling2d { batch: compiler.request.batch_size, window, channels: output.channels() }))
}

/// `window` of a layer like a convolution, without the outputs past the last that the pooling after it looks at, where
/// nothing else sees the layer at place `place`. Nobody would miss them, and their gradients are 0.
pub(super) fn seen(compiler: &Compiler<'_>, place: usize, window: Window) -> Window {
    let consumer = compiler.only_consumer(place).filter(|_| compiler.request.fusion);
    let output = Shape::from([window.rows.output, window.columns.output, 1]);
    let pooling = match consumer.map(|consumer| compiler.model.nodes()[consumer].layer.kind()) {
        Some(LayerKind::MaxPooling2d(pooling)) if pooling.padding == Padding::Valid => pooling.window(&output),
        Some(LayerKind::AveragePooling2d(pooling)) if pooling.padding == Padding::Valid => pooling.window(&output),
        _ => return window,
    };
    let Ok(pooling) = pooling else { return window };
    let seen = |axis: WindowAxis| axis.input.min((axis.output - 1) * axis.stride + axis.window);
    Window {
        rows: WindowAxis { output: seen(pooling.rows), ..window.rows },
        columns: WindowAxis { output: seen(pooling.columns), ..window.columns },
    }
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
