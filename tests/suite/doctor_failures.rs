//! The list of kernels that failed: what comes on it, what is chosen without them, and who may change it.

use std::collections::BTreeSet;
use std::fs;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use ocellus::data::{Dataset, Watch};
use ocellus::doctor::sweep::{self, Extent, Planned, Sweep};
use ocellus::doctor::{
    Examination, Findings, KernelReport, OpReport, examine_device, examine_kernels, read_failures, remember_failures,
};
use ocellus::gpu::fault::{self, Fault};
use ocellus::gpu::{AdapterRequest, FailedKernels, Gpu, LimitsRequest};
use ocellus::model::{Activation, Model, Sequential, layers::*, lecture};
use ocellus::ops::KernelChoice;
use ocellus::train::{Blocking, TrainOptions, Trainer, TrainingPlan};
use pollster::block_on;

use crate::doctor::{all_kernels, one_more};
use crate::support;
use crate::train_models::pictures;

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

/// The request for the tests' adapter.
fn webgpu() -> AdapterRequest {
    AdapterRequest { limits: LimitsRequest::Webgpu, ..Default::default() }
}

fn opened_with(failed: FailedKernels) -> Gpu {
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

/// The layer and the kernel of each command of a training step that runs a kernel of convolution.
fn convolutions_by_layer(
    gpu: &Gpu,
    model: &Model,
    data: &Dataset,
    options: &TrainOptions,
) -> BTreeSet<(String, String)> {
    let plan = TrainingPlan::new(gpu, model, data, None, options).unwrap();
    let commands = plan.recordings().into_iter().flat_map(|recording| recording.commands());
    let named = commands.map(|command| (command.scope.clone(), command.kernel.name().to_owned()));
    named.filter(|(_, kernel)| kernel.starts_with("conv2d/")).collect()
}

#[test]
fn where_a_tiled_kernel_failed_its_layer_takes_the_next_plainer_one() {
    let Some(gpu) = support::gpu() else { return };
    let (model, data) = (lecture([32, 32, 3], 10).unwrap(), pictures(1, [32, 32, 3], 10, 16));
    let options = TrainOptions { batch_size: 8, epochs: 1, kernels: KernelChoice::Tile, ..TrainOptions::default() };
    let trained = |gpu: &Gpu| {
        model.initialize(1);
        Blocking::fit(&mut Trainer::new(gpu, &model, &data, None, &options).unwrap(), &mut ()).unwrap();
        model.weights_hash()
    };
    let all = convolutions_by_layer(&gpu, &model, &data, &options);
    let tiled: BTreeSet<&String> = all.iter().map(|(_, kernel)| kernel).filter(|name| name.contains(".tile")).collect();
    assert_eq!(tiled.len(), 7, "{tiled:?}");
    let expected = trained(&gpu);
    for kernel in tiled {
        let mut failed = FailedKernels::default();
        failed.insert(&gpu, kernel);
        let without_it = opened_with(failed);
        let left = convolutions_by_layer(&without_it, &model, &data, &options);
        // Without the kernel in which the pooling stands, the tiled one without it.
        let (pass, _) = kernel.split_once(".tile").unwrap();
        let instead = match kernel.split_once(".pooled") {
            Some((tiled, _)) => vec![tiled.to_owned()],
            None => [".block", ".few_channels"].map(|ending| format!("{pass}{ending}")).to_vec(),
        };
        for (layer, other) in &all {
            // Where a forward pass does not pool, no gradient is taken from a pooled one in its layer.
            let pools = kernel.contains("forward") && kernel.contains(".pooled");
            let lost = pools && all.contains(&(layer.clone(), kernel.clone()));
            let wanted = match other.split_once(".pooled") {
                _ if other == kernel => instead.clone(),
                Some((unpooled, _)) if lost => vec![unpooled.to_owned()],
                _ => vec![other.clone()],
            };
            assert!(!lost || left.iter().all(|(own, left)| own != layer || !left.contains(".pooled")), "{left:?}");
            let runs = |kernel: &String| left.contains(&(layer.clone(), kernel.clone()));
            assert!(wanted.iter().any(runs), "{layer} without {kernel}: {left:?}");
        }
        assert!(left.iter().all(|(_, left)| left != kernel), "{kernel}: {left:?}");
        if kernel.contains(".pooled") {
            assert_eq!(trained(&without_it), expected, "with the pooling by itself come the same bits: {kernel}");
        }
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

/// The quick sweep of this op.
fn quick(gpu: &Gpu, op: &str) -> Sweep {
    sweep::all(gpu, Extent::Quick).into_iter().find(|sweep| sweep.op == op).unwrap()
}

/// The same, where these faults come before its first cases.
fn failing(gpu: &Gpu, op: &str, faults: &[Fault]) -> Sweep {
    let Sweep { op, cases } = quick(gpu, op);
    let mut faults = faults.iter().copied();
    let cases = cases.into_iter().map(|case| {
        let (gpu, fault) = (gpu.clone(), faults.next());
        Box::new(move || {
            fault.into_iter().for_each(|fault| fault::inject(&gpu, fault));
            case()
        }) as Planned
    });
    Sweep { op, cases: cases.collect() }
}

/// What was found of add, softmax and sum_rows where add is wrong and these faults come before softmax' first cases.
fn failing_in_softmax(gpu: &Gpu, adapter: &AdapterRequest, faults: &[Fault]) -> [OpReport; 3] {
    gpu.spoil_kernel("add/forward", one_more);
    let sweeps = vec![quick(gpu, "add"), failing(gpu, "softmax", faults), quick(gpu, "sum_rows")];
    block_on(examine_kernels(gpu, Vec::new(), adapter, sweeps, &())).try_into().unwrap()
}

/// How often kernels of this op were judged.
fn runs(op: &OpReport) -> usize {
    op.kernels.iter().map(|kernel| kernel.runs).sum()
}

#[test]
fn a_device_that_is_lost_is_told_with_case_and_kernels_and_takes_nothing_away_that_was_found() {
    let Some(gpu) = support::own_gpu() else { return };
    let left = quick(&gpu, "softmax").cases.len() - 1;
    let ops = failing_in_softmax(&gpu, &webgpu(), &[Fault::Lost(0)]);
    let [add, softmax, sum_rows] = &ops;
    assert!(add.kernels.iter().any(|kernel| kernel.kernel == "add/forward" && kernel.wrong > 0), "{add:?}");
    let [fault] = softmax.faults.as_slice() else { panic!("{softmax:?}") };
    let rest = format!("{left} more cases of softmax were not examined");
    for words in ["in Softmax { rows: ", "by softmax/forward, softmax/gradient: ", "device was lost", &rest] {
        assert!(fault.contains(words), "'{words}' is not in: {fault}");
    }
    assert!(!softmax.is_right() && runs(softmax) == 0, "{softmax:?}");
    assert!(sum_rows.is_right() && runs(sum_rows) > 0, "{sum_rows:?}");
    // Which of the two kernels it was is not known; neither do they come off the list.
    let mut list = FailedKernels::default();
    list.insert(&gpu, "softmax/gradient");
    Findings::new(&gpu, &ops, Extent::Full).update(&mut list);
    assert_eq!(opened_with(list).failed_kernels(), ["add/forward", "softmax/gradient"]);
}

#[test]
fn a_kernel_that_loses_the_device_by_itself_comes_on_the_list() {
    let Some(gpu) = support::own_gpu() else { return };
    let sweeps = vec![failing(&gpu, "optimizer", &[Fault::Lost(0)])];
    let ops = block_on(examine_kernels(&gpu, Vec::new(), &webgpu(), sweeps, &()));
    let wrong: Vec<_> = ops[0].kernels.iter().filter(|kernel| kernel.wrong > 0).collect();
    let [kernel] = wrong.as_slice() else { panic!("{ops:?}") };
    assert!(kernel.failures[0].contains("device was lost"), "{kernel:?}");
    let mut list = FailedKernels::default();
    Findings::new(&gpu, &ops, Extent::Quick).update(&mut list);
    assert_eq!(opened_with(list).failed_kernels(), [kernel.kernel.as_str()]);
}

/// Where two threads wait for each other, but not for ever.
#[derive(Clone, Default)]
struct Meeting(Arc<(Mutex<usize>, Condvar)>);

impl Meeting {
    /// Comes, and goes on when the other has come as often.
    fn meet(&self) {
        let (come, changed) = &*self.0;
        let mut come = come.lock().unwrap();
        *come += 1;
        let wanted = come.next_multiple_of(2);
        changed.notify_all();
        let (_come, waited) = changed.wait_timeout_while(come, Duration::from_secs(60), |come| *come < wanted).unwrap();
        assert!(!waited.timed_out(), "the other case does not run at the same time");
    }
}

/// The quick sweep of this op, whose first two cases run at the same time and do this before.
fn meeting(gpu: &Gpu, op: &str, first: impl Fn() + Clone + Send + 'static) -> Sweep {
    let Sweep { op, cases } = quick(gpu, op);
    let meeting = Meeting::default();
    let cases = cases.into_iter().enumerate().map(|(place, case)| {
        let (first, meeting) = (first.clone(), meeting.clone());
        Box::new(move || {
            if place < 2 {
                meeting.meet();
                first();
                // Neither goes on before both have done it.
                meeting.meet();
            }
            case()
        }) as Planned
    });
    Sweep { op, cases: cases.collect() }
}

#[test]
fn on_two_devices_at_once_the_same_is_found_as_on_one() {
    let Some(gpu) = support::own_gpu() else { return };
    let other = support::own_gpu().unwrap();
    [&gpu, &other].into_iter().for_each(|gpu| gpu.spoil_kernel("sum_rows/partial", one_more));
    let at_once = vec![meeting(&gpu, "sum_rows", || ()), quick(&gpu, "softmax")];
    let reports = block_on(examine_kernels(&gpu, vec![other], &webgpu(), at_once, &()));
    let by_one = ["sum_rows", "softmax"].map(|op| quick(&gpu, op)).into();
    assert_eq!(reports, block_on(examine_kernels(&gpu, Vec::new(), &webgpu(), by_one, &())));
    let wrong: Vec<_> = reports.iter().flat_map(|op| &op.kernels).filter(|kernel| kernel.wrong > 0).collect();
    let [kernel] = wrong.as_slice() else { panic!("{wrong:?}") };
    assert!(kernel.kernel == "sum_rows/partial" && kernel.failures.len() == 3, "{kernel:?}");
}

#[test]
fn of_devices_that_are_lost_at_once_each_case_is_tried_by_itself_and_the_others_after_it() {
    let Some(gpu) = support::own_gpu() else { return };
    let other = support::own_gpu().unwrap();
    let usual: Vec<usize> = block_on(examine_kernels(&gpu, Vec::new(), &webgpu(), vec![quick(&gpu, "optimizer")], &()))
        .iter()
        .map(runs)
        .collect();
    let devices = [gpu.clone(), other.clone()];
    let lose = move || devices.iter().for_each(|gpu| fault::inject(gpu, Fault::Lost(0)));
    let sweeps = vec![meeting(&gpu, "optimizer", lose), quick(&gpu, "softmax")];
    let reports = block_on(examine_kernels(&gpu, vec![other], &webgpu(), sweeps, &()));
    let [optimizer, softmax] = reports.as_slice() else { panic!("{reports:?}") };
    let [first, second] = optimizer.faults.as_slice() else { panic!("{optimizer:?}") };
    for fault in [first, second] {
        assert!(
            fault.contains("device was lost") && fault.ends_with("beside other cases, and by itself it is right"),
            "{fault}"
        );
    }
    assert!(optimizer.kernels.iter().all(|kernel| kernel.wrong == 0), "{optimizer:?}");
    assert_eq!([runs(optimizer)], usual[..], "every case ran");
    assert!(softmax.is_right() && runs(softmax) > 0, "{softmax:?}");
}

#[test]
fn of_devices_that_are_gone_for_good_every_case_is_told_and_no_kernel_is_blamed() {
    let Some(gpu) = support::own_gpu() else { return };
    let other = support::own_gpu().unwrap();
    let nowhere = AdapterRequest { adapter: Some("an adapter that is gone".to_owned()), ..webgpu() };
    let devices = [gpu.clone(), other.clone()];
    let lose = move || devices.iter().for_each(|gpu| fault::inject(gpu, Fault::Lost(0)));
    let sweeps = vec![meeting(&gpu, "optimizer", lose), quick(&gpu, "softmax")];
    let left = sweeps[0].cases.len() - 2;
    let reports = block_on(examine_kernels(&gpu, vec![other], &nowhere, sweeps, &()));
    let [optimizer, softmax] = reports.as_slice() else { panic!("{reports:?}") };
    let [fault] = optimizer.faults.as_slice() else { panic!("{optimizer:?}") };
    let rest = format!("; {left} more cases of optimizer were not examined");
    assert!(fault.matches("device was lost").count() == 2 && fault.ends_with(&rest), "{fault}");
    assert!(optimizer.kernels.iter().all(|kernel| kernel.wrong == 0) && runs(optimizer) == 0, "{optimizer:?}");
    assert!(softmax.faults.len() == 1 && softmax.faults[0].starts_with("nothing of it was examined"), "{softmax:?}");
}

#[test]
fn where_memory_is_short_beside_another_case_one_is_tried_by_itself() {
    let Some(gpu) = support::own_gpu() else { return };
    let other = support::own_gpu().unwrap();
    let devices = [gpu.clone(), other.clone()];
    let lack = move || devices.iter().for_each(|gpu| fault::inject(gpu, Fault::SubmissionMemory(0)));
    let sweep = || meeting(&gpu, "softmax", lack.clone());
    let by_one = block_on(examine_kernels(&gpu, Vec::new(), &webgpu(), vec![quick(&gpu, "softmax")], &()));
    assert!(by_one[0].is_right(), "{by_one:?}");
    // The first case that is done fails, and only then there is memory again.
    let enough = Enough([gpu.clone(), other.clone()]);
    let found = block_on(examine_kernels(&gpu, vec![other.clone()], &webgpu(), vec![sweep()], &enough));
    assert_eq!(found, by_one);
    // Where there is none by itself either, that counts.
    let found = block_on(examine_kernels(&gpu, vec![other], &webgpu(), vec![sweep()], &()));
    assert!(found[0].faults.len() == 3 && runs(&found[0]) == 0, "{found:?}");
}

/// Gives devices memory again when a case is done.
struct Enough([Gpu; 2]);

impl Watch for Enough {
    fn advance(&self, _amount: u64) {
        self.0.iter().for_each(|gpu| fault::inject(gpu, Fault::SubmissionMemory(u64::MAX)));
    }
}

#[test]
fn what_cannot_be_examined_without_a_device_or_memory_is_said() {
    let Some(gpu) = support::own_gpu() else { return };
    let nowhere = AdapterRequest { adapter: Some("an adapter that is gone".to_owned()), ..webgpu() };
    let [add, softmax, sum_rows] = failing_in_softmax(&gpu, &nowhere, &[Fault::Lost(0)]);
    assert!(!add.is_right() && softmax.faults.len() == 1, "{softmax:?}");
    let [fault] = sum_rows.faults.as_slice() else { panic!("{sum_rows:?}") };
    assert!(fault.starts_with("nothing of it was examined") && fault.contains("an adapter that is gone"), "{fault}");

    // A case for which there is no memory says nothing of the others.
    let gpu = support::own_gpu().unwrap();
    let faults = [Fault::SubmissionMemory(0), Fault::SubmissionMemory(u64::MAX)];
    let [_, softmax, sum_rows] = failing_in_softmax(&gpu, &webgpu(), &faults);
    let [fault] = softmax.faults.as_slice() else { panic!("{softmax:?}") };
    assert!(fault.contains("in Softmax { rows: ") && fault.contains("out of memory"), "{fault}");
    assert!(softmax.kernels.iter().all(|kernel| kernel.wrong == 0) && runs(&softmax) > 0, "{softmax:?}");
    assert!(sum_rows.is_right(), "{sum_rows:?}");
}
