//! What `ocellus doctor` tries: every kernel there is, and each that is wrong is found by its name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::rc::Rc;

use ocellus::data::Dataset;
use ocellus::doctor::sweep::{self, Extent, bias};
use ocellus::doctor::{
    OpReport, Training, examine_kernels, examine_trainings, read_failures, reference_gradients, remember_failures,
    update_failures,
};
use ocellus::gpu::{self, AdapterRequest, FailedKernels, Gpu, LimitsRequest};
use ocellus::model::{Activation, Model, Sequential, layers::*, lecture};
use ocellus::ops::{Bias, KernelChoice};
use ocellus::reference::finite_differences::deviation;
use ocellus::train::{Blocking, Optimizer, TrainOptions, Trainer, TrainingPlan};
use pollster::block_on;

use crate::support::{self, wrong};
use crate::train_models::pictures;

/// The kernels of the table.
fn all_kernels() -> BTreeSet<&'static str> {
    gpu::shader_files().iter().map(|&(name, _)| name).filter(|name| !name.starts_with("common/")).collect()
}

#[test]
fn the_quick_sweep_judges_every_kernel_that_the_device_can_run() {
    let Some(gpu) = support::gpu() else { return };
    let mut judged = BTreeSet::new();
    for sweep in sweep::all(&gpu, Extent::Quick) {
        for case in sweep.cases {
            let case = case();
            let verdicts = block_on(case.run(&gpu)).unwrap();
            assert_eq!(verdicts.len(), case.kernels().count(), "{} asks nothing of some command", case.description);
            judged.extend(verdicts.iter().map(|verdict| verdict.kernel.clone()));
            let wrong = wrong(verdicts);
            assert!(wrong.is_empty(), "{}: {}", case.description, wrong.join("; "));
        }
    }
    let runs = |name: &str| gpu.subgroup_size() == Some(8) || !name.contains(".subgroup");
    let forgotten: Vec<_> = all_kernels().into_iter().filter(|name| runs(name) && !judged.contains(*name)).collect();
    assert!(forgotten.is_empty(), "add a case to doctor/sweep/ for {}", forgotten.join(", "));
}

