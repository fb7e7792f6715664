//! Layers of several inputs.

use super::super::PlanError;
use super::super::compiler::{Compiler, ValueId};
use crate::gpu::View;
use crate::ops::{Add, CopyChannels};
use crate::shape::Shape;

pub(super) fn add(compiler: &mut Compiler<'_>, inputs: &[ValueId]) -> Result<ValueId, PlanError> {
    let (elements, shape) = (compiler.elements(inputs[0]), compiler.value(inputs[0]).shape.clone());
    let mut sum = compiler.value(inputs[0]).view;
    for &input in &inputs[1..] {
        let (part, out) = (compiler.value(input).view, compiler.tensor(elements)?);
        Add { elements }.forward(&mut compiler.recording, sum, part, out);
        sum = out;
    }
    let count = inputs.len();
    // The gradient of every summand is that of the sum: one tensor for all, nothing is computed.
    let backward = move |_: &mut Compiler<'_>, dout: View, _: &[bool]| Ok(vec![Some(dout); count]);
    Ok(compiler.push(inputs, sum, shape, false, Box::new(backward)))
}

pub(super) fn concatenate(compiler: &mut Compiler<'_>, inputs: &[ValueId], shape: Shape) -> Result<ValueId, PlanError> {
    let total = shape.channels();
    let rows = compiler.request.batch_size * shape.elements() / total;
    let out = compiler.tensor(rows * total)?;
    let channels: Vec<usize> = inputs.iter().map(|&input| compiler.value(input).shape.channels()).collect();
    let mut offset = 0;
    for (&input, &channels) in inputs.iter().zip(&channels) {
        let view = compiler.value(input).view;
        let copy = CopyChannels {
            rows,
            from_channels: channels,
            from_offset: 0,
            to_channels: total,
            to_offset: offset,
            channels,
        };
        copy.record(&mut compiler.recording, "concatenate: forward", view, out);
        offset += channels;
    }
    let backward = move |compiler: &mut Compiler<'_>, dout: View, needs: &[bool]| {
        let mut gradients = Vec::new();
        let mut offset = 0;
        for (&channels, &needed) in channels.iter().zip(needs) {
            let dx = if needed { Some(compiler.tensor(rows * channels)?) } else { None };
            if let Some(dx) = dx {
                let copy = CopyChannels {
                    rows,
                    from_channels: total,
                    from_offset: offset,
                    to_channels: channels,
                    to_offset: 0,
                    channels,
                };
                copy.record(&mut compiler.recording, "concatenate: gradient", dout, dx);
            }
            offset += channels;
            gradients.push(dx);
        }
        Ok(gradients)
    };
    Ok(compiler.push(inputs, out, shape, false, Box::new(backward)))
}
