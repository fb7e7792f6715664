//! The bench and the comparer themselves: a kernel made wrong on purpose must not pass.

use ocellus::check::{Agreement, Bench, CheckError, Disagreement, compare};
use ocellus::gpu::{Gpu, Recording};
use ocellus::ops::{Activation, Conv2d, KernelChoice};
use ocellus::reference;
use ocellus::shape::{Padding, Window};
use pollster::block_on;

use crate::support::{altered, dispatch_with, gpu, numbers, wide};

/// How a wrong kernel was found out.
#[derive(Debug)]
enum Wrong {
    Bench(CheckError),
    Numbers(Disagreement),
}

/// A convolution whose 150 outputs do not fill their last workgroup.
fn op() -> Conv2d {
    let window = Window::new([5, 5], [3, 3], [1, 1], [1, 1], Padding::Same).unwrap();
    Conv2d { batch: 2, window, input_channels: 2, output_channels: 3 }
}

/// What conv2d's naive forward pass computes with pieces of its text replaced.
fn run(gpu: &Gpu, changes: &[(&str, &str)]) -> Result<Agreement, Wrong> {
    let op = op();
    let Conv2d { batch, window, input_channels, output_channels } = op;
    let x = numbers(1, op.input_elements());
    let kernel = numbers(2, op.kernel_elements());
    let bias = numbers(3, output_channels);
    let channels = [input_channels, output_channels];
    let expected =
        reference::conv2d::forward(batch, &window, channels, &wide(&x), &wide(&kernel), Some(wide(&bias).as_slice()));

    let mut bench = Bench::new();
    let [x, kernel, bias] =
        [("x", &x), ("kernel", &kernel), ("bias", &bias)].map(|(name, values)| bench.input(name, values));
    let out = bench.output("out", op.output_elements());
    let mut right = Recording::default();
    op.forward(&mut right, KernelChoice::Naive, x, kernel, Some(bias), Activation::Linear, None, out);
    for command in right.commands() {
        dispatch_with(bench.recording(), command, altered(&command.kernel, changes));
    }
    let results = block_on(bench.run(gpu)).map_err(Wrong::Bench)?;
    compare(&results.get::<f32>(out), &expected, op.terms() + 1).map_err(Wrong::Numbers)
}

/// How the kernel with these changes is found out; the one without them passes.
fn wrong(changes: &[(&str, &str)]) -> Option<Wrong> {
    let gpu = gpu()?;
    let agreement = run(&gpu, &[]).unwrap_or_else(|wrong| panic!("the right kernel: {wrong:?}"));
    assert!(agreement.worst <= agreement.bound);
    match run(&gpu, changes) {
        Ok(agreement) => panic!("the wrong kernel passes: {agreement:?}"),
        Err(wrong) => Some(wrong),
    }
}

const INSIDE: &str = "if index >= params.batch * w.output_rows * w.output_columns * params.output_channels {";

#[test]
fn a_kernel_that_drops_a_tap_is_too_far_off() {
    let change = (
        "let source = ((image * w.input_rows + y)",
        "if ky == 1u && kx == 2u { continue; }\nlet source = ((image * w.input_rows + y)",
    );
    let Some(wrong) = wrong(&[change]) else { return };
    assert!(matches!(wrong, Wrong::Numbers(Disagreement::TooFar { .. })), "{wrong:?}");
}

#[test]
fn a_kernel_that_forgets_the_bias_is_too_far_off() {
    let Some(wrong) = wrong(&[("sum += bias[channel];", "")]) else { return };
    assert!(matches!(wrong, Wrong::Numbers(Disagreement::TooFar { index: 0, .. })), "{wrong:?}");
}

#[test]
fn a_kernel_that_writes_one_element_past_the_end_is_found() {
    let Some(wrong) = wrong(&[(INSIDE, &INSIDE.replace(">=", ">"))]) else { return };
    let Wrong::Bench(error @ CheckError::Outside { .. }) = wrong else { panic!("{wrong:?}") };
    assert_eq!(error.to_string(), "a word outside 'out' was written: number 1 past its end");
}

#[test]
fn a_kernel_that_writes_before_the_start_is_found() {
    // The index before the first wraps around, and the bounds check, where it is in the shader, puts it at the end of
    // what is bound; where it is the driver's, the write is dropped and the last element is missing.
    let Some(wrong) = wrong(&[("out[index] =", "out[index - 1u] =")]) else { return };
    let found = matches!(wrong, Wrong::Bench(CheckError::Outside { .. } | CheckError::Unwritten { .. }));
    assert!(found, "{wrong:?}");
}

#[test]
fn a_kernel_that_leaves_the_last_element_out_is_found() {
    let Some(wrong) = wrong(&[(INSIDE, &INSIDE.replace("index >=", "index + 1u >="))]) else { return };
    let Wrong::Bench(error @ CheckError::Unwritten { .. }) = wrong else { panic!("{wrong:?}") };
    assert_eq!(error.to_string(), "element 149 of 150 of 'out' was never written");
}

#[test]
fn a_kernel_that_gives_nan_is_found() {
    // No constant NaN, which the shader's compiler would refuse.
    let Some(wrong) = wrong(&[("var sum = 0.0;", "var sum = bitcast<f32>(0x7fc00000u | (index & 1u));")]) else {
        return;
    };
    assert!(matches!(wrong, Wrong::Numbers(Disagreement::NotFinite { index: 0, .. })), "{wrong:?}");
}

#[test]
fn a_kernel_that_reads_past_the_end_gives_nan() {
    let past = "x[params.batch * w.input_rows * w.input_columns * params.input_channels]";
    let Some(wrong) = wrong(&[("var sum = 0.0;", &format!("var sum = {past};"))]) else { return };
    assert!(matches!(wrong, Wrong::Numbers(Disagreement::NotFinite { index: 0, .. })), "{wrong:?}");
}

#[test]
fn a_kernel_that_copies_from_past_the_end_to_past_the_end_is_found() {
    let past = "x[params.batch * w.input_rows * w.input_columns * params.input_channels]";
    let change = ("out[index] =", &*format!("if index == 0u {{ out[150] = {past}; }}\nout[index] ="));
    let Some(wrong) = wrong(&[change]) else { return };
    assert!(matches!(wrong, Wrong::Bench(CheckError::Outside { .. })), "{wrong:?}");
}

#[test]
fn a_kernel_that_does_not_compile_is_named_with_the_compilers_words() {
    let Some(wrong) = wrong(&[("var sum = 0.0;", "var sum = undefined_name;")]) else { return };
    let Wrong::Bench(error) = wrong else { panic!("{wrong:?}") };
    let message = error.to_string();
    assert!(message.contains("conv2d/forward.naive") && message.contains("undefined_name"), "{message}");
}

#[test]
fn results_of_another_length_do_not_agree() {
    let Err(error) = compare(&[1.0], &[1.0, 2.0], 1) else { panic!("one element agrees with two") };
    assert_eq!(error, Disagreement::Length { actual: 1, expected: 2 });
}
