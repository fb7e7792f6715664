//! What an examination of kernels finds on devices that are lost, short of memory, or more than one.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use ocellus::data::Watch;
use ocellus::doctor::sweep::{self, Extent, Planned, Sweep};
use ocellus::doctor::{Findings, OpReport, examine_kernels};
use ocellus::gpu::fault::{self, Fault};
use ocellus::gpu::{AdapterRequest, FailedKernels, Gpu};
use pollster::block_on;

use crate::doctor::one_more;
use crate::doctor_failures::{opened_with, webgpu};
use crate::support;

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