/// Adds 1 to whatever the kernel stores in a storage buffer.
fn one_more(text: &str) -> String {
    let stored = |line: &&str| line.contains("var<storage, read_write>");
    let name = |line: &str| line.split("> ").nth(1).and_then(|rest| rest.split(':').next()).unwrap().to_owned();
    let names: Vec<String> = text.lines().filter(stored).map(name).collect();
    let changed = |line: &str| {
        let code = line.trim_start();
        let stores = names.iter().any(|name| code.starts_with(&format!("{name}[")));
        match line.split_once("] = ").filter(|_| stores) {
            Some((place, value)) => format!("{place}] = 1 + ({});", value.trim_end_matches(';')),
            None => line.to_owned(),
        }
    };
    text.lines().map(changed).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_kernel_that_stores_wrong_numbers_is_named_and_no_other() {
    let Some(gpu) = support::own_gpu() else { return };
    // The smallest case of every kernel.
    let mut of_kernel = BTreeMap::new();
    for case in sweep::all(&gpu, Extent::Quick).into_iter().flat_map(|sweep| sweep.cases) {
        let case = Rc::new(case());
        for kernel in case.kernels() {
            of_kernel.entry(kernel.to_owned()).or_insert_with(|| case.clone());
        }
    }
    for (kernel, case) in of_kernel {
        gpu.spoil_kernel(&kernel, one_more);
        let verdicts = block_on(case.run(&gpu)).unwrap();
        let named: BTreeSet<&str> =
            verdicts.iter().filter(|verdict| verdict.outcome.is_err()).map(|verdict| &*verdict.kernel).collect();
        assert_eq!(named, [&*kernel].into(), "{}", case.description);
        gpu.restore_kernels();
        let wrong = wrong(block_on(case.run(&gpu)).unwrap());
        assert!(wrong.is_empty(), "with its own text: {}", wrong.join("; "));
    }
}

#[test]
fn a_kernel_that_does_not_compile_is_named_and_hides_no_other() {
    let Some(gpu) = support::own_gpu() else { return };
    let cases = sweep::all(&gpu, Extent::Quick).into_iter().find(|sweep| sweep.op == "conv2d").unwrap().cases;
    let case = cases.into_iter().map(|case| case()).max_by_key(|case| case.kernels().collect::<BTreeSet<_>>().len());
    let case = case.unwrap();
    let kernels: BTreeSet<String> = case.kernels().map(str::to_owned).collect();
    assert!(kernels.len() >= 5, "{kernels:?}");
    for kernel in &kernels {
        gpu.spoil_kernel(kernel, |_| "no kernel".to_owned());
        let verdicts = block_on(case.run(&gpu)).unwrap();
        let named: BTreeSet<&str> =
            verdicts.iter().filter(|verdict| verdict.outcome.is_err()).map(|verdict| &*verdict.kernel).collect();
        assert_eq!(named, [&**kernel].into());
        // A sum over the parts that another kernel makes cannot be judged without them.
        let unjudged = kernels.iter().filter(|kernel| verdicts.iter().all(|verdict| verdict.kernel != **kernel));
        assert!(unjudged.into_iter().all(|kernel| kernel.starts_with("sum_rows/")), "{kernel}");
    }
    gpu.restore_kernels();
}

#[test]
fn every_op_has_a_sweep() {
    let Some(gpu) = support::gpu() else { return };
    let folders: BTreeSet<&str> = all_kernels().iter().filter_map(|name| name.split('/').next()).collect();
    let swept: BTreeSet<&str> = sweep::all(&gpu, Extent::Quick).iter().map(|sweep| sweep.op).collect();
    assert_eq!(swept, folders, "each folder of shaders/ has a file in doctor/sweep/ and a line in its mod.rs");
}

#[test]
fn every_gradient_of_the_reference_is_held_against_finite_differences() {
    let found = reference_gradients();
    let wrong: Vec<_> = found.iter().filter(|gradient| !gradient.is_right()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/reference");
    let with_gradients: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| fs::read_to_string(path).unwrap().contains("\npub fn gradient"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|name| name != "finite_differences")
        .collect();
    let examined: BTreeSet<String> = found.iter().map(|gradient| gradient.op.to_owned()).collect();
    let forgotten: Vec<_> = with_gradients.difference(&examined).collect();
    assert!(forgotten.is_empty(), "add to doctor/gradients.rs: {forgotten:?}");
}

#[test]
fn a_gradient_that_is_none_is_found() {
    let twice = |x: &[f64]| x.iter().map(|x| 2.0 * x).collect();
    assert!(deviation(twice, &[1.0, 3.0], &[0.5, 0.5], &[2.0, 6.0]) < 1e-9);
    assert!(deviation(twice, &[1.0, 3.0], &[0.5, 0.5], &[2.0, 6.1]) > 1e-2);
    assert!(deviation(twice, &[1.0, 3.0], &[0.5, 0.5], &[2.0, f64::NAN]).is_infinite());
    assert!(deviation(twice, &[1.0, 3.0], &[0.5, 0.5], &[2.0]).is_infinite());
}

#[test]
fn short_trainings_have_every_optimizer_and_are_right() {
    let Some(gpu) = support::own_gpu() else { return };
    let trainings = block_on(examine_trainings(&gpu, &())).unwrap();
    let names: BTreeSet<String> = trainings.iter().map(|training| training.optimizer.describe()).collect();
    assert_eq!(names.len(), trainings.len(), "{names:?}");
    assert!(Optimizer::NAMES.iter().all(|name| names.contains(*name)), "{names:?}");
    assert!(trainings.iter().all(Training::is_right), "{trainings:?}");
}

#[test]
fn a_training_that_goes_wrong_is_not_right() {
    let right = Training {
        optimizer: Optimizer::adam(),
        first_loss: 2.0,
        last_loss: 1.0,
        weights_hashes: [7, 7],
        is_memory_steady: true,
    };
    assert!(right.is_right());
    for wrong in [
        Training { last_loss: 2.0, ..right.clone() },
        Training { last_loss: f64::NAN, ..right.clone() },
        Training { weights_hashes: [7, 8], ..right.clone() },
        Training { is_memory_steady: false, ..right },
    ] {
        assert!(!wrong.is_right(), "{wrong:?}");
    }
}

/// A model that trains by as many of the kernels behind the choice as one can.
fn model() -> Model {
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
fn of_training(gpu: &Gpu, model: &Model, data: &Dataset, options: &TrainOptions) -> BTreeSet<String> {
    let plan = TrainingPlan::new(gpu, model, data, None, options).unwrap();
    let commands = plan.recordings().into_iter().flat_map(|recording| recording.commands());
    commands.map(|command| command.kernel.name().to_owned()).collect()
}

fn opened_with(failed: FailedKernels) -> Gpu {
    let request = AdapterRequest { limits: LimitsRequest::Webgpu, failed, ..Default::default() };
    block_on(Gpu::open(&request)).unwrap()
}

#[test]
fn a_kernel_that_failed_is_not_chosen_again_and_training_goes_on() {
    let Some(gpu) = support::own_gpu() else { return };
    let folder = tempfile::tempdir().unwrap();
    let data = pictures(1, [12, 12, 3], 8, 16);
    for kernels in [KernelChoice::Fast, KernelChoice::Block] {
        let options = TrainOptions { epochs: 1, batch_size: 8, kernels, ..TrainOptions::default() };
        let chosen = of_training(&gpu, &model(), &data, &options);
        let behind_the_choice: Vec<_> = chosen.iter().filter(|kernel| KernelChoice::has_plainer(kernel)).collect();
        assert!(behind_the_choice.len() >= 5, "{chosen:?}");
        for kernel in behind_the_choice {
            // As doctor finds it.
            gpu.spoil_kernel(kernel, one_more);
            let op = kernel.split('/').next().unwrap();
            let sweeps = sweep::all(&gpu, Extent::Quick).into_iter().filter(|sweep| sweep.op == op).collect();
            let ops = block_on(examine_kernels(&gpu, sweeps, &())).unwrap();
            gpu.restore_kernels();
            let mut failed = FailedKernels::default();
            update_failures(&mut failed, &gpu, &ops, Extent::Quick);
            remember_failures(&failed, Some(folder.path())).unwrap();

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
fn where_a_tiled_kernel_failed_its_pass_takes_the_blocked_one() {
    let Some(gpu) = support::gpu() else { return };
    let (model, data) = (lecture([32, 32, 3], 10).unwrap(), pictures(1, [32, 32, 3], 10, 16));
    let options = TrainOptions { batch_size: 8, kernels: KernelChoice::Tile, ..TrainOptions::default() };
    let tiled = |kernels: BTreeSet<String>| kernels.into_iter().filter(|kernel| kernel.contains(".tile")).collect();
    let chosen: Vec<String> = tiled(of_training(&gpu, &model, &data, &options));
    assert_eq!(chosen.len(), 4, "{chosen:?}");
    for kernel in &chosen {
        let mut failed = FailedKernels::default();
        failed.insert(&gpu, kernel);
        let without = of_training(&opened_with(failed), &model, &data, &options);
        let (pass, _) = kernel.split_once(".tile").unwrap();
        let blocked = [".block", ".few_channels"].map(|ending| format!("{pass}{ending}"));
        assert!(blocked.iter().any(|kernel| without.contains(kernel)), "{kernel}: {without:?}");
        let left: Vec<String> = tiled(without);
        assert!(left.len() == 3 && !left.contains(kernel), "{kernel}: {left:?}");
    }
}

#[test]
fn where_every_kernel_failed_the_naive_ones_run() {
    let Some(gpu) = support::gpu() else { return };
    let mut failed = FailedKernels::default();
    all_kernels().into_iter().for_each(|kernel| failed.insert(&gpu, kernel));
    let data = pictures(1, [12, 12, 3], 8, 16);
    let left = of_training(&opened_with(failed), &model(), &data, &TrainOptions::default());
    let avoidable: Vec<_> = left.iter().filter(|kernel| KernelChoice::has_plainer(kernel)).collect();
    assert!(avoidable.is_empty(), "{avoidable:?}");
    for kernel in ["conv2d/forward.naive", "matmul/naive", "max_pooling2d/gradient", "sum_rows/partial"] {
        assert!(left.contains(kernel), "{kernel} is not in {left:?}");
    }
}

#[test]
fn a_full_examination_takes_a_kernel_that_is_right_off_the_list_and_a_quick_one_does_not() {
    let Some(gpu) = support::gpu() else { return };
    let mut list = FailedKernels::default();
    list.insert(&gpu, "add/forward");
    list.insert(&gpu, "bias/forward");
    let sweeps = || sweep::all(&gpu, Extent::Quick).into_iter().filter(|sweep| sweep.op == "add").collect();
    let ops = block_on(examine_kernels(&gpu, sweeps(), &())).unwrap();
    let before = list.clone();
    update_failures(&mut list, &gpu, &ops, Extent::Quick);
    assert_eq!(list, before);
    update_failures(&mut list, &gpu, &ops, Extent::Full);
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
    let path = remember_failures(&list, Some(folder.path())).unwrap();
    assert_eq!(read_failures(folder.path()), list);
    fs::write(&path, [0xff; 100]).unwrap();
    assert_eq!(read_failures(folder.path()), FailedKernels::default());
    fs::write(&path, vec![b' '; 5 << 20]).unwrap();
    assert_eq!(read_failures(folder.path()), FailedKernels::default());
}

#[test]
fn a_wrong_kernel_makes_the_report_of_its_op_wrong_and_of_no_other() {
    let Some(gpu) = support::own_gpu() else { return };
    gpu.spoil_kernel("softmax/gradient", one_more);
    let wanted = ["softmax", "add", "softmax_cross_entropy"];
    let sweeps = sweep::all(&gpu, Extent::Quick).into_iter().filter(|sweep| wanted.contains(&sweep.op)).collect();
    let ops = block_on(examine_kernels(&gpu, sweeps, &())).unwrap();
    let wrong: Vec<&OpReport> = ops.iter().filter(|op| !op.is_right()).collect();
    let [OpReport { op, kernels }] = wrong.as_slice() else { panic!("{wrong:?}") };
    assert_eq!(op, "softmax");
    let [forward, gradient] = [&kernels[0], &kernels[1]];
    assert_eq!((forward.kernel.as_str(), forward.wrong), ("softmax/forward", 0));
    assert_eq!((gradient.kernel.as_str(), gradient.wrong), ("softmax/gradient", gradient.runs));
    assert!(gradient.failures[0].starts_with("dx: element 0 is ") && gradient.failures[0].contains("Softmax { rows: "));
}

/// No WGSL at all.
fn nonsense(_: &str) -> String {
    "no program".to_owned()
}

#[test]
fn a_kernel_that_the_device_does_not_take_is_named() {
    let Some(gpu) = support::own_gpu() else { return };
    gpu.spoil_kernel("bias/forward", nonsense);
    let verdicts = block_on(bias::case(Bias { rows: 3, channels: 5 }).run(&gpu)).unwrap();
    let [wrong] = &wrong(verdicts)[..] else { panic!("not one") };
    assert!(wrong.starts_with("bias/forward: ") && wrong.contains("no program"), "{wrong}");
}
