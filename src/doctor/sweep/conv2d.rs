//! Convolution's three passes by every choice of kernels.

mod shapes;

use std::collections::BTreeSet;
use std::slice;

use super::activation::{MADE_INPUT, twin as activation_twin};
use super::numbers::{narrow, numbers, wide};
use super::{Extent, Planned, planned};
use crate::check::Case;
use crate::ops::{Activated, Activation, Conv2d, KernelChoice, MaxPooling2d};
use crate::reference::{self, activation::Function, conv2d as twin};
use crate::shape::{Padding, Window};

pub use shapes::{
    block_edges, cropped, many_pixels, pooled, strided_edges, subgroup_edges, subgroups_down, tile_edges, unseen,
};
use shapes::{drawn, small};

/// All passes by these choices: the forward one with relu and, where it has one, a bias; the gradient of the input by
/// itself, and through the activation that made it.
pub fn case(op: Conv2d, has_bias: bool, choices: &[KernelChoice]) -> Case {
    let Conv2d { batch, window, input_channels, output_channels } = op;
    let channels = [input_channels, output_channels];
    let [x, kernel, bias, dout] = [
        numbers(1, op.input_elements()),
        numbers(2, op.kernel_elements()),
        numbers(3, output_channels),
        numbers(4, op.output_elements()),
    ];
    let [wide_x, wide_kernel, wide_dout] = [&x, &kernel, &dout].map(|numbers| wide(numbers));
    let wide_bias = has_bias.then(|| wide(&bias));
    let linear = twin::forward(batch, &window, channels, &wide_x, &wide_kernel, wide_bias.as_deref());
    let expected_out = reference::activation::forward(Function::Relu, &linear);
    let expected_dx = twin::gradient_of_input(batch, &window, channels, &wide_dout, &wide_kernel);
    let expected_dz = reference::activation::gradient(activation_twin(MADE_INPUT), &wide_x, &expected_dx);
    let expected_dkernel = twin::gradient_of_kernel(batch, &window, channels, &wide_x, &wide_dout);
    let pixels = batch * window.output_pixels();

    let mut case = Case::new(op);
    let [x, kernel, bias, dout] = [("x", &x), ("kernel", &kernel), ("bias", &bias), ("dout", &dout)]
        .map(|(name, values)| case.bench.input(name, values));
    let activated = Activated::new(MADE_INPUT, x);
    for &choice in choices {
        let out = case.bench.output("out", op.output_elements());
        let [dx, dz] = ["dx", "dz"].map(|name| case.bench.output(name, op.input_elements()));
        let dkernel = case.bench.output("dkernel", op.kernel_elements());
        let scratch = case.bench.scratch(op.gradient_of_kernel_scratch_bytes(choice));
        let recording = case.bench.recording();
        op.forward(recording, choice, x, kernel, has_bias.then_some(bias), Activation::Relu, out);
        op.gradient_of_input(recording, choice, dout, kernel, None, dx);
        op.gradient_of_input(recording, choice, dout, kernel, activated, dz);
        op.gradient_of_kernel(recording, choice, x, dout, scratch, dkernel);
        case.agrees(out, "forward", expected_out.clone(), op.terms() + 1);
        let terms = op.kernel_elements() / input_channels;
        case.agrees(dx, "gradient of the input", expected_dx.clone(), terms);
        case.agrees(dz, "gradient through the activation", expected_dz.clone(), terms + 1);
        if let Some(scratch) = scratch {
            case.adds_up(scratch, "parts of the gradient of the kernel", expected_dkernel.clone(), pixels);
        }
        case.agrees(dkernel, "gradient of the kernel", expected_dkernel.clone(), pixels);
    }
    case
}

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
    let [forward, input] = [op.can_pool(choice, pooling), op.has_pooled_gradient_of_input(choice, pooling)];
    if !forward && !input && kernel_bytes.is_none() {
        return None;
    }
    let whole = |numbers: Vec<f32>| numbers.into_iter().map(|x| (2.0 * x).round() + 0.0).collect::<Vec<f32>>();
    let pooled = batch * pooling.window.output_pixels() * output_channels;
    let [x, kernel, bias] = [(1, op.input_elements()), (2, op.kernel_elements()), (3, output_channels)]
        .map(|(seed, n)| whole(numbers(seed, n)));
    let dout = numbers(4, pooled);
    let channels = [input_channels, output_channels];
    let linear = twin::forward(batch, &window, channels, &wide(&x), &wide(&kernel), Some(&wide(&bias)));
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
    if forward {
        let [out, written, alone] = ["out", "winners", "out alone"].map(|name| case.bench.output(name, pooled));
        let (recording, bias, relu) = (case.bench.recording(), Some(bias), Activation::Relu);
        op.forward_pooled(recording, choice, pooling, x, kernel, bias, relu, out, Some(written));
        op.forward_pooled(recording, choice, pooling, x, kernel, bias, relu, alone, None);
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
    if input {
        // How it ends is that of the kernels without a pooling, which are tried with an activation and without.
        let dz = case.bench.output("dz", op.input_elements());
        let (recording, activated) = (case.bench.recording(), Activated::new(MADE_INPUT, x));
        op.pooled_gradient_of_input(recording, choice, pooling, dout, right_winners, kernel, activated, dz);
        let terms = op.kernel_elements() / input_channels;
        case.agrees(dz, "gradient through the activation", expected_dz, terms + 1);
    }
    Some(case)
}

