//! Kernels that are chosen by measurements, remembered, repeated and refused.

use std::fs;
use std::path::Path;

use ocellus::data::Dataset;
use ocellus::gpu::{AdapterRequest, FailedKernels, Gpu, LimitsRequest};
use ocellus::model::{Activation, Model, Sequential, layers::*};
use ocellus::ops::{self, KernelChoice, KernelChoices, Matmul, Pass, PassKind, Product};
use ocellus::train::{Blocking, TrainError, TrainOptions, TrainingPlan};
use ocellus::tuning::{ChoiceCache, Tuning, TuningCounts};
use pollster::block_on;
use serde_json::Value;

use crate::support::{gpu, own_device, own_gpu, skipped};
use crate::train_models::{initialized, pictures};

/// Passes of which there are several kernels: with and without a pooling at their end, few channels and many.
fn model() -> Model {
    let model = Sequential::new([14, 14, 3])
        .add(Conv2d::new(16, 3).activation(Activation::Relu))
        .add(MaxPooling2d::new(2))
        .add(Conv2d::new(16, 3))
        .add(Flatten {})
        .add(Dense::new(8));
    initialized(model.build().unwrap())
}

fn data() -> Dataset {
    pictures(1, [14, 14, 3], 8, 16)
}

pub(crate) fn plan(gpu: &Gpu) -> TrainingPlan {
    let options = TrainOptions { epochs: 1, batch_size: 8, ..TrainOptions::default() };
    TrainingPlan::new(gpu, &model(), &data(), None, &options).unwrap()
}

fn tuned(gpu: &Gpu, folder: &Path) -> (TrainingPlan, TuningCounts) {
    let mut tuning = Tuning::new(gpu, Some(ChoiceCache::open(folder))).unwrap();
    let plan = block_on(plan(gpu).tuned(&mut tuning)).unwrap();
    (plan, tuning.counts())
}

/// The names of the kernels that a plan's step runs.
fn kernels(plan: &TrainingPlan) -> Vec<String> {
    let commands = plan.recordings().into_iter().flat_map(|recording| recording.commands());
    commands.map(|command| command.kernel.name().to_owned()).collect()
}

/// One choice for every pass.
fn all(plan: &TrainingPlan, choice: KernelChoice) -> KernelChoices {
    let mut choices = KernelChoices::default();
    plan.passes().iter().for_each(|pass| choices.insert(pass, choice));
    choices
}

/// How many kernels there are to choose from for a pass, the naive one among them.
fn ways(gpu: &Gpu, pass: &Pass) -> usize {
    let mut ways: Vec<_> = Vec::new();
    for commands in KernelChoice::worth_measuring(gpu).into_iter().map(|choice| pass.commands(choice, &[])) {
        if !ways.contains(&commands) {
            ways.push(commands);
        }
    }
    ways.len()
}

/// Whether there is a pass with several kernels beside the naive one.
pub(crate) fn measures(gpu: &Gpu) -> bool {
    plan(gpu).passes().iter().any(|pass| ways(gpu, pass) > 2)
}

fn loss(plan: &TrainingPlan) -> f64 {
    let mut trainer = plan.start(&data(), None).unwrap();
    Blocking::fit(&mut trainer, &mut ()).unwrap().epochs[0].loss
}

#[test]
fn every_pass_gets_a_choice_and_the_second_time_nothing_is_measured() {
    let Some(gpu) = gpu() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (plan, first) = tuned(&gpu, folder.path());
    assert!(plan.passes().iter().all(|pass| plan.choices().get(pass).is_some()));
    assert!(first.remembered == 0 && (first.measured > 0 || !measures(&gpu)), "{first:?}");
    let (mut again, mut second) = tuned(&gpu, folder.path());
    // What the first had no time for is measured now.
    assert!(second.remembered >= first.measured, "{first:?}, {second:?}");
    for _ in 0..plan.passes().len() {
        if second.measured > 0 {
            (again, second) = tuned(&gpu, folder.path());
        }
    }
    assert_eq!((second.measured, second.remembered + second.fixed), (0, again.passes().len()));
    assert!((loss(&plan) - loss(&again)).abs() < 1e-3);
}

