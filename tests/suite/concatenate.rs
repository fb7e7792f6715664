//! Tensors side by side along the channels.

use ocellus::check::Bench;
use ocellus::ops::CopyChannels;
use ocellus::reference;
use pollster::block_on;
use proptest::prelude::*;

use crate::geometry::channels;
use crate::support::{cases, gpu, numbers, wide};

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn concatenate_agrees_with_the_reference(
        rows in prop::sample::select(&[1usize, 3, 7, 17][..]),
        channels in prop::collection::vec(channels(), 1..4),
    ) {
        let Some(gpu) = gpu() else { return Ok(()) };
        let total = channels.iter().sum();
        let inputs: Vec<Vec<f32>> =
            channels.iter().enumerate().map(|(i, channels)| numbers(i as u32, rows * channels)).collect();
        let dout = numbers(99, rows * total);
        let mut bench = Bench::new();
        let (dout_view, out) = (bench.input("dout", &dout), bench.output("out", rows * total));
        let mut gradients = Vec::new();
        let mut offset = 0;
        for (input, &channels) in inputs.iter().zip(&channels) {
            let (x, dx) = (bench.input("x", input), bench.output("dx", input.len()));
            CopyChannels { rows, from_channels: channels, from_offset: 0, to_channels: total, to_offset: offset, channels }
                .record(bench.recording(), "concatenate", x, out);
            CopyChannels { rows, from_channels: total, from_offset: offset, to_channels: channels, to_offset: 0, channels }
                .record(bench.recording(), "gradient of concatenate", dout_view, dx);
            gradients.push(dx);
            offset += channels;
        }
        let results = block_on(bench.run(&gpu)).unwrap();
        // A copy is not rounded.
        let wide_inputs: Vec<Vec<f64>> = inputs.iter().map(|input| wide(input)).collect();
        let parts: Vec<(usize, &[f64])> =
            channels.iter().zip(&wide_inputs).map(|(&channels, input)| (channels, &input[..])).collect();
        prop_assert_eq!(wide(&results.get::<f32>(out)), reference::concatenate::forward(&parts));
        let copied: Vec<Vec<f64>> = gradients.into_iter().map(|dx| wide(&results.get::<f32>(dx))).collect();
        prop_assert_eq!(copied, reference::concatenate::gradient(&channels, &wide(&dout)));
    }
}