pub(super) fn cases(choices: &[KernelChoice], extent: Extent) -> Vec<Planned> {
    let choices = choices.to_vec();
    let biased = |ops: Vec<Conv2d>| ops.into_iter().enumerate().map(|(place, op)| (op, place.is_multiple_of(2)));
    let edges = [block_edges(), subgroup_edges(), subgroups_down(), tile_edges(), unseen(), strided_edges()];
    let edges = [edges.concat(), many_pixels()].concat();
    let more = [drawn(60), edges].concat();
    let pooled = pooled().into_iter().filter(|(_, _, choice)| choices.contains(choice));
    // Small ones, among them one for each kernel.
    let (quick, large): (Vec<_>, Vec<_>) =
        pooled.partition(|(op, _, _)| op.batch == 2 && op.window.input_pixels() < 100);
    let mut cases = planned(extent, small(), biased(more), move |(op, bias)| case(op, bias, &choices));
    cases.extend(planned(extent, quick, large, |(op, pool, choice)| {
        // The shapes are there for the sake of such kernels, so that none is without one, as the suite holds.
        pooled_case(op, pool, choice).unwrap_or_else(|| Case::new(op))
    }));
    cases
}

/// The kernels that a choice takes for all passes, each once.
pub fn kernels(op: Conv2d, choice: KernelChoice) -> BTreeSet<String> {
    case(op, true, slice::from_ref(&choice)).kernels().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::shader_files;

    #[test]
    fn few_shapes_run_every_forward_kernel_with_a_bias() {
        let all = [KernelChoice::Naive, KernelChoice::Block, KernelChoice::Subgroup, KernelChoice::Tile];
        let cases: Vec<Case> = cases(&all, Extent::Quick).into_iter().map(|case| case()).collect();
        let kernels = cases.iter().flat_map(|case| case.bench.commands()).map(|command| &command.kernel);
        let biased: BTreeSet<&str> =
            kernels.filter(|kernel| kernel.to_string().contains(" BIAS=true")).map(|kernel| kernel.name()).collect();
        let forward = shader_files().iter().map(|(name, _)| *name).filter(|name| name.starts_with("conv2d/forward."));
        assert_eq!(forward.filter(|name| !biased.contains(name)).collect::<Vec<_>>(), [""; 0]);
    }
}
