//! The GPU room by itself: dispatches, step records, buffers and the account of them.

use ocellus::check::Bench;
use ocellus::gpu::{Buffer, Dispatch, GpuError, Kernel, OFFSET_ALIGNMENT, Readback, Recording, View, WORKGROUP_SIZE};
use ocellus::ops::{Activate, Activation, Bias, SoftmaxCrossEntropy, StepRecord};
use pollster::block_on;

use crate::support::{altered, dispatch_with, gpu, numbers, own_gpu, whole};

#[test]
fn a_dispatch_beyond_one_dimension_visits_each_element_once() {
    let Some(gpu) = gpu() else { return };
    let elements = (WORKGROUP_SIZE * 65_535) as usize + 1;
    let mut bench = Bench::new();
    let (x, visits) = (bench.input("x", &[0.0f32]), bench.input("visits", &vec![0u32; elements]));
    let mut recording = Recording::default();
    Activate { function: Activation::Linear, elements }.forward(&mut recording, x, visits);
    for command in recording.commands() {
        assert_eq!(command.workgroups[1], 2);
        let counts = altered(
            &command.kernel,
            &[
                ("out: array<f32>", "out: array<atomic<u32>>"),
                ("out[index] = activate(x[index], params.parameter);", "atomicAdd(&out[index], 1u);"),
            ],
        );
        dispatch_with(bench.recording(), command, counts);
    }
    let results = block_on(bench.run(&gpu)).unwrap();
    let visits = results.get::<u32>(visits);
    assert_eq!(visits.len(), elements);
    let wrong = visits.iter().enumerate().find(|&(_, &visits)| visits != 1);
    assert_eq!(wrong, None, "an element and how often it was visited");
}

#[test]
fn two_steps_of_one_submission_each_read_their_own_record() {
    let Some(gpu) = gpu() else { return };
    let row_metrics = Buffer::with_contents(&gpu, "row metrics", &[0.5f32, 1.0, 0.25, 0.0, 2.0, 1.0]).unwrap();
    let ring = Buffer::with_contents(&gpu, "ring", &[-1.0f32; 8]).unwrap();
    let mut recording = Recording::default();
    let op = SoftmaxCrossEntropy { rows: 3, classes: 2, label_smoothing: 0.0 };
    op.metrics(&mut recording, whole(0, &row_metrics), whole(1, &ring));
    let steps = Buffer::uniform(&gpu, "steps", 2 * StepRecord::STRIDE).unwrap();
    for (number, slot) in [3, 1].into_iter().enumerate() {
        let record = StepRecord { slot, ..Default::default() };
        steps.write(&gpu, number as u64 * StepRecord::STRIDE, &[record]).unwrap();
    }
    let prepared = gpu.prepare("test", &recording, &[row_metrics, ring.clone()], Some((&steps, StepRecord::BYTES)));
    let prepared = prepared.unwrap();
    let mut submission = gpu.begin("test");
    let after_the_first = Buffer::storage(&gpu, "after the first", 32).unwrap();
    submission.replay(&prepared, 0);
    submission.copy(&ring, 0, &after_the_first, 0, 32);
    submission.replay(&prepared, StepRecord::STRIDE as u32);
    submission.submit().unwrap();
    let readback = Readback::new(&gpu, "readback", 32).unwrap();
    let read = |buffer| bytemuck::pod_collect_to_vec::<u8, f32>(&block_on(readback.read(buffer, 0, 32)).unwrap());
    assert_eq!(read(&after_the_first), [-1.0, -1.0, -1.0, -1.0, -1.0, -1.0, 2.75, 2.0]);
    assert_eq!(read(&ring), [-1.0, -1.0, 2.75, 2.0, -1.0, -1.0, 2.75, 2.0]);
}

#[test]
fn a_readback_smaller_than_the_buffer_brings_all_of_it() {
    let Some(gpu) = gpu() else { return };
    let contents = numbers(1, 1000);
    let buffer = Buffer::with_contents(&gpu, "numbers", &contents).unwrap();
    let readback = Readback::new(&gpu, "readback", 48).unwrap();
    let bytes = block_on(readback.read(&buffer, 4, 3996)).unwrap();
    assert_eq!(bytemuck::pod_collect_to_vec::<u8, f32>(&bytes), contents[1..]);
}

