//! Adapters that are named, and devices: the program's own, and lost ones.

use std::sync::mpsc;
use std::time::Duration;

use ocellus::check::Bench;
use ocellus::data::{Dataset, Images};
use ocellus::gpu::{self, AdapterRequest, Buffer, Gpu, GpuError, Readback, Recording};
use ocellus::model::{Model, Sequential, layers};
use ocellus::ops::{Activate, Activation, Bias};
use ocellus::train::{Blocking, Predictor, TrainOptions, Trainer};
use pollster::block_on;

use crate::support::{gpu, own_device, own_gpu, whole};

/// Runs `test` on a thread of its own and fails when it has not ended after a minute.
fn does_not_hang(test: impl FnOnce() + Send + 'static) {
    let (sender, ended) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        test();
        let _ = sender.send(());
    });
    match ended.recv_timeout(Duration::from_secs(60)) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it hangs"),
        // It has ended, or panicked and so dropped the sender.
        _ => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
    }
}

#[test]
fn an_adapter_that_is_not_there_is_answered_with_those_that_are() {
    if gpu().is_none() {
        return;
    }
    for wanted in ["no such adapter", "99"] {
        let request = AdapterRequest { adapter: Some(wanted.to_owned()), ..Default::default() };
        let error = block_on(Gpu::open(&request)).unwrap_err();
        assert!(matches!(error, GpuError::UnknownAdapter { .. }), "{error}");
        let message = error.to_string();
        assert!(message.contains(&format!("'{wanted}'")), "{message}");
        for adapter in block_on(gpu::list_adapters()) {
            assert!(message.contains(&format!("{} {}", adapter.number, adapter.name)), "{message}");
        }
    }
}

#[test]
fn an_adapter_is_found_by_its_number_and_by_a_part_of_its_name() {
    let Some(gpu) = gpu() else { return };
    for adapter in block_on(gpu::list_adapters()).iter().take(1) {
        let part = adapter.name.to_uppercase()[..4].to_owned();
        for wanted in [adapter.number.to_string(), part] {
            let request = AdapterRequest { adapter: Some(wanted), ..Default::default() };
            assert_eq!(block_on(Gpu::open(&request)).unwrap().adapter_info().name, adapter.name);
        }
    }
    assert!(!gpu.adapter_line().is_empty());
}

/// `x + bias` computed on `gpu`.
fn add_bias(gpu: &Gpu) -> Result<Vec<f32>, ocellus::check::CheckError> {
    let mut bench = Bench::new();
    let (x, bias) = (bench.input("x", &[1.0f32, 2.0, 3.0, 4.0]), bench.input("bias", &[10.0f32, 20.0]));
    let out = bench.output("out", 4);
    Bias { rows: 2, channels: 2 }.forward(bench.recording(), x, bias, out);
    Ok(block_on(bench.run(gpu))?.get::<f32>(out))
}

#[test]
fn a_device_that_the_program_made_itself_computes() {
    let Some((device, queue)) = gpu().and_then(|gpu| own_device(gpu.limits().clone())) else { return };
    let gpu = Gpu::from_device(device, queue);
    assert_eq!(add_bias(&gpu).unwrap(), [11.0, 22.0, 13.0, 24.0]);
    assert_eq!(gpu.limits(), &gpu.device().limits());
}

fn tiny_model() -> Model {
    let model = Sequential::new([2, 2, 1]).add(layers::Flatten {}).add(layers::Dense::new(2)).build().unwrap();
    model.initialize(1);
    model
}

fn tiny_dataset() -> Dataset {
    let images = Images::new([2, 2, 1], (0..40).collect()).unwrap();
    Dataset::from_memory(images, vec![0, 1, 0, 1, 0, 1, 0, 1, 0, 1], vec!["a".into(), "b".into()]).unwrap()
}

