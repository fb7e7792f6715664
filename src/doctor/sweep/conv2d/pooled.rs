//! Convolution with max pooling in its kernels, by every choice of them.

use super::super::activation::{MADE_INPUT, twin as activation_twin};
use super::super::max_pooling2d::coarse;
use super::super::numbers::{narrow, numbers, wide};
use crate::check::Case;
use crate::ops::{Activated, Activation, Conv2d, KernelChoice, MaxPooling2d};
use crate::reference::{self, activation::Function, conv2d as twin};
use crate::shape::{Padding, Window};

/// The passes with max pooling in the convolution's kernels by this choice: over whole numbers, so that there are ties,
/// and every maximum is exact. `None` where there is no such kernel.
pub fn pooled_case(op: Conv2d, pool: [usize; 2], choice: KernelChoice) -> Option<Case> {
    let Conv2d { batch, window, input_channels, output_channels } = op;
    let outputs = [window.rows.output, window.columns.output];
    let pooling = MaxPooling2d {
        batch,
        window: Window::new(outputs, pool, pool, [1; 2], Padding::Valid)?,
        channels: output_channels,
    };
    let kernel_bytes = op.pooled_gradient_of_kernel_scratch_bytes(choice, pooling);
    let forward_bytes = op.forward_pooled_scratch_bytes(choice, pooling);
    let input_bytes = op.pooled_gradient_of_input_scratch_bytes(choice, pooling);
    if forward_bytes.is_none() && input_bytes.is_none() && kernel_bytes.is_none() {
        return None;
    }
    let pooled = batch * pooling.window.output_pixels() * output_channels;
    let [x, kernel, bias] = [(1, op.input_elements()), (2, op.kernel_elements()), (3, output_channels)]
        .map(|(seed, n)| coarse(&numbers(seed, n)));
    let dout = numbers(4, pooled);
    let channels = [input_channels, output_channels];
    let expected_sums = twin::forward(batch, &window, channels, &wide(&x), &wide(&kernel), None);
    let linear = reference::bias::forward(output_channels, &expected_sums, &wide(&bias));
    let active = reference::activation::forward(Function::Relu, &linear);
    let (expected, winners) = reference::max_pooling2d::forward(batch, &pooling.window, output_channels, &active);
    let before = reference::max_pooling2d::gradient(batch, &pooling.window, output_channels, &winners, &wide(&dout));
    let expected_dkernel = twin::gradient_of_kernel(batch, &window, channels, &wide(&x), &before);
    let expected_dx = twin::gradient_of_input(batch, &window, channels, &before, &wide(&kernel));
    let expected_dz = reference::activation::gradient(activation_twin(MADE_INPUT), &wide(&x), &expected_dx);
    let winners: Vec<u32> = winners.into_iter().map(|tap| tap as u32).collect();

    let mut case = Case::new((op, pooling));
    let [x, kernel, bias, dout] = [("x", &x), ("kernel", &kernel), ("bias", &bias), ("dout", &dout)]
        .map(|(name, values)| case.bench.input(name, values));
    let right_winners = case.bench.input("winners", &winners);
    for bytes in ways(forward_bytes) {
        let all_parts @ [parts, alone_parts] = [bytes; 2].map(|bytes| case.bench.scratch(bytes));
        let [out, written, alone] = ["out", "winners", "out alone"].map(|name| case.bench.output(name, pooled));
        let (recording, bias, relu) = (case.bench.recording(), Some(bias), Activation::Relu);
        op.forward_pooled(recording, choice, pooling, x, kernel, bias, relu, parts, out, Some(written));
        op.forward_pooled(recording, choice, pooling, x, kernel, bias, relu, alone_parts, alone, None);
        for parts in all_parts.into_iter().flatten() {
            case.adds_up(parts, "parts of the forward pass", by_windows(pooling, &expected_sums), op.terms());
        }
        case.equals(alone, "forward without winners", &narrow(&expected));
        case.equals(out, "forward", &narrow(&expected));
        case.equals(written, "winners", &winners);
    }
    if let Some(bytes) = kernel_bytes {
        let (scratch, dkernel) = (case.bench.scratch(bytes), case.bench.output("dkernel", op.kernel_elements()));
        let recording = case.bench.recording();
        op.pooled_gradient_of_kernel(recording, choice, pooling, x, dout, right_winners, scratch, dkernel);
        let terms = batch * window.output_pixels();
        if let Some(scratch) = scratch {
            case.adds_up(scratch, "parts of the gradient of the kernel", expected_dkernel.clone(), terms);
        }
        case.agrees(dkernel, "gradient of the kernel", expected_dkernel, terms);
    }
    for bytes in ways(input_bytes) {
        // How it ends is that of the kernels without a pooling, which are tried with an activation and without.
        let parts = case.bench.scratch(bytes);
        let dz = case.bench.output("dz", op.input_elements());
        let (recording, activated) = (case.bench.recording(), Activated::new(MADE_INPUT, x));
        op.pooled_gradient_of_input(recording, choice, pooling, dout, right_winners, kernel, activated, parts, dz);
        let terms = op.kernel_elements() / input_channels;
        if let Some(parts) = parts {
            case.adds_up(parts, "parts of the gradient of the input", expected_dx.clone(), terms);
        }
        case.agrees(dz, "gradient through the activation", expected_dz.clone(), terms + 1);
    }
    Some(case)
}

/// Bytes for the parts of a pass that needs so many of them: it is tried with its sums in parts, and whole. None where there
/// is no such pass.
fn ways(bytes: Option<u64>) -> Vec<u64> {
    match bytes {
        Some(0) => vec![0],
        Some(bytes) => vec![bytes, 0],
        None => Vec::new(),
    }
}

/// The pixels of a convolution's output, window by window of the pooling after it: shape (batch, windows down, windows
/// across, window rows, window columns, channels) from (batch, rows, columns, channels).
fn by_windows(pooling: MaxPooling2d, pixels: &[f64]) -> Vec<f64> {
    let MaxPooling2d { batch, window: Window { rows, columns }, channels } = pooling;
    let mut found = Vec::with_capacity(pixels.len());
    for window in 0..batch * rows.output * columns.output {
        let (down, across) = (window / columns.output, window % columns.output);
        for place in 0..rows.window * columns.window {
            let row = down * rows.window + place / columns.window;
            let column = across * columns.window + place % columns.window;
            let first = (row * columns.input + column) * channels;
            found.extend(&pixels[first..first + channels]);
        }
    }
    found
}
