//! The cases of an op on several devices at once, and by themselves where something is wrong. What takes the time is
//! compiling, and a case brings few new kernels: lavapipe compiles each where it first runs, one at a time for a device.

use std::iter::Enumerate;
use std::num::NonZero;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{thread, vec};

use super::error::with_causes;
use super::sweep::Planned;
use crate::check::{Case, Verdict};
use crate::data::Watch;
use crate::gpu::{AdapterRequest, Gpu, GpuError};

/// Devices that work at once, at most: each holds the buffers of a case.
const MOST_DEVICES: usize = 4;

/// Devices like `gpu` that `adapter` opens, for cases to run on beside it: one for each further processor, at most three,
/// and fewer where no more can be had.
pub(super) async fn others_like(gpu: &Gpu, adapter: &AdapterRequest) -> Vec<Gpu> {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    // OpenGL's contexts belong to threads.
    let count = if gpu.is_opengl() { 1 } else { processors.min(MOST_DEVICES) };
    let mut others = Vec::new();
    for _ in 1..count {
        match Gpu::open(adapter).await {
            Ok(device) if device.adapter_info() == gpu.adapter_info() => others.push(device),
            // The request finds another adapter now.
            Ok(_) => break,
            Err(error) => {
                log::debug!("no further device for the examination: {}", with_causes(&error));
                break;
            }
        }
    }
    others
}

/// What became of a case.
pub(super) struct Ran {
    /// What the case is.
    pub(super) description: String,
    /// Its kernels, each once, in order.
    pub(super) kernels: Vec<String>,
    /// What came out, or how the device failed.
    pub(super) result: Result<Vec<Verdict>, GpuError>,
}

impl Ran {
    async fn on(gpu: &Gpu, case: &Case) -> Self {
        Self { description: case.description.clone(), kernels: case.distinct_kernels(), result: case.run(gpu).await }
    }

    fn lost_the_device(&self) -> bool {
        matches!(self.result, Err(GpuError::DeviceLost { .. }))
    }

    fn is_right(&self) -> bool {
        self.result.as_ref().is_ok_and(|verdicts| verdicts.iter().all(|verdict| verdict.outcome.is_ok()))
    }

    /// What was wrong, in words; `None` where memory was short, which others may have taken.
    fn wrong_but_for_memory(&self) -> Option<String> {
        match &self.result {
            Err(GpuError::OutOfMemory { .. } | GpuError::NoMemoryForWork { .. }) => None,
            Err(error) => Some(failure(&self.description, &self.kernels, error)),
            Ok(verdicts) => {
                let wrong = verdicts.iter().filter_map(|verdict| {
                    let reason = verdict.outcome.as_ref().err()?;
                    Some(format!("{}: {reason}", verdict.kernel))
                });
                Some(format!("{}, in {}", wrong.collect::<Vec<_>>().join("; "), self.description))
            }
        }
    }
}

/// How the device failed in a case, with the kernels that ran.
pub(super) fn failure(description: &str, kernels: &[String], error: &GpuError) -> String {
    format!("the device failed in {description}, by {}: {}", kernels.join(", "), with_causes(error))
}

/// What became of cases.
#[derive(Default)]
pub(super) struct Outcomes {
    /// Those that ran; after one that loses the device by itself there are none.
    pub(super) ran: Vec<Ran>,
    /// How many did not run.
    pub(super) left: usize,
    /// What was wrong in a case beside others and not when it ran by itself.
    pub(super) passing: Vec<String>,
}

/// The devices that are open on an adapter.
struct Open {
    first: Gpu,
    others: Vec<Gpu>,
}

/// Devices of an adapter, or why there is none any more.
pub(super) struct Devices<'a> {
    open: Result<Open, GpuError>,
    adapter: &'a AdapterRequest,
}

/// A case that was not right beside others.
struct Suspect {
    place: usize,
    case: Case,
    ran: Ran,
}

impl<'a> Devices<'a> {
    pub(super) fn new(gpu: &Gpu, others: Vec<Gpu>, adapter: &'a AdapterRequest) -> Self {
        Self { open: Ok(Open { first: gpu.clone(), others }), adapter }
    }

    /// Why there is none, where that is so.
    pub(super) fn gone(&self) -> Option<&GpuError> {
        self.open.as_ref().err()
    }

