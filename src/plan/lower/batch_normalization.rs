//! Batch normalisation.

use super::super::compiler::{Compiler, ValueId};
use super::super::{Mode, PlanError};
use crate::gpu::View;
use crate::model::{Layer, layers};
use crate::ops::{BatchNormalization, ELEMENT_BYTES, Moments, Parameters};

pub(super) fn lower(
    compiler: &mut Compiler<'_>,
    layer: &Layer,
    spec: &layers::BatchNormalization,
    input: ValueId,
) -> Result<ValueId, PlanError> {
    let (elements, shape, x) =
        (compiler.elements(input), compiler.value(input).shape.clone(), compiler.value(input).view);
    let channels = shape.channels();
    let op = BatchNormalization { rows: elements / channels, channels, epsilon: spec.epsilon, momentum: spec.momentum };
    let (gamma, beta) = (compiler.weight(layer, "gamma"), compiler.weight(layer, "beta"));
    let moving = compiler.weight(layer, "moving_mean").zip(compiler.weight(layer, "moving_variance"));
    let Some((mean, variance)) = moving.map(|(mean, variance)| (mean.view, variance.view)) else {
        return Err(super::missing(layer, "moving_mean"));
    };
    // A layer that is not trainable keeps its statistics, as in Keras.
    let moments = if compiler.request.mode == Mode::Training && layer.trainable() {
        let scratch = compiler.bytes(op.statistics_scratch_bytes())?;
        let statistics = compiler.bytes(2 * channels as u64 * ELEMENT_BYTES)?;
        op.statistics(&mut compiler.recording, x, scratch, statistics);
        op.update_moving(&mut compiler.recording, statistics, mean, variance);
        Moments::Batch(statistics)
    } else {
        Moments::Moving { mean, variance }
    };
    let out = compiler.tensor(elements)?;
    let view = |weight: &Option<super::super::compiler::Weight>| weight.as_ref().map(|weight| weight.view);
    let parameters = Parameters { gamma: view(&gamma), beta: view(&beta) };
    op.forward(&mut compiler.recording, x, parameters, moments, out);
    let trains = [&gamma, &beta].into_iter().flatten().any(|weight| weight.trained);
    let backward = move |compiler: &mut Compiler<'_>, dout: View, needs: &[bool]| {
        let scratch = compiler.scratch(op.gradient_scratch_bytes())?;
        let dx = if needs[0] { Some(compiler.tensor(elements)?) } else { None };
        let mut target = |weight: &Option<super::super::compiler::Weight>| {
            weight.as_ref().filter(|weight| weight.trained).map(|weight| compiler.gradient_target(weight)).transpose()
        };
        let (dgamma, dbeta) = (target(&gamma)?, target(&beta)?);
        op.gradient(&mut compiler.recording, x, parameters.gamma, moments, dout, scratch, dx, dgamma, dbeta);
        Ok(vec![dx])
    };
    Ok(compiler.push(&[input], out, shape, trains, Box::new(backward)))
}
