//! The list of kernels that failed: what comes on it, what is chosen without them, and who may change it.

use std::collections::BTreeSet;
use std::fs;

use ocellus::data::Dataset;
use ocellus::doctor::sweep::{self, Extent, Planned, Sweep};
use ocellus::doctor::{
    Examination, Findings, KernelReport, OpReport, examine_device, examine_kernels, read_failures, remember_failures,
};
use ocellus::gpu::{AdapterRequest, FailedKernels, Gpu, LimitsRequest};
use ocellus::model::{Activation, Model, Sequential, layers::*};
use ocellus::ops::KernelChoice;
use ocellus::train::{Blocking, TrainOptions, Trainer, TrainingPlan};
use pollster::block_on;

use crate::doctor::{all_kernels, one_more};
use crate::support;
use crate::train_models::pictures;

/// A model that trains by as many of the kernels behind the choice as one can.
pub fn model() -> Model {
    let model = Sequential::new([12, 12, 3])
        .add(Conv2d::new(16, 3).activation(Activation::Relu))
        .add(Conv2d::new(16, 3).strides(2))
        .add(Conv2d::new(16, 3).use_bias(false))
        .add(MaxPooling2d::new(2))
        .add(Flatten {})
        .add(Dense::new(8))
        .build()
        .unwrap();
    model.initialize(3);
    model
}

/// The kernels of a training step.
pub fn of_training(gpu: &Gpu, model: &Model, data: &Dataset, options: &TrainOptions) -> BTreeSet<String> {
    let plan = TrainingPlan::new(gpu, model, data, None, options).unwrap();
    let commands = plan.recordings().into_iter().flat_map(|recording| recording.commands());
    commands.map(|command| command.kernel.name().to_owned()).collect()
}

/// The request for the tests' adapter.
pub fn webgpu() -> AdapterRequest {
    AdapterRequest { limits: LimitsRequest::Webgpu, ..Default::default() }
}

/// A device on which these kernels count as failed.
pub fn opened_with(failed: FailedKernels) -> Gpu {
    block_on(Gpu::open(&AdapterRequest { failed, ..webgpu() })).unwrap()
}

/// The quick cases that run this kernel.
fn cases_with(gpu: &Gpu, kernel: &str) -> Vec<Sweep> {
    let op = kernel.split('/').next().unwrap();
    let mut sweeps: Vec<Sweep> = sweep::all(gpu, Extent::Quick).into_iter().filter(|sweep| sweep.op == op).collect();
    for sweep in &mut sweeps {
        let cases = std::mem::take(&mut sweep.cases).into_iter().map(|case| case());
        let with_it = cases.filter(|case| case.kernels().any(|own| own == kernel));
        sweep.cases = with_it.map(|case| Box::new(move || case) as Planned).collect();
    }
    sweeps
}

#[test]
fn a_kernel_that_failed_is_not_chosen_again_and_training_goes_on() {
    let Some(gpu) = support::own_gpu() else { return };
    let data = pictures(1, [12, 12, 3], 8, 16);
    for kernels in [KernelChoice::Fast, KernelChoice::Block] {
        let options = TrainOptions { epochs: 1, batch_size: 8, kernels, ..TrainOptions::default() };
        let chosen = of_training(&gpu, &model(), &data, &options);
        let behind_the_choice: Vec<_> = chosen.iter().filter(|kernel| KernelChoice::has_plainer(kernel)).collect();
        assert!(behind_the_choice.len() >= 5, "{chosen:?}");
        for kernel in behind_the_choice {
            // As doctor finds it.
            gpu.spoil_kernel(kernel, one_more);
            let ops = block_on(examine_kernels(&gpu, Vec::new(), &webgpu(), cases_with(&gpu, kernel), &()));
            gpu.restore_kernels();
            let mut failed = FailedKernels::default();
            let findings = Findings::new(&gpu, &ops, Extent::Quick);
            findings.update(&mut failed);
            let folder = tempfile::tempdir().unwrap();
            remember_failures(&findings, Some(folder.path())).unwrap();
            assert_eq!(read_failures(folder.path()), failed);

            let again = opened_with(read_failures(folder.path()));
            assert_eq!(again.failed_kernels(), [kernel.as_str()]);
            let without = of_training(&again, &model(), &data, &options);
            assert!(!without.contains(kernel), "{kernel} is in {without:?}");
            let mut trainer = Trainer::new(&again, &model(), &data, None, &options).unwrap();
            let history = Blocking::fit(&mut trainer, &mut ()).unwrap();
            assert!(history.epochs[0].loss.is_finite());
        }
    }
}

#[test]
fn a_full_examination_takes_a_kernel_that_is_right_off_the_list_and_a_quick_one_does_not() {
    let Some(gpu) = support::gpu() else { return };
    let mut list = FailedKernels::default();
    list.insert(&gpu, "add/forward");
    list.insert(&gpu, "bias/forward");
    let sweeps = || sweep::all(&gpu, Extent::Quick).into_iter().filter(|sweep| sweep.op == "add").collect();
    let ops = block_on(examine_kernels(&gpu, Vec::new(), &webgpu(), sweeps(), &()));
    let before = list.clone();
    Findings::new(&gpu, &ops, Extent::Quick).update(&mut list);
    assert_eq!(list, before);
    Findings::new(&gpu, &ops, Extent::Full).update(&mut list);
    // What did not run is not known to be right.
    assert_eq!(opened_with(list).failed_kernels(), ["bias/forward"]);
}

