//! What `ocellus doctor` tries: every kernel there is, and each that is wrong is found by its name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::rc::Rc;

use ocellus::doctor::sweep::{self, Extent, bias};
use ocellus::doctor::{
    Examination, OpReport, Training, examine, examine_kernels, examine_trainings, reference_gradients,
};
use ocellus::gpu::{self, AdapterRequest};
use ocellus::ops::Bias;
use ocellus::reference::finite_differences::deviation;
use ocellus::train::Optimizer;
use pollster::block_on;

use crate::support::{self, wrong};

/// The kernels of the table.
pub fn all_kernels() -> BTreeSet<&'static str> {
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
pub fn one_more(text: &str) -> String {
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
        let is_sum = |kernel: &String| kernel.starts_with("sum_rows/") || kernel.starts_with("sum_parts/");
        assert!(unjudged.into_iter().all(is_sum), "{kernel}");
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

#[test]
fn a_wrong_kernel_makes_the_report_of_its_op_wrong_and_of_no_other() {
    let Some(gpu) = support::own_gpu() else { return };
    gpu.spoil_kernel("softmax/gradient", one_more);
    let wanted = ["softmax", "add", "softmax_cross_entropy"];
    let sweeps = sweep::all(&gpu, Extent::Quick).into_iter().filter(|sweep| wanted.contains(&sweep.op)).collect();
    let ops = block_on(examine_kernels(&gpu, Vec::new(), &AdapterRequest::default(), sweeps, &()));
    let wrong: Vec<&OpReport> = ops.iter().filter(|op| !op.is_right()).collect();
    let [OpReport { op, kernels, .. }] = wrong.as_slice() else { panic!("{wrong:?}") };
    assert_eq!(op, "softmax");
    let [forward, gradient] = [&kernels[0], &kernels[1]];
    assert_eq!((forward.kernel.as_str(), forward.wrong), ("softmax/forward", 0));
    assert_eq!((gradient.kernel.as_str(), gradient.wrong), ("softmax/gradient", gradient.runs));
    assert!(gradient.failures[0].starts_with("dx: element 0 is ") && gradient.failures[0].contains("Softmax { rows: "));
}

#[test]
fn an_op_that_is_not_there_is_refused_with_those_that_are() {
    if support::gpu().is_none() {
        return;
    }
    let examination = Examination { extent: Extent::Quick, only: vec!["conv".to_owned()] };
    let error = block_on(examine(&AdapterRequest::default(), &examination, &())).unwrap_err().to_string();
    assert!(error.contains("no op 'conv'") && error.contains("conv2d, ") && error.contains("sum_rows"), "{error}");
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