    /// Runs the cases, each on the device that is free first, while all is right. From then on they run by themselves, those
    /// that were not right once more, since others may be the cause or want the memory: it is this result that counts. The
    /// first that loses the device by itself is the last.
    ///
    /// Where a device is lost, all are given up for a single one that is opened anew. With more than one the caller blocks:
    /// it runs the first, and a thread runs each other.
    pub(super) async fn run(&mut self, cases: Vec<Planned>, watch: &dyn Watch) -> Outcomes {
        let mut waiting = cases.into_iter().enumerate();
        let mut outcomes = Outcomes::default();
        let mut suspects = Vec::new();
        if let Ok(Open { first, others }) = &self.open
            && !others.is_empty()
        {
            (outcomes.ran, suspects) = run_at_once(first, others, &mut waiting, watch);
            suspects.sort_by_key(|suspect| suspect.place);
        }
        if suspects.iter().any(|suspect| suspect.ran.lost_the_device()) {
            self.open_anew().await;
        }
        let gpu = match &self.open {
            Ok(open) => open.first.clone(),
            // It was lost beside these, and is gone for good.
            Err(_) => {
                outcomes.ran.extend(suspects.into_iter().map(|suspect| suspect.ran));
                outcomes.left = waiting.len();
                return outcomes;
            }
        };
        let again =
            suspects.into_iter().map(|Suspect { case, ran, .. }| (Box::new(move || case) as Planned, Some(ran)));
        let mut rest = again.chain(waiting.map(|(_, case)| (case, None))).collect::<Vec<_>>().into_iter();
        for (case, before) in rest.by_ref() {
            let ran = Ran::on(&gpu, &case()).await;
            match before {
                None => watch.advance(1),
                Some(before) if ran.is_right() => outcomes.passing.extend(before.wrong_but_for_memory()),
                Some(_) => {}
            }
            let ends = ran.lost_the_device();
            outcomes.ran.push(ran);
            if ends {
                self.open_anew().await;
                break;
            }
        }
        outcomes.left = rest.len();
        outcomes
    }

    async fn open_anew(&mut self) {
        if let Ok(open) = &mut self.open {
            open.others.clear();
        }
        self.open = Gpu::open(self.adapter).await.map(|first| Open { first, others: Vec::new() });
    }
}

/// Runs the cases, each on the device that is free first, until one is not right: those that are right, and those that are
/// not, at most one of each device.
fn run_at_once(
    first: &Gpu,
    others: &[Gpu],
    waiting: &mut Enumerate<vec::IntoIter<Planned>>,
    watch: &dyn Watch,
) -> (Vec<Ran>, Vec<Suspect>) {
    let queue =
        Queue { waiting: Mutex::new(Some(waiting)), right: Mutex::default(), suspects: Mutex::default(), watch };
    thread::scope(|scope| {
        for gpu in others {
            // Where the system has no thread left, the others do its work.
            let work = || pollster::block_on(queue.run_on(gpu));
            drop(thread::Builder::new().spawn_scoped(scope, work));
        }
        pollster::block_on(queue.run_on(first));
    });
    let Queue { right, suspects, .. } = queue;
    (inside(right), inside(suspects))
}

/// Cases that devices take in turn, and what became of them.
struct Queue<'a> {
    /// With their places; `None` where no more of them are to begin.
    waiting: Mutex<Option<&'a mut Enumerate<vec::IntoIter<Planned>>>>,
    right: Mutex<Vec<Ran>>,
    suspects: Mutex<Vec<Suspect>>,
    watch: &'a dyn Watch,
}

impl Queue<'_> {
    async fn run_on(&self, gpu: &Gpu) {
        while let Some((place, case)) = self.next() {
            let case = case();
            let ran = Ran::on(gpu, &case).await;
            if ran.is_right() {
                held(&self.right).push(ran);
            } else {
                held(&self.waiting).take();
                held(&self.suspects).push(Suspect { place, case, ran });
            }
            self.watch.advance(1);
        }
    }

    fn next(&self) -> Option<(usize, Planned)> {
        held(&self.waiting).as_mut()?.next()
    }
}

/// Nothing that is held while a thread panics is left half changed.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn inside<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(PoisonError::into_inner)
}
