//! Runs one op case.

use ocellus::check::{Bench, Results, compare};
use ocellus::gpu::{Gpu, View};
use ocellus::ops::{
    Activate, Activation, Add, AveragePooling2d, BatchNormalization, Conv2d, CopyChannels, DepthwiseConv2d,
    GlobalAveragePooling2d, KernelChoice, Matmul, MaxPooling2d, Moments, Parameters, Softmax, SoftmaxCrossEntropy,
    StepRecord,
};
use ocellus::reference::batch_normalization;
use pollster::block_on;
use serde_json::Value;

use super::case::{Options, Tensor, Tensors};
use crate::support::{cancelling, largest, wide};

mod optimizer;

/// A case on its bench: inputs by name, and what is to be compared in the end.
struct Run<'a> {
    gpu: &'a Gpu,
    key: &'a str,
    tensors: &'a Tensors,
    bench: Bench,
    expected: Vec<(String, View, usize)>,
}

impl<'a> Run<'a> {
    fn new(gpu: &'a Gpu, key: &'a str, tensors: &'a Tensors) -> Self {
        Self { gpu, key, tensors, bench: Bench::new(), expected: Vec::new() }
    }

    fn tensor(&self, name: &str) -> &'a Tensor {
        self.tensors.get(&format!("{}.{name}", self.key))
    }

    fn has(&self, name: &str) -> bool {
        self.tensors.find(&format!("{}.{name}", self.key)).is_some()
    }

    /// A tensor of the case as an input.
    fn input(&mut self, name: &str) -> View {
        let tensor = self.tensor(name);
        self.bench.input(name, tensor.floats())
    }

    fn optional(&mut self, name: &str) -> Option<View> {
        self.has(name).then(|| self.input(name))
    }

    /// An output that is to agree with the case's tensor of this name, a sum of `terms` terms.
    fn expect(&mut self, name: &str, terms: usize) -> View {
        let view = self.bench.output(name, self.tensor(name).floats().len());
        self.expected.push((name.to_owned(), view, terms));
        view
    }

    /// The same where the case has such a tensor.
    fn expect_if_there(&mut self, name: &str, terms: usize) -> Option<View> {
        self.has(name).then(|| self.expect(name, terms))
    }

    fn finish(self) -> Result<Results, String> {
        let results = block_on(self.bench.run(self.gpu)).map_err(|error| error.to_string())?;
        for (name, view, terms) in self.expected {
            let tensor = self.tensors.get(&format!("{}.{name}", self.key));
            compare(&results.get::<f32>(view), &wide(tensor.floats()), terms)
                .map_err(|error| format!("{name}: {error}"))?;
        }
        Ok(results)
    }
}

/// Holds one case against what Keras computed.
pub(super) fn check(gpu: &Gpu, case: &Value, tensors: &Tensors) -> Result<(), String> {
    let key = case["key"].as_str().ok_or("it has no key")?;
    let op = case["op"].as_str().ok_or("it has no op")?;
    let options = Options::new(&case["params"]);
    let inputs: Vec<&str> =
        case["inputs"].as_array().ok_or("it has no inputs")?.iter().filter_map(Value::as_str).collect();
    if let Some(rule) = op.strip_prefix("optimizer_") {
        return optimizer::check(gpu, key, rule, &options, tensors);
    }
    for choice in [KernelChoice::Naive, KernelChoice::Fast] {
        let mut run = Run::new(gpu, key, tensors);
        match op {
            "conv2d" => conv2d(&mut run, &options, choice),
            "depthwise_conv2d" => depthwise_conv2d(&mut run, &options),
            "max_pool2d" | "max_pooling2d" => max_pooling2d(&mut run, &options),
            "average_pool2d" | "average_pooling2d" => average_pooling2d(&mut run, &options),
            "global_average_pool2d" | "global_average_pooling2d" => global_average_pooling2d(&mut run),
            "dense" | "matmul" => dense(&mut run, choice),
            "softmax" => softmax(&mut run),
            "batch_norm" | "batch_normalization" => batch_norm(&mut run, &options),
            "softmax_cross_entropy" => return softmax_cross_entropy(run, &options),
            "add" => add(&mut run, &inputs),
            "concatenate" => concatenate(&mut run, &inputs, &options),
            _ => activation(&mut run, activation_of(op, &options)?),
        }
        options.finish()?;
        run.finish().map_err(|error| format!("{choice:?} kernels, {error}"))?;
    }
    Ok(())
}