#[test]
fn a_write_of_odd_length_fills_up_its_last_word() {
    let Some(gpu) = gpu() else { return };
    let buffer = Buffer::with_contents(&gpu, "bytes", &[0xffu8; 16]).unwrap();
    buffer.write(&gpu, 4, &[1u8, 2, 3, 4, 5]).unwrap();
    let readback = Readback::new(&gpu, "readback", 16).unwrap();
    let bytes = block_on(readback.read(&buffer, 0, 16)).unwrap();
    assert_eq!(bytes, [255, 255, 255, 255, 1, 2, 3, 4, 5, 0, 0, 0, 255, 255, 255, 255]);
}

#[test]
fn a_buffer_beyond_the_limit_is_refused_by_name_with_both_numbers() {
    let Some(gpu) = own_gpu() else { return };
    let limit = gpu.limits().max_storage_buffer_binding_size;
    let error = Buffer::storage(&gpu, "weights of everything", limit + 16).unwrap_err();
    assert!(matches!(error, GpuError::TooLarge { .. }), "{error}");
    let message = error.to_string();
    for part in ["weights of everything", &(limit + 16).to_string(), &limit.to_string()] {
        assert!(message.contains(part), "'{part}' in: {message}");
    }
    assert_eq!((gpu.allocated_bytes(), gpu.buffers_created()), (0, 0));
}

#[test]
fn a_write_past_a_buffers_end_is_refused_by_name() {
    let Some(gpu) = gpu() else { return };
    let buffer = Buffer::storage(&gpu, "sixteen bytes", 16).unwrap();
    let error = buffer.write(&gpu, 0, &[0.0f32; 5]).unwrap_err();
    assert!(matches!(error, GpuError::Refused { .. }) && error.to_string().contains("sixteen bytes"), "{error}");
}

/// What is wrong with `bias: forward` over buffers of three rows of two channels, after `change`.
fn refusal(change: impl FnOnce(&mut Wrong)) -> Option<String> {
    let gpu = gpu()?;
    let buffers = [24, 8, 24].map(|bytes| Buffer::storage(&gpu, "buffer", bytes).unwrap());
    let view = |slot: usize| whole(slot, &buffers[slot]);
    let mut right = Recording::default();
    Bias { rows: 3, channels: 2 }.forward(&mut right, view(0), view(1), view(2));
    assert!(gpu.prepare("right", &right, &buffers, None).is_ok());
    let [command] = right.commands() else { panic!("{right:?}") };
    let mut wrong =
        Wrong { kernel: command.kernel.clone(), params: command.params.clone(), bindings: command.bindings.clone() };
    change(&mut wrong);
    let mut recording = Recording::default();
    recording.dispatch(Dispatch {
        label: "a bias".to_owned(),
        kernel: wrong.kernel,
        params: &wrong.params,
        bindings: &wrong.bindings,
        invocations: 6,
    });
    match gpu.prepare("wrong", &recording, &buffers, None) {
        Ok(_) => panic!("it was taken"),
        Err(GpuError::Command { command, reason }) => {
            assert_eq!(command, "a bias");
            Some(reason)
        }
        Err(error) => panic!("{error}"),
    }
}