#[test]
fn what_is_damaged_in_the_file_or_measured_elsewhere_counts_for_nothing() {
    let Some(gpu) = gpu() else { return };
    let folder = tempfile::tempdir().unwrap();
    if tuned(&gpu, folder.path()).1.measured == 0 {
        return; // There is one kernel for each pass here.
    }
    let path = folder.path().join("kernel-choices.json");
    let text = fs::read_to_string(&path).unwrap();
    let entries: Vec<Value> = serde_json::from_str(&text).unwrap();
    for key in ["adapter", "backend", "driver", "shaders", "pass"] {
        let foreign = entries.iter().cloned().map(|mut entry| {
            entry[key] = "another".into();
            entry
        });
        fs::write(&path, Value::from_iter(foreign).to_string()).unwrap();
        assert_eq!(tuned(&gpu, folder.path()).1.remembered, 0, "another {key}");
    }
    let unknown = entries.iter().cloned().map(|mut entry| {
        entry["choice"] = "best".into();
        entry
    });
    let unknown = Value::from_iter(unknown).to_string();
    for damaged in ["", "[", "{}", "[7, null, {}]", &text[..text.len() / 2], &unknown] {
        fs::write(&path, damaged).unwrap();
        assert_eq!(tuned(&gpu, folder.path()).1.remembered, 0, "{damaged}");
    }
    fs::write(&path, [0xff; 64]).unwrap();
    assert_eq!(tuned(&gpu, folder.path()).1.remembered, 0);
}

#[test]
fn a_kernel_that_is_wrong_or_does_not_compile_is_not_chosen() {
    let Some(gpu) = own_gpu() else { return };
    let pass: Pass = plan(&gpu).passes()[0];
    let fastest = KernelChoice::Fast.on(&gpu);
    let kernel = pass.commands(fastest, &[])[0].kernel.name().to_owned();
    let wrong: fn(&str) -> String = |text| text.replace("out[", "out[1u + ");
    for (spoil, what) in [(wrong, "wrong"), (|_: &str| "no shader".to_owned(), "does not compile")] {
        gpu.spoil_kernel(&kernel, spoil);
        let mut choices = KernelChoices::default();
        block_on(Tuning::new(&gpu, None).unwrap().choose(&[pass], &mut choices)).unwrap();
        gpu.restore_kernels();
        if ways(&gpu, &pass) > 2 {
            assert_ne!(choices.get(&pass), Some(fastest), "{what}");
        }
    }
}

#[test]
fn a_kernel_that_was_found_wrong_runs_in_no_batch() {
    let Some(gpu) = own_gpu() else { return };
    let options = TrainOptions { epochs: 1, batch_size: 6, ..TrainOptions::default() };
    let plan = TrainingPlan::new(&gpu, &model(), &data(), None, &options).unwrap();
    let pass = plan.passes()[0];
    let kernel = pass.commands(KernelChoice::Fast.on(&gpu), &[])[0].kernel.name().to_owned();
    gpu.spoil_kernel(&kernel, |text| text.replace("out[", "out[1u + "));
    let mut tuning = Tuning::new(&gpu, None).unwrap();
    let tuned = block_on(plan.tuned(&mut tuning)).unwrap();
    gpu.restore_kernels();
    if tuning.wrong().is_empty() {
        return; // There is no other kernel to measure it beside.
    }
    assert_eq!(tuning.wrong(), std::slice::from_ref(&kernel));
    let last = tuned.passes().into_iter().filter(|pass| pass.to_string().contains(": 4 x "));
    assert!(last.clone().count() >= 3, "the last batch has four pictures");
    for pass in last.chain([pass]) {
        let choice = tuned.choices().get(&pass).unwrap();
        assert!(pass.commands(choice, &[]).iter().all(|command| command.kernel.name() != kernel), "{pass}: {choice:?}");
    }
}