fn conv2d(run: &mut Run<'_>, options: &Options<'_>, choice: KernelChoice) {
    let (x_shape, kernel_shape) = (&run.tensor("in.x").shape, &run.tensor("in.kernel").shape);
    let strides = options.pair("strides").unwrap_or([1, 1]);
    let window = options.window(x_shape, [kernel_shape[0], kernel_shape[1]], strides);
    let (input_channels, output_channels) = (kernel_shape[2], kernel_shape[3]);
    let op = Conv2d { batch: x_shape[0], window, input_channels, output_channels };
    let pixels = op.output_elements() / output_channels;
    let (x, kernel, bias, dout) =
        (run.input("in.x"), run.input("in.kernel"), run.optional("in.bias"), run.input("dout"));
    let out = run.expect("out", op.terms() + 1);
    let dx = run.expect_if_there("grad.x", op.kernel_elements() / input_channels);
    let dkernel = run.expect_if_there("grad.kernel", pixels);
    bias_gradient(run, pixels, output_channels, dout);
    let [forward, input, scratch] = [
        op.forward_scratch_bytes(choice),
        op.gradient_of_input_scratch_bytes(choice),
        op.gradient_of_kernel_scratch_bytes(choice),
    ]
    .map(|bytes| run.bench.scratch(bytes));
    let recording = run.bench.recording();
    op.forward(recording, choice, x, kernel, bias, Activation::Linear, forward, out);
    if let Some(dx) = dx {
        op.gradient_of_input(recording, choice, dout, kernel, None, input, dx);
    }
    if let Some(dkernel) = dkernel {
        op.gradient_of_kernel(recording, choice, x, dout, scratch, dkernel);
    }
}

fn bias_gradient(run: &mut Run<'_>, rows: usize, channels: usize, dout: View) {
    if let Some(dbias) = run.expect_if_there("grad.bias", rows) {
        let sum = ocellus::ops::Bias { rows, channels }.gradient();
        let scratch = run.bench.scratch(sum.scratch_bytes());
        sum.record(run.bench.recording(), "bias", dout, scratch, dbias);
    }
}

fn depthwise_conv2d(run: &mut Run<'_>, options: &Options<'_>) {
    let (x_shape, kernel_shape) = (&run.tensor("in.x").shape, &run.tensor("in.kernel").shape);
    let strides = options.pair("strides").unwrap_or([1, 1]);
    let window = options.window(x_shape, [kernel_shape[0], kernel_shape[1]], strides);
    let (channels, multiplier) = (kernel_shape[2], kernel_shape[3]);
    let op = DepthwiseConv2d { batch: x_shape[0], window, channels, multiplier };
    let (taps, pixels) = (kernel_shape[0] * kernel_shape[1], run.tensor("out").rows());
    let (x, kernel, bias, dout) =
        (run.input("in.x"), run.input("in.kernel"), run.optional("in.bias"), run.input("dout"));
    let out = run.expect("out", taps + 1);
    let dx = run.expect_if_there("grad.x", taps * multiplier);
    let dkernel = run.expect_if_there("grad.kernel", pixels);
    bias_gradient(run, pixels, channels * multiplier, dout);
    let scratch = run.bench.scratch(op.gradient_of_kernel_scratch_bytes());
    let recording = run.bench.recording();
    op.forward(recording, x, kernel, bias, Activation::Linear, out);
    if let Some(dx) = dx {
        op.gradient_of_input(recording, dout, kernel, None, dx);
    }
    if let Some(dkernel) = dkernel {
        op.gradient_of_kernel(recording, x, dout, scratch, dkernel);
    }
}

