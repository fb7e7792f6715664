//! Tensors side by side along the channels, and taken apart again.

use super::numbers::{narrow, numbers, wide};
use super::{Extent, Planned, planned};
use crate::check::Case;
use crate::ops::CopyChannels;
use crate::reference::concatenate as twin;

/// Concatenates tensors of `rows` rows and so many channels, and takes a gradient apart.
pub fn case(rows: usize, channels: &[usize]) -> Case {
    let mut case = Case::new(format_args!("Concatenate {{ rows: {rows}, channels: {channels:?} }}"));
    let to_channels = channels.iter().sum();
    let inputs: Vec<Vec<f32>> =
        channels.iter().enumerate().map(|(i, channels)| numbers(i as u32, rows * channels)).collect();
    let dout = numbers(99, rows * to_channels);
    let (dout_view, out) = (case.bench.input("dout", &dout), case.bench.output("out", rows * to_channels));
    let gradients = twin::gradient(channels, &wide(&dout));
    let mut offset = 0;
    for ((input, gradient), &channels) in inputs.iter().zip(gradients).zip(channels) {
        let (x, dx) = (case.bench.input("x", input), case.bench.output("dx", input.len()));
        let there =
            CopyChannels { rows, from_channels: channels, from_offset: 0, to_channels, to_offset: offset, channels };
        let back = CopyChannels {
            from_channels: to_channels,
            from_offset: offset,
            to_channels: channels,
            to_offset: 0,
            ..there
        };
        there.record(case.bench.recording(), "concatenate", x, out);
        back.record(case.bench.recording(), "gradient of concatenate", dout_view, dx);
        // A copy is not rounded.
        case.equals(dx, "dx", &narrow(&gradient));
        offset += channels;
    }
    let wide_inputs: Vec<Vec<f64>> = inputs.iter().map(|input| wide(input)).collect();
    let parts: Vec<(usize, &[f64])> =
        channels.iter().zip(&wide_inputs).map(|(&channels, input)| (channels, &input[..])).collect();
    case.equals(out, "out", &narrow(&twin::forward(&parts)));
    case
}

pub(super) fn cases(extent: Extent) -> Vec<Planned> {
    let quick = [(1, vec![1]), (3, vec![7, 1]), (17, vec![4, 3, 8])];
    let more = [(7, vec![17, 17]), (65, vec![1, 1, 1]), (4099, vec![3, 4])];
    planned(extent, quick, more, |(rows, channels): (usize, Vec<usize>)| case(rows, &channels))
}