#[test]
fn a_kernel_that_is_wrong_for_one_shape_runs_for_no_other() {
    let Some(gpu) = own_gpu() else { return };
    let model = Sequential::new([14, 14, 16]).add(Conv2d::new(16, 3)).add(Conv2d::new(16, 3)).add(Flatten {});
    let model = initialized(model.add(Dense::new(8)).build().unwrap());
    let data = pictures(1, [14, 14, 16], 8, 8);
    let options = TrainOptions { epochs: 1, batch_size: 8, ..TrainOptions::default() };
    let plan = TrainingPlan::new(&gpu, &model, &data, None, &options).unwrap();
    let pass = plan.passes()[0];
    let kernel = pass.commands(KernelChoice::Fast.on(&gpu), &[])[0].kernel.name().to_owned();
    // The second convolution's, which is measured after the first one's.
    gpu.spoil_kernel(&kernel, |text| match text.contains("OUTPUT_ROWS: u32 = 10u;") {
        true => text.replace("out[", "out[1u + "),
        false => text.to_owned(),
    });
    let mut tuning = Tuning::new(&gpu, None).unwrap();
    let tuned = block_on(plan.tuned(&mut tuning));
    gpu.restore_kernels();
    let tuned = tuned.unwrap();
    let counts = tuning.counts();
    // Where there was time for all of them.
    if counts.measured > 0 && counts.measured == plan.passes().iter().filter(|pass| ways(&gpu, pass) > 2).count() {
        assert_eq!(tuning.wrong(), std::slice::from_ref(&kernel));
    }
    if !tuning.wrong().is_empty() {
        assert!(!kernels(&tuned).contains(&kernel), "{:?}", kernels(&tuned));
    }
    assert_eq!(counts.measured + counts.remembered + counts.fixed, tuned.passes().len(), "{counts:?}");
}

#[test]
fn a_wrong_sum_of_parts_is_not_chosen() {
    let Some(gpu) = own_gpu() else { return };
    if !KernelChoice::worth_measuring(&gpu).contains(&KernelChoice::Tile) {
        skipped("sums of forward passes are whole where the adapter computes on the CPU");
        return;
    }
    let product = Product::Matmul(Matmul { rows: 32, terms: 1024, columns: 64 });
    let kind = PassKind::Forward { bias: true, activation: ops::Activation::Relu, pooling: None };
    let pass = Pass { product, kind };
    let sum = pass.commands(KernelChoice::Tile, &[])[1].kernel.name().to_owned();
    assert!(sum.starts_with("sum_parts/"), "{sum}");
    gpu.spoil_kernel(&sum, |text| text.replace("out[", "out[1u + "));
    let (mut tuning, mut choices) = (Tuning::new(&gpu, None).unwrap(), KernelChoices::default());
    block_on(tuning.choose(&[pass], &mut choices)).unwrap();
    gpu.restore_kernels();
    assert!(tuning.wrong().contains(&sum), "{:?}", tuning.wrong());
    let chosen = pass.commands(choices.get(&pass).unwrap(), &[]);
    assert!(chosen.iter().all(|command| command.kernel.name() != sum), "{chosen:?}");
}

#[test]
fn the_commands_of_every_choice_count_the_multiply_adds_of_the_formula() {
    let Some(gpu) = gpu() else { return };
    for pass in plan(&gpu).passes() {
        let formula = (pass.product.output_elements() * pass.product.terms()) as u64;
        for choice in KernelChoice::available(&gpu) {
            let commands = pass.commands(choice, &[]);
            let counted: u64 = commands.iter().map(|command| command.multiply_adds).sum();
            assert_eq!(counted, formula, "{pass}: {choice:?}");
        }
    }
}

#[test]
fn a_pooling_of_single_pixels_trains_by_every_choice() {
    let Some(gpu) = gpu() else { return };
    for choice in KernelChoice::available(&gpu) {
        let model = Sequential::new([6, 6, 3])
            .add(Conv2d::new(16, 3).activation(Activation::Relu))
            .add(MaxPooling2d::new(1))
            .add(Flatten {})
            .add(Dense::new(4));
        let model = initialized(model.build().unwrap());
        let data = pictures(1, [6, 6, 3], 4, 8);
        let options = TrainOptions { epochs: 1, batch_size: 8, kernels: choice, ..TrainOptions::default() };
        let plan = TrainingPlan::new(&gpu, &model, &data, None, &options).unwrap();
        let mut trainer = plan.start(&data, None).unwrap();
        assert!(Blocking::fit(&mut trainer, &mut ()).unwrap().epochs[0].loss.is_finite(), "{choice:?}");
    }
}