fn max_pooling2d(run: &mut Run<'_>, options: &Options<'_>) {
    let shape = &run.tensor("in.x").shape;
    let size = options.pair("pool_size").unwrap_or([2, 2]);
    let window = options.window(shape, size, options.pair("strides").unwrap_or(size));
    let op = MaxPooling2d { batch: shape[0], window, channels: shape[3] };
    let (x, dout) = (run.input("in.x"), run.input("dout"));
    let winners = run.bench.output("winners", run.tensor("out").floats().len());
    let (out, dx) = (run.expect("out", 1), run.expect("grad.x", size[0] * size[1]));
    let recording = run.bench.recording();
    op.forward(recording, x, out, Some(winners));
    op.gradient(recording, dout, winners, dx);
}

fn average_pooling2d(run: &mut Run<'_>, options: &Options<'_>) {
    let shape = &run.tensor("in.x").shape;
    let size = options.pair("pool_size").unwrap_or([2, 2]);
    let window = options.window(shape, size, options.pair("strides").unwrap_or(size));
    let op = AveragePooling2d { batch: shape[0], window, channels: shape[3] };
    let (x, dout) = (run.input("in.x"), run.input("dout"));
    let (out, dx) = (run.expect("out", size[0] * size[1]), run.expect("grad.x", size[0] * size[1]));
    let recording = run.bench.recording();
    op.forward(recording, x, out);
    op.gradient(recording, dout, dx);
}

fn global_average_pooling2d(run: &mut Run<'_>) {
    let shape = &run.tensor("in.x").shape;
    let op = GlobalAveragePooling2d { batch: shape[0], pixels: shape[1] * shape[2], channels: shape[3] };
    let (x, dout) = (run.input("in.x"), run.input("dout"));
    let (out, dx) = (run.expect("out", op.pixels), run.expect("grad.x", 1));
    let recording = run.bench.recording();
    op.forward(recording, x, out);
    op.gradient(recording, dout, dx);
}

fn dense(run: &mut Run<'_>, choice: KernelChoice) {
    let (x, kernel) = (run.tensor("in.x"), run.tensor("in.kernel"));
    let op = Matmul { rows: x.rows(), terms: x.channels(), columns: kernel.channels() };
    let (x, kernel, bias, dout) =
        (run.input("in.x"), run.input("in.kernel"), run.optional("in.bias"), run.input("dout"));
    let out = run.expect("out", op.terms + 1);
    let (dx, dkernel) = (run.expect_if_there("grad.x", op.columns), run.expect_if_there("grad.kernel", op.rows));
    bias_gradient(run, op.rows, op.columns, dout);
    let [forward, input, scratch] = [
        op.forward_scratch_bytes(choice),
        op.gradient_of_a_scratch_bytes(choice),
        op.gradient_of_b_scratch_bytes(choice),
    ]
    .map(|bytes| run.bench.scratch(bytes));
    let recording = run.bench.recording();
    op.forward(recording, choice, x, kernel, bias, Activation::Linear, forward, out);
    if let Some(dx) = dx {
        op.gradient_of_a(recording, choice, dout, kernel, None, input, dx);
    }
    if let Some(dkernel) = dkernel {
        op.gradient_of_b(recording, choice, x, dout, scratch, dkernel);
    }
}

fn softmax(run: &mut Run<'_>) {
    let tensor = run.tensor("in.x");
    let op = Softmax { rows: tensor.rows(), classes: tensor.channels() };
    let (x, dout) = (run.input("in.x"), run.input("dout"));
    let (out, dx) = (run.expect("out", op.classes), run.expect("grad.x", op.classes));
    let recording = run.bench.recording();
    op.forward(recording, x, out);
    op.gradient(recording, out, dout, dx);
}

