//! Convolution, matrix product and pooling on the lecture model's shapes at batch size 32: `cargo bench`. Times are the
//! device's own, by its timestamps where it has them. First comes the device's ceiling, and after each sum of products
//! its share of it.
#![allow(clippy::unwrap_used, reason = "a measurement that cannot be made ends here")]

use std::cell::RefCell;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ocellus::bench::Ceiling;
use ocellus::gpu::{AdapterRequest, Buffer, Gpu, Recording, Timer, View};
use ocellus::ops::{Activation, Conv2d, ELEMENT_BYTES, KernelChoice, Matmul, MaxPooling2d};
use ocellus::random::{self, Stream};
use ocellus::shape::{Padding, Window};
use pollster::block_on;

const BATCH: usize = 32;

/// Tiles are for GPUs; on one they are the fast ones.
const CHOICES: [KernelChoice; 3] = [KernelChoice::Fast, KernelChoice::Tile, KernelChoice::Naive];

/// The device, what tells its time, and what it can do at most.
struct Device {
    gpu: Gpu,
    timer: Timer,
    ceiling: Ceiling,
}

/// Tensors and the commands over them.
struct Work<'a> {
    device: &'a Device,
    buffers: Vec<Buffer>,
    recording: Recording,
}

impl<'a> Work<'a> {
    fn new(device: &'a Device) -> Self {
        Self { device, buffers: Vec::new(), recording: Recording::default() }
    }

    /// A tensor of numbers from -1 to 1.
    fn tensor(&mut self, elements: usize) -> View {
        let number = |place: usize| random::uniform(0, Stream::InitialWeights, 0, place as u32) * 2.0 - 1.0;
        let numbers: Vec<f32> = (0..elements).map(number).collect();
        self.buffers.push(Buffer::with_contents(&self.device.gpu, "tensor", &numbers).unwrap());
        View { slot: self.buffers.len() - 1, offset: 0, bytes: elements as u64 * ELEMENT_BYTES }
    }

    /// Scratch memory; `None` when there is none of it.
    fn scratch(&mut self, bytes: u64) -> Option<View> {
        (bytes > 0).then(|| self.tensor((bytes / ELEMENT_BYTES) as usize))
    }

    /// Measures all that was recorded, which does so many multiply-adds.
    fn measure(self, criterion: &mut Criterion, name: &str, multiply_adds: usize) {
        let Device { gpu, timer, ceiling } = self.device;
        let prepared = gpu.prepare(name, &self.recording, &self.buffers, None).unwrap();
        let commands: Vec<usize> = (0..self.recording.commands().len()).collect();
        let taken = RefCell::new(Vec::new());
        let mut group = criterion.benchmark_group(name);
        if multiply_adds > 0 {
            group.throughput(Throughput::Elements(2 * multiply_adds as u64));
        }
        group.bench_function("device", |bencher| {
            bencher.iter_custom(|repetitions| {
                let seconds = block_on(timer.seconds(&prepared, &commands, repetitions as usize)).unwrap();
                taken.borrow_mut().push(seconds / repetitions as f64);
                // Nothing is faster than the clock can tell.
                Duration::from_secs_f64(seconds.max(1e-9))
            });
        });
        group.finish();
        let mut taken = taken.into_inner();
        taken.sort_by(f64::total_cmp);
        // The median of all; none where the filter leaves this one out.
        if let Some(seconds) = taken.get(taken.len() / 2).filter(|seconds| multiply_adds > 0 && **seconds > 0.0) {
            let gflops = 2.0 * multiply_adds as f64 / seconds * 1e-9;
            println!("{name}: {gflops:.1} GFLOP/s, {:.1} % of the ceiling\n", 100.0 * gflops / ceiling.gflops);
        }
    }
}

fn conv2d(criterion: &mut Criterion, device: &Device, name: &str, input: usize, channels: [usize; 2]) {
    let window = Window::new([input; 2], [3; 2], [1; 2], [1; 2], Padding::Valid).unwrap();
    let op = Conv2d { batch: BATCH, window, input_channels: channels[0], output_channels: channels[1] };
    let multiply_adds = op.output_elements() * op.terms();
    for choice in CHOICES {
        let name = |pass: &str| format!("{name}/{pass}/{choice:?}").to_lowercase();
        let choice = choice.on(&device.gpu);
        let tensors = |work: &mut Work<'_>| {
            [op.input_elements(), op.kernel_elements(), op.output_elements(), op.output_channels]
                .map(|elements| work.tensor(elements))
        };
        let mut work = Work::new(device);
        let [x, kernel, out, bias] = tensors(&mut work);
        let scratch = work.scratch(op.forward_scratch_bytes(choice));
        op.forward(&mut work.recording, choice, x, kernel, Some(bias), Activation::Relu, scratch, out);
        work.measure(criterion, &name("forward"), multiply_adds);

        let mut work = Work::new(device);
        let [dx, kernel, dout, _] = tensors(&mut work);
        let scratch = work.scratch(op.gradient_of_input_scratch_bytes(choice));
        op.gradient_of_input(&mut work.recording, choice, dout, kernel, None, scratch, dx);
        work.measure(criterion, &name("gradient of the input"), multiply_adds);

        let mut work = Work::new(device);
        let [x, dkernel, dout, _] = tensors(&mut work);
        let scratch = work.scratch(op.gradient_of_kernel_scratch_bytes(choice));
        op.gradient_of_kernel(&mut work.recording, choice, x, dout, scratch, dkernel);
        work.measure(criterion, &name("gradient of the kernel"), multiply_adds);
    }
}