/// What became of a call to a device that is gone.
type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Does everything that can be done with a device that was destroyed: what was asked for, whether the answer needs a
/// device, and what became of it.
fn use_after_loss(gpu: &Gpu) -> Vec<(&'static str, bool, Outcome)> {
    let (model, dataset) = (tiny_model(), tiny_dataset());
    let options = TrainOptions { batch_size: 4, ..Default::default() };
    let mut trainer = Trainer::new(gpu, &model, &dataset, None, &options).unwrap();
    let predictor = Predictor::new(gpu, &model, 2).unwrap();
    let buffers = [24, 8, 24].map(|bytes| Buffer::storage(gpu, "buffer", bytes).unwrap());
    let view = |slot: usize| whole(slot, &buffers[slot]);
    let mut recording = Recording::default();
    Bias { rows: 3, channels: 2 }.forward(&mut recording, view(0), view(1), view(2));
    let mut other = Recording::default();
    Activate { function: Activation::Elu { alpha: 1.0 }, elements: 6 }.forward(&mut other, view(0), view(2));
    let prepared = gpu.prepare("before", &recording, &buffers, None).unwrap();
    let readback = Readback::new(gpu, "readback", 16).unwrap();
    let mut submitted = gpu.begin("submitted before");
    submitted.replay(&prepared, 0);
    readback.request(&mut submitted, &buffers[2], 0, 16);
    let submitted = submitted.submit().unwrap();
    let mut begun = gpu.begin("begun before");
    begun.replay(&prepared, 0);
    // A device with work under way is only lost once that is done.
    gpu.flush().unwrap();

    gpu.device().destroy();

    let mut begun_after = gpu.begin("begun after");
    begun_after.replay(&prepared, 0);
    begun_after.copy(&buffers[0], 0, &buffers[2], 0, 16);
    let mut outcomes = Vec::new();
    macro_rules! attempt {
        ($name:literal, $needs_device:literal, $result:expr) => {
            outcomes.push(($name, $needs_device, $result.map(|_| ()).map_err(Into::into)));
        };
    }
    attempt!("a submission begun before", false, begun.submit());
    attempt!("a submission begun after", false, begun_after.submit());
    attempt!("a write", false, buffers[0].write(gpu, 0, &[1.0f32]));
    attempt!("a buffer", false, Buffer::storage(gpu, "after", 16));
    attempt!("a buffer with contents", true, Buffer::with_contents(gpu, "after", &[1.0f32]));
    attempt!("a recording", true, gpu.prepare("after", &recording, &buffers, None));
    attempt!("a recording of a new kernel", true, gpu.prepare("after", &other, &buffers, None));
    attempt!("what was submitted before", true, block_on(readback.receive(&submitted, 16)));
    attempt!("a readback", true, block_on(readback.read(&buffers[2], 0, 24)));
    attempt!("the end of all work", false, gpu.flush());
    attempt!("a training begun before", true, Blocking::fit(&mut trainer, &mut ()));
    attempt!("a prediction", true, Blocking::predict(&predictor, &[0.5; 12]));
    attempt!("a new trainer", true, Trainer::new(gpu, &model, &dataset, None, &options));
    attempt!("a new predictor", true, Predictor::new(gpu, &model, 2));
    attempt!("an evaluation", true, Blocking::evaluate(gpu, &model, &dataset, 4));
    attempt!("a bench", true, add_bias(gpu));
    outcomes
}

#[test]
fn a_lost_device_is_named_as_such_in_all_that_is_asked_of_it() {
    let Some(gpu) = own_gpu() else { return };
    does_not_hang(move || {
        for (name, _, outcome) in use_after_loss(&gpu) {
            let Err(error) = outcome else { panic!("{name}: no error") };
            assert!(error.to_string().contains("lost: destroyed; "), "{name}: {error}");
            assert!(error.to_string().contains("start the program again from the weights on disk"), "{name}: {error}");
        }
    });
}

#[test]
fn a_lost_device_of_the_programs_own_refuses_what_it_cannot_do() {
    let Some((device, queue)) = gpu().and_then(|gpu| own_device(gpu.limits().clone())) else { return };
    does_not_hang(move || {
        for (name, needs_device, outcome) in use_after_loss(&Gpu::from_device(device, queue)) {
            match outcome {
                // As in WebGPU itself: what brings nothing back goes nowhere, in silence.
                Ok(()) => assert!(!needs_device, "{name}: no error"),
                Err(error) => assert!(error.to_string().contains("the GPU refused"), "{name}: {error}"),
            }
        }
    });
}