fn activation_of(op: &str, options: &Options<'_>) -> Result<Activation, String> {
    // Keras 3 calls leaky_relu's slope negative_slope, Keras 2 called it alpha.
    let slope = || options.number("negative_slope").or_else(|| options.number("alpha"));
    Ok(match op {
        "linear" => Activation::Linear,
        "relu" => Activation::Relu,
        "leaky_relu" => Activation::LeakyRelu { negative_slope: slope().unwrap_or(0.2) as f32 },
        "elu" => Activation::Elu { alpha: options.number("alpha").unwrap_or(1.0) as f32 },
        "gelu" if options.flag("approximate") == Some(true) => Activation::GeluTanh,
        "gelu" => Activation::Gelu,
        "gelu_tanh" => Activation::GeluTanh,
        "silu" | "swish" => Activation::Silu,
        "sigmoid" => Activation::Sigmoid,
        "tanh" => Activation::Tanh,
        _ => return Err(format!("op '{op}' is not known")),
    })
}

fn activation(run: &mut Run<'_>, function: Activation) {
    let op = Activate { function, elements: run.tensor("in.x").floats().len() };
    let (x, dout) = (run.input("in.x"), run.input("dout"));
    let (out, dx) = (run.expect("out", 1), run.expect("grad.x", 1));
    let recording = run.bench.recording();
    op.forward(recording, x, out);
    let saved = if function.gradient_from_output() { out } else { x };
    op.gradient(recording, saved, dout, dx);
}

fn batch_norm(run: &mut Run<'_>, options: &Options<'_>) {
    let tensor = run.tensor("in.x");
    let (rows, channels) = (tensor.rows(), tensor.channels());
    let epsilon = options.number("epsilon").unwrap_or(1e-3) as f32;
    let momentum = options.number("momentum").unwrap_or(0.99) as f32;
    let training = options.flag("training").expect("training or not");
    let op = BatchNormalization { rows, channels, epsilon, momentum };
    let (x, gamma, beta) = (run.input("in.x"), run.optional("in.gamma"), run.optional("in.beta"));
    let (mean, variance) = (run.input("in.moving_mean"), run.input("in.moving_variance"));
    let dout = run.input("dout");
    // In training the parts of dx cancel, nearly all of them where a batch has two rows: the bound goes by what
    // cancels, gamma * dout / sqrt(variance + epsilon), as float32 itself does.
    let dx_terms = if training { terms_of_dx(run, channels, rows, epsilon.into()) } else { 4 };
    let out = run.expect("out", 4);
    let (dx, dgamma) = (run.expect_if_there("grad.x", dx_terms), run.expect_if_there("grad.gamma", rows));
    let dbeta = run.expect_if_there("grad.beta", rows);
    let scratch = run.bench.scratch(op.statistics_scratch_bytes()).expect("statistics need scratch");
    let statistics = run.bench.input("statistics", &vec![0.0_f32; 2 * channels]);
    let gradient_scratch = run.bench.scratch(op.gradient_scratch_bytes());
    if training {
        run.expected.push(("new_moving_mean".to_owned(), mean, rows));
        run.expected.push(("new_moving_variance".to_owned(), variance, rows));
    }
    let recording = run.bench.recording();
    let moments = if training {
        op.statistics(recording, x, scratch, statistics);
        op.update_moving(recording, statistics, mean, variance);
        Moments::Batch(statistics)
    } else {
        Moments::Moving { mean, variance }
    };
    op.forward(recording, x, Parameters { gamma, beta }, moments, out);
    op.gradient(recording, x, gamma, moments, dout, gradient_scratch, dx, dgamma, dbeta);
}