fn matmul(criterion: &mut Criterion, device: &Device, name: &str, op: Matmul) {
    let Matmul { rows, terms, columns } = op;
    let multiply_adds = rows * terms * columns;
    for choice in CHOICES {
        let name = |pass: &str| format!("{name}/{pass}/{choice:?}").to_lowercase();
        let choice = choice.on(&device.gpu);
        let tensors = |work: &mut Work<'_>| {
            [rows * terms, terms * columns, rows * columns, columns].map(|elements| work.tensor(elements))
        };
        let mut work = Work::new(device);
        let [a, b, out, bias] = tensors(&mut work);
        let scratch = work.scratch(op.forward_scratch_bytes(choice));
        op.forward(&mut work.recording, choice, a, b, Some(bias), Activation::Relu, scratch, out);
        work.measure(criterion, &name("forward"), multiply_adds);

        let mut work = Work::new(device);
        let [da, b, dout, _] = tensors(&mut work);
        let scratch = work.scratch(op.gradient_of_a_scratch_bytes(choice));
        op.gradient_of_a(&mut work.recording, choice, dout, b, None, scratch, da);
        work.measure(criterion, &name("gradient of the input"), multiply_adds);

        let mut work = Work::new(device);
        let [a, db, dout, _] = tensors(&mut work);
        let scratch = work.scratch(op.gradient_of_b_scratch_bytes(choice));
        op.gradient_of_b(&mut work.recording, choice, a, dout, scratch, db);
        work.measure(criterion, &name("gradient of the kernel"), multiply_adds);
    }
}

fn max_pooling2d(criterion: &mut Criterion, device: &Device, name: &str, input: usize, channels: usize) {
    let window = Window::new([input; 2], [2; 2], [2; 2], [1; 2], Padding::Valid).unwrap();
    let op = MaxPooling2d { batch: BATCH, window, channels };
    let (inputs, outputs) = (BATCH * window.input_pixels() * channels, BATCH * window.output_pixels() * channels);
    let mut work = Work::new(device);
    let [x, out, winners] = [inputs, outputs, outputs].map(|elements| work.tensor(elements));
    op.forward(&mut work.recording, x, out, Some(winners));
    work.measure(criterion, &format!("{name}/forward"), 0);

    let mut work = Work::new(device);
    let [dx, dout, x, out, winners] = [inputs, outputs, inputs, outputs, outputs].map(|elements| work.tensor(elements));
    op.forward(&mut work.recording, x, out, Some(winners));
    op.gradient(&mut work.recording, dout, winners, dx);
    work.measure(criterion, &format!("{name}/forward and gradient"), 0);
}

fn ops(criterion: &mut Criterion) {
    let gpu = block_on(Gpu::open(&AdapterRequest::default())).unwrap();
    let timer = Timer::new(&gpu).unwrap();
    let ceiling = block_on(Ceiling::measure(&gpu, &timer)).unwrap();
    println!("{}\nCeiling: {:.1} GFLOP/s of multiply-adds in registers", gpu.adapter_line(), ceiling.gflops);
    let device = Device { gpu, timer, ceiling };
    conv2d(criterion, &device, "conv2d", 32, [3, 32]);
    conv2d(criterion, &device, "conv2d_1", 15, [32, 64]);
    conv2d(criterion, &device, "conv2d_2", 6, [64, 64]);
    matmul(criterion, &device, "dense", Matmul { rows: BATCH, terms: 1024, columns: 64 });
    matmul(criterion, &device, "dense_1", Matmul { rows: BATCH, terms: 64, columns: 10 });
    matmul(criterion, &device, "512x512x512", Matmul { rows: 512, terms: 512, columns: 512 });
    max_pooling2d(criterion, &device, "max_pooling2d", 30, 32);
    max_pooling2d(criterion, &device, "max_pooling2d_1", 13, 64);
}

criterion_group!(benches, ops);
criterion_main!(benches);