#[test]
fn the_kernels_that_are_given_are_those_that_run() {
    let Some(gpu) = gpu() else { return };
    let fixed = loss(&plan(&gpu));
    for choice in KernelChoice::available(&gpu) {
        // Training changes the weights that a plan begins with.
        let plan = plan(&gpu);
        let given = plan.with_choices(&all(&plan, choice)).unwrap();
        // Which passes there are follows from the choices.
        let given = given.with_choices(&all(&given, choice)).unwrap();
        let kernels = kernels(&given);
        for pass in given.passes() {
            for command in pass.commands(choice, &[]) {
                assert!(kernels.iter().any(|kernel| kernel == command.kernel.name()), "{pass}: {kernels:?}");
            }
        }
        assert!((loss(&given) - fixed).abs() < 1e-3);
    }
}

#[test]
fn a_given_kernel_that_failed_on_the_adapter_is_refused_by_its_name() {
    let Some(gpu) = gpu() else { return };
    let mut failed = FailedKernels::default();
    failed.insert(&gpu, "conv2d/forward.block");
    let request = AdapterRequest { limits: LimitsRequest::Webgpu, failed, ..Default::default() };
    let plan = plan(&block_on(Gpu::open(&request)).unwrap());
    let choices = all(&plan, KernelChoice::Block);
    let refused = plan.with_choices(&choices).err().unwrap();
    let TrainError::Kernel { kernel, pass, .. } = &refused else { panic!("{refused}") };
    assert_eq!(kernel, "conv2d/forward.block");
    assert!(pass.starts_with("conv2d forward: 8 x (6->4 by 3, 6->4 by 3), 16->16 channels"), "{pass}");
    assert!(plan.with_choices(&all(&plan, KernelChoice::Naive)).is_ok(), "the last resort is always there");
}

#[test]
fn a_training_goes_on_where_a_kernel_of_its_own_failed_or_cannot_run() {
    let Some(gpu) = gpu() else { return };
    for choice in KernelChoice::available(&gpu) {
        let began = plan(&gpu);
        let began = began.with_choices(&all(&began, choice)).unwrap();
        let choices = all(&began, choice);
        let began = began.with_choices(&choices).unwrap();
        let checkpoint = Blocking::checkpoint(&began.start(&data(), None).unwrap()).unwrap();
        // A pooling would run by itself where only the kernel with it failed.
        let by_itself = |pass: &&Pass| pass.to_string().starts_with("conv2d forward: 8 x (6->4 by 3");
        let pass = *began.passes().iter().find(by_itself).unwrap();
        let kernel = pass.commands(choice, &[])[0].kernel.name().to_owned();
        let mut failed = FailedKernels::default();
        failed.insert(&gpu, &kernel);
        let request = AdapterRequest { limits: LimitsRequest::Webgpu, failed, ..Default::default() };
        let without_the_kernel = block_on(Gpu::open(&request)).unwrap();
        // It has no subgroups.
        let (device, queue) = own_device(wgpu::Limits::default()).unwrap();
        let without_subgroups = Gpu::from_device(device, queue);
        for (elsewhere, is_refused, reason) in [
            (without_the_kernel, choice != KernelChoice::Naive, "it was found wrong there"),
            (without_subgroups, choice == KernelChoice::Subgroup, "it cannot run there"),
        ] {
            let plan = plan(&elsewhere);
            assert_eq!(plan.with_choices(&choices).is_err(), is_refused, "{choice:?}: {reason}");
            let (plan, replaced) = plan.going_on_with(&choices).unwrap();
            assert_eq!(!replaced.is_empty(), is_refused, "{choice:?}: {replaced:?}");
            for replaced in &replaced {
                let told = replaced.to_string();
                assert!(told.contains(&format!("'{}'", replaced.kernel)) && told.contains(reason), "{told}");
            }
            if is_refused {
                let first = replaced.iter().find(|replaced| replaced.pass == pass.to_string()).unwrap();
                assert_eq!(first.kernel, kernel);
                assert!(!kernels(&plan).contains(&kernel), "{:?}", kernels(&plan));
            }
            // The checkpoint is taken there, trained on, and taken here again.
            let mut trainer = plan.start(&data(), None).unwrap();
            trainer.restore(&checkpoint).unwrap();
            assert!(Blocking::fit(&mut trainer, &mut ()).unwrap().epochs[0].loss.is_finite());
            let back = Blocking::checkpoint(&trainer).unwrap();
            began.start(&data(), None).unwrap().restore(&back).unwrap();
        }
    }
}