/// The terms that allow dx what the cancelling of its parts leaves.
fn terms_of_dx(run: &Run<'_>, channels: usize, rows: usize, epsilon: f64) -> usize {
    let x = wide(run.tensor("in.x").floats());
    let vector = |name: &str, absent: f64| {
        if run.has(name) { wide(run.tensor(name).floats()) } else { vec![absent; channels] }
    };
    let (gamma, beta) = (vector("in.gamma", 1.0), vector("in.beta", 0.0));
    let (_, statistics) = batch_normalization::training(channels, epsilon, &x, &gamma, &beta);
    let dout = wide(run.tensor("dout").floats());
    let parts = batch_normalization::gradient_inference(channels, epsilon, &x, &gamma, &statistics, &dout);
    cancelling(rows, largest(&parts.x), &wide(run.tensor("grad.x").floats()))
}

fn softmax_cross_entropy(mut run: Run<'_>, options: &Options<'_>) -> Result<(), String> {
    let tensor = run.tensor("in.logits");
    let label_smoothing = options.number("label_smoothing").unwrap_or(0.0) as f32;
    options.finish()?;
    let op = SoftmaxCrossEntropy { rows: tensor.rows(), classes: tensor.channels(), label_smoothing };
    let logits = run.input("in.logits");
    let labels = run.bench.input("labels", run.tensor("in.labels").labels());
    let row_metrics = run.bench.output("row metrics", op.rows * 2);
    let ring = run.bench.input("ring", &[0.0_f32; 2]);
    let dlogits = run.expect("grad.logits", op.classes);
    run.bench.set_step(StepRecord::default());
    let recording = run.bench.recording();
    op.record(recording, logits, labels, row_metrics, Some(dlogits));
    op.metrics(recording, row_metrics, ring);
    let expected = wide(run.tensor("out").floats());
    let rows = op.rows;
    let results = run.finish()?;
    let mean = results.get::<f32>(ring)[0] / rows as f32;
    // A loss near 0 is a difference of logits: its error goes by their size.
    let size = largest(&wide(tensor.floats()));
    compare(&[mean], &expected, cancelling(rows, size, &expected)).map_err(|error| format!("loss: {error}"))?;
    Ok(())
}

fn add(run: &mut Run<'_>, inputs: &[&str]) {
    let elements = run.tensor("out").floats().len();
    let views: Vec<View> = inputs.iter().map(|name| run.input(&format!("in.{name}"))).collect();
    let mut sum = views[0];
    for (number, &part) in views[1..].iter().enumerate() {
        let last = number + 2 == views.len();
        let out = if last { run.expect("out", views.len()) } else { run.bench.output("sum", elements) };
        Add { elements }.forward(run.bench.recording(), sum, part, out);
        sum = out;
    }
    // The gradient of every summand is that of the sum, without any computation.
    for name in inputs {
        assert_eq!(run.tensor(&format!("grad.{name}")).floats(), run.tensor("dout").floats());
    }
}

fn concatenate(run: &mut Run<'_>, inputs: &[&str], options: &Options<'_>) {
    assert!(matches!(options.number("axis"), None | Some(-1.0 | 3.0)), "along the channels only");
    let (rows, total) = (run.tensor("out").rows(), run.tensor("out").channels());
    let (out, dout) = (run.expect("out", 1), run.input("dout"));
    let mut offset = 0;
    for name in inputs {
        let channels = run.tensor(&format!("in.{name}")).channels();
        let input = run.input(&format!("in.{name}"));
        let gradient = run.expect(&format!("grad.{name}"), 1);
        let there = CopyChannels {
            rows,
            from_channels: channels,
            from_offset: 0,
            to_channels: total,
            to_offset: offset,
            channels,
        };
        let back = CopyChannels {
            rows,
            from_channels: total,
            from_offset: offset,
            to_channels: channels,
            to_offset: 0,
            channels,
        };
        there.record(run.bench.recording(), "there", input, out);
        back.record(run.bench.recording(), "back", dout, gradient);
        offset += channels;
    }
}