#[test]
fn a_list_of_another_adapter_driver_or_text_and_a_damaged_one_count_for_nothing() {
    let Some(gpu) = support::gpu() else { return };
    let mut list = FailedKernels::default();
    list.insert(&gpu, "add/forward");
    let text = list.to_json();
    assert_eq!(FailedKernels::from_json(&text), list);
    let entries: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    for key in ["adapter", "backend", "driver", "kernel", "text"] {
        let mut entry = entries[0].clone();
        entry[key] = "another".into();
        let other = FailedKernels::from_json(&serde_json::json!([entry]).to_string());
        assert_eq!(opened_with(other).failed_kernels(), [""; 0], "another {key}");
        entry[key] = 7.into();
        let mixed = serde_json::json!([entry, null, [], {"adapter": "x"}, entries[0]]).to_string();
        assert_eq!(FailedKernels::from_json(&mixed), list);
    }
    for damaged in ["", "[", "{}", "null", "[[[[", &text[..text.len() - 9], "\u{0}\u{1}"] {
        assert_eq!(FailedKernels::from_json(damaged), FailedKernels::default(), "{damaged}");
    }
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(read_failures(folder.path()), FailedKernels::default());
    let path = folder.path().join("failed-kernels.json");
    fs::write(&path, &text).unwrap();
    assert_eq!(read_failures(folder.path()), list);
    fs::write(&path, [0xff; 100]).unwrap();
    assert_eq!(read_failures(folder.path()), FailedKernels::default());
    fs::write(&path, vec![b' '; 5 << 20]).unwrap();
    assert_eq!(read_failures(folder.path()), FailedKernels::default());
}

/// What is found where kernels ran, and that many of them wrong.
fn found(gpu: &Gpu, kernels: &[(&str, usize)], extent: Extent) -> Findings {
    let report = |&(kernel, wrong): &(&str, usize)| KernelReport {
        kernel: kernel.to_owned(),
        runs: 3,
        wrong,
        ..KernelReport::default()
    };
    let kernels = kernels.iter().map(report).collect();
    Findings::new(gpu, &[OpReport { op: "any".to_owned(), kernels, faults: Vec::new() }], extent)
}

#[test]
fn an_examination_names_the_kernel_that_is_wrong_and_puts_it_on_the_list() {
    let Some(gpu) = support::own_gpu() else { return };
    let adapter = webgpu();
    let only = ["matmul", "add"].map(str::to_owned).to_vec();
    let examination = Examination { extent: Extent::Quick, only: only.clone() };
    let right = block_on(examine_device(&gpu, &adapter, &examination, &())).unwrap();
    assert!(right.is_right());
    assert_eq!(right.ops.iter().map(|op| op.op.as_str()).collect::<Vec<_>>(), ["add", "matmul"]);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(remember_failures(&right.findings, Some(folder.path())).unwrap(), None);

    gpu.spoil_kernel("matmul/forward.block", one_more);
    let report = block_on(examine_device(&gpu, &adapter, &examination, &())).unwrap();
    assert!(!report.is_right());
    let wrong: Vec<_> = report.wrong_kernels().map(|kernel| kernel.kernel.as_str()).collect();
    assert_eq!(wrong, ["matmul/forward.block"]);
    assert!(report.only == only && report.trainings.is_empty() && report.rates.is_none());
    let path = remember_failures(&report.findings, Some(folder.path())).unwrap();
    assert_eq!(path, Some(folder.path().join("failed-kernels.json")));
    assert_eq!(opened_with(read_failures(folder.path())).failed_kernels(), wrong);
}

#[test]
fn programs_that_change_the_list_at_once_lose_nothing_of_each_other() {
    let Some(gpu) = support::gpu() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = &folder.path().join("new");
    let kernels: Vec<&str> = all_kernels().into_iter().collect();
    let (off, on) = kernels.split_at(kernels.len() / 2);
    let before: Vec<_> = off.iter().map(|kernel| (*kernel, 1)).collect();
    remember_failures(&found(&gpu, &before, Extent::Quick), Some(folder)).unwrap();
    // One takes kernels off the list while the other puts some on, each many times.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for kernel in off {
                assert!(remember_failures(&found(&gpu, &[(kernel, 0)], Extent::Full), Some(folder)).unwrap().is_some());
            }
        });
        for kernel in on {
            assert!(remember_failures(&found(&gpu, &[(kernel, 1)], Extent::Quick), Some(folder)).unwrap().is_some());
        }
    });
    assert_eq!(opened_with(read_failures(folder)).failed_kernels(), on);
    // What changes nothing does not write.
    assert_eq!(remember_failures(&found(&gpu, &[(on[0], 1)], Extent::Quick), Some(folder)).unwrap(), None);
}
