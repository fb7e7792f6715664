//! Convolution's three passes by every choice of kernels.

mod pooled;
mod shapes;

use std::collections::BTreeSet;
use std::slice;

use super::activation::{MADE_INPUT, twin as activation_twin};
use super::numbers::{numbers, wide};
use super::{Extent, Planned, planned};
use crate::check::Case;
use crate::ops::{Activated, Activation, Conv2d, KernelChoice};
use crate::reference::{self, activation::Function, conv2d as twin};

pub use pooled::pooled_case;
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
    let expected_sums = twin::forward(batch, &window, channels, &wide_x, &wide_kernel, None);
    let wide_bias = if has_bias { wide(&bias) } else { vec![0.0; output_channels] };
    let linear = reference::bias::forward(output_channels, &expected_sums, &wide_bias);
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
        let of_input = op.gradient_of_input_scratch_bytes(choice);
        let [forward, dx_parts, dz_parts, scratch] =
            [op.forward_scratch_bytes(choice), of_input, of_input, op.gradient_of_kernel_scratch_bytes(choice)]
                .map(|bytes| case.bench.scratch(bytes));
        let bias = has_bias.then_some(bias);
        let recording = case.bench.recording();
        op.forward(recording, choice, x, kernel, bias, Activation::Relu, forward, out);
        op.gradient_of_input(recording, choice, dout, kernel, None, dx_parts, dx);
        op.gradient_of_input(recording, choice, dout, kernel, activated, dz_parts, dz);
        op.gradient_of_kernel(recording, choice, x, dout, scratch, dkernel);
        let terms = op.kernel_elements() / input_channels;
        if let Some(parts) = forward {
            case.adds_up(parts, "parts of the forward pass", expected_sums.clone(), op.terms());
            // The kernel that runs where the sums are whole, with tiles enough.
            let out = case.bench.output("out of whole sums", op.output_elements());
            op.forward(case.bench.recording(), choice, x, kernel, bias, Activation::Relu, None, out);
            case.agrees(out, "forward by whole sums", expected_out.clone(), op.terms() + 1);
        }
        for (parts, activated, expected) in [(dx_parts, None, &expected_dx), (dz_parts, activated, &expected_dz)] {
            let Some(parts) = parts else { continue };
            case.adds_up(parts, "parts of the gradient of the input", expected_dx.clone(), terms);
            let dz = case.bench.output("gradient by whole sums", op.input_elements());
            op.gradient_of_input(case.bench.recording(), choice, dout, kernel, activated, None, dz);
            case.agrees(dz, "gradient of the input by whole sums", expected.clone(), terms + 1);
        }
        case.agrees(out, "forward", expected_out.clone(), op.terms() + 1);
        case.agrees(dx, "gradient of the input", expected_dx.clone(), terms);
        case.agrees(dz, "gradient through the activation", expected_dz.clone(), terms + 1);
        if let Some(scratch) = scratch {
            case.adds_up(scratch, "parts of the gradient of the kernel", expected_dkernel.clone(), pixels);
        }
        case.agrees(dkernel, "gradient of the kernel", expected_dkernel.clone(), pixels);
    }
    case
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