/// A dispatch that can be spoilt.
struct Wrong {
    kernel: Kernel,
    params: Vec<u8>,
    bindings: Vec<(&'static str, View)>,
}

#[test]
fn a_dispatch_that_does_not_fit_its_kernel_is_refused_by_name() {
    let refused = [
        (refusal(|wrong| wrong.bindings[2].0 = "output"), "its kernel has no binding 'output'"),
        (refusal(|wrong| wrong.bindings.truncate(2)), "nothing is bound to 'out'"),
        (refusal(|wrong| wrong.bindings[1].1.slot = 3), "'bias' is bound to no buffer"),
        (refusal(|wrong| wrong.params.truncate(4)), "'params' takes 8 bytes, 4 were given"),
        (refusal(|wrong| wrong.params.resize(12, 0)), "'params' takes 8 bytes, 12 were given"),
        (refusal(|wrong| wrong.params.clear()), "'params' takes 8 bytes, 0 were given"),
        (refusal(|wrong| wrong.bindings[0].1.bytes = 36), "'x' ends at byte 36, its buffer has 32"),
        (refusal(|wrong| wrong.bindings[0].1.offset = 256), "'x' ends at byte 288, its buffer has 32"),
        (refusal(|wrong| wrong.bindings[0].1.bytes = 0), "'x' is empty"),
    ];
    for (refusal, expected) in refused {
        let Some(reason) = refusal else { return };
        assert_eq!(reason, expected);
    }
}

#[test]
fn parameters_that_no_kernel_takes_are_refused() {
    let Some(gpu) = gpu() else { return };
    let buffer = Buffer::storage(&gpu, "buffer", 16).unwrap();
    let mut recording = Recording::default();
    let text = "@group(0) @binding(0) var<storage, read_write> out: array<f32>;\n\
                @compute @workgroup_size(64) fn main() { out[0] = 1.0; }";
    recording.dispatch(Dispatch {
        label: "one".to_owned(),
        kernel: Kernel::from_text("one", text),
        params: &[0; 4],
        bindings: &[("out", whole(0, &buffer))],
        invocations: 1,
    });
    let Err(error) = gpu.prepare("test", &recording, &[buffer], None) else { panic!("they were taken") };
    assert!(matches!(error, GpuError::Command { .. }) && error.to_string().contains("no 'params'"), "{error}");
}

#[test]
fn a_kernel_of_a_step_without_step_records_is_refused() {
    let Some(gpu) = gpu() else { return };
    let buffers = [24, 8].map(|bytes| Buffer::storage(&gpu, "buffer", bytes).unwrap());
    let mut recording = Recording::default();
    let op = SoftmaxCrossEntropy { rows: 3, classes: 2, label_smoothing: 0.0 };
    op.metrics(&mut recording, whole(0, &buffers[0]), whole(1, &buffers[1]));
    let Err(error) = gpu.prepare("test", &recording, &buffers, None) else { panic!("it was taken") };
    assert!(matches!(error, GpuError::Command { .. }) && error.to_string().contains("no step records"), "{error}");
}

#[test]
fn a_dispatch_that_reads_and_writes_one_buffer_is_refused() {
    let Some(gpu) = gpu() else { return };
    let buffer = Buffer::storage(&gpu, "both", 2 * OFFSET_ALIGNMENT).unwrap();
    let view = |offset| View { slot: 0, offset, bytes: 64 };
    let mut recording = Recording::default();
    Activate { function: Activation::Relu, elements: 16 }.forward(&mut recording, view(0), view(OFFSET_ALIGNMENT));
    let prepared = gpu.prepare("test", &recording, &[buffer], None).unwrap();
    let mut submission = gpu.begin("a submission");
    submission.replay(&prepared, 0);
    let error = submission.submit().unwrap_err();
    assert!(matches!(error, GpuError::Refused { .. }) && error.to_string().contains("a submission"), "{error}");
}

#[test]
fn a_kernels_key_is_its_whole_text() {
    let Some(gpu) = gpu() else { return };
    let mut recording = Recording::default();
    let mut bench = Bench::new();
    let x = bench.input("x", &[-2.0f32, 3.0]);
    let outs = ["first", "second"].map(|name| bench.output(name, 2));
    for (out, sum) in outs.into_iter().zip(["x[index]", "x[index] + 1.0"]) {
        recording.clone_from(&Recording::default());
        Activate { function: Activation::Linear, elements: 2 }.forward(&mut recording, x, out);
        let command = &recording.commands()[0];
        let kernel = altered(&command.kernel, &[("activate(x[index], params.parameter)", sum)]);
        assert_eq!(kernel.name(), command.kernel.name());
        dispatch_with(bench.recording(), command, kernel);
    }
    let results = block_on(bench.run(&gpu)).unwrap();
    assert_eq!(outs.map(|out| results.get::<f32>(out)), [[-2.0, 3.0], [-1.0, 4.0]]);
}

#[test]
fn the_account_of_buffers_goes_up_and_down_with_them() {
    let Some(gpu) = own_gpu() else { return };
    let account = || (gpu.allocated_bytes(), gpu.buffers_created());
    assert_eq!(account(), (0, 0));
    let first = Buffer::storage(&gpu, "first", 1000).unwrap();
    assert_eq!((first.size(), account()), (1008, (1008, 1)));
    let second = Buffer::uniform(&gpu, "second", 1).unwrap();
    assert_eq!(account(), (1024, 2));
    let clone = first.clone();
    drop(first);
    assert_eq!(account(), (1024, 2), "a clone shares the memory");
    drop((clone, second));
    assert_eq!(account(), (0, 2));
    let other = gpu.clone();
    let _third = Buffer::storage(&other, "third", 16).unwrap();
    assert_eq!(account(), (16, 3), "clones share the device");
}
