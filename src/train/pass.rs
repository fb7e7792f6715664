//! One way through a dataset, batch by batch: for training with an update after each, for evaluation without.

use std::time::{Duration, Instant};

use super::TrainError;
use super::metrics_ring::{MOST_STEPS, MetricsRing};
use super::pass_watch::{StepResult, Watch};
use super::update::Update;
use crate::data::ResidentDataset;
use crate::gpu::{Gpu, Submitted};
use crate::ops::{Shard, StepRecord};
use crate::plan::Plan;

/// How long the work of one submission may take: far below the watchdogs of desktop systems, far above the cost of
/// submitting.
const SUBMISSION_TIME: Duration = Duration::from_millis(50);

/// A pass that can run.
pub(super) struct Pass {
    pub(super) dataset: ResidentDataset,
    pub(super) shards: Vec<Shard>,
    pub(super) samples: usize,
    pub(super) batch_size: usize,
    pub(super) full: Option<Plan>,
    pub(super) partial: Option<Plan>,
}

/// What a pass adds up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Totals {
    pub(super) samples: usize,
    /// Those of the samples whose steps were skipped: they are in no mean.
    pub(super) skipped: usize,
    pub(super) loss: f64,
    pub(super) correct: f64,
}

impl Totals {
    pub(super) fn mean_loss(&self) -> f64 {
        self.loss / self.counted()
    }

    pub(super) fn accuracy(&self) -> f64 {
        self.correct / self.counted()
    }

    fn counted(&self) -> f64 {
        (self.samples - self.skipped) as f64
    }
}

/// Where a pass stands between two steps.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Place {
    /// The next step.
    pub(super) step: usize,
    /// What those before it added up to.
    pub(super) totals: Totals,
}

/// How steps of a pass ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// All were done, or those before the watch stopped them.
    Done,
    /// The numbers of the step at the place where the pass stands now were not finite. It changed nothing, and nor did
    /// any after it.
    NotFinite,
}

impl Pass {
    /// Steps of the pass.
    pub(super) fn steps(&self) -> usize {
        self.samples.div_ceil(self.batch_size)
    }

    /// The first of the pass' plans: that of whole batches, where there is one.
    pub(super) fn first_plan(&self) -> Option<&Plan> {
        self.full.as_ref().or(self.partial.as_ref())
    }

    /// How the dataset stands on the GPU.
    pub(super) fn shards(&self) -> &[Shard] {
        &self.shards
    }

    /// The dataset on the GPU.
    pub(super) fn dataset(&self) -> &ResidentDataset {
        &self.dataset
    }

    /// Samples of the pass.
    pub(super) fn samples(&self) -> usize {
        self.samples
    }

    /// Changes the order in which samples are taken.
    pub(super) fn set_order(&self, gpu: &Gpu, order: &[u32]) -> Result<(), TrainError> {
        Ok(self.dataset.order().write(gpu, 0, order)?)
    }

    /// Runs the steps from `place` up to `until`, fewer where `watch` does not go on, and moves `place` past them.
    /// `update` runs after each, and tells by the loss NaN that the step's numbers are not finite: the pass ends before
    /// that step.
    ///
    /// After an error, which is always the device's, nobody knows where it stands.
    pub(super) async fn run(
        &self,
        gpu: &Gpu,
        ring: &MetricsRing,
        update: Option<&Update>,
        place: &mut Place,
        until: usize,
        watch: &mut impl Watch,
    ) -> Result<Ending, TrainError> {
        let (mut next, mut half, mut chunk) = (place.step, 0, 1);
        let mut pending: Option<(usize, std::ops::Range<usize>, Submitted)> = None;
        let (mut stopped, mut ending) = (false, Ending::Done);
        let mut received = Instant::now();
        loop {
            stopped = stopped || (next < until && !watch.goes_on());
            let steps = next..if stopped { next } else { until.min(next + chunk) };
            let submitted = if steps.is_empty() {
                None
            } else {
                let submitted = self.submit(gpu, ring, update, watch, half, steps.clone())?;
                Some((half, steps.clone(), submitted))
            };
            next = steps.end;
            half = 1 - half;
            if let Some((half, steps, submitted)) = pending.take() {
                let slots = ring.receive(half, steps.len(), &submitted).await?;
                // From one arrival to the next: what the submission took.
                let time = received.elapsed();
                received = Instant::now();
                chunk = steps_within(SUBMISSION_TIME, time, steps.len());
                for (step, slot) in steps.zip(slots) {
                    if update.is_some() && !slot.loss.is_finite() {
                        (stopped, ending) = (true, Ending::NotFinite);
                    }
                    if ending == Ending::NotFinite {
                        break;
                    }
                    let (samples, loss, correct) = (self.batch_of(step), slot.loss.into(), slot.correct.into());
                    let totals = &mut place.totals;
                    totals.samples += samples;
                    totals.loss += loss;
                    totals.correct += correct;
                    place.step = step + 1;
                    watch.on_step(StepResult { step, samples, loss, correct, totals: place.totals });
                }
            }
            if submitted.is_none() {
                return Ok(ending);
            }
            pending = submitted;
        }
    }

    /// Samples of step `step`.
    pub(super) fn batch_of(&self, step: usize) -> usize {
        self.batch_size.min(self.samples - step * self.batch_size)
    }

    fn submit(
        &self,
        gpu: &Gpu,
        ring: &MetricsRing,
        update: Option<&Update>,
        watch: &impl Watch,
        half: usize,
        steps: std::ops::Range<usize>,
    ) -> Result<Submitted, TrainError> {
        let records: Vec<StepRecord> = steps
            .clone()
            .enumerate()
            .map(|(number, step)| StepRecord {
                first_sample: (step * self.batch_size) as u32,
                slot: MetricsRing::slot(half, number),
                ..watch.record(step)
            })
            .collect();
        ring.write_records(gpu, &records)?;
        let mut submission = gpu.begin("steps");
        let count = steps.len();
        for (number, step) in steps.enumerate() {
            let whole = self.batch_of(step) == self.batch_size;
            if let Some(plan) = if whole { &self.full } else { &self.partial } {
                plan.run(&mut submission, number);
            }
            if let Some(update) = update {
                update.run(&mut submission, number);
            }
        }
        ring.request(&mut submission, half, count);
        Ok(submission.submit()?)
    }
}

/// How many steps fit into `limit` when `steps` took `time`; at most double what was tried, since the first
/// submissions of a run wait for shaders to be compiled.
fn steps_within(limit: Duration, time: Duration, steps: usize) -> usize {
    let fit = limit.as_secs_f64() / (time.as_secs_f64() / steps as f64).max(1e-6);
    (fit as usize).clamp(1, (2 * steps).min(MOST_STEPS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn submissions_grow_to_the_time_limit_and_no_further() {
        let ms = Duration::from_millis;
        assert_eq!(steps_within(ms(50), ms(1), 1), 2);
        assert_eq!(steps_within(ms(50), ms(40), 8), 10);
        assert_eq!(steps_within(ms(50), ms(400), 8), 1);
        assert_eq!(steps_within(ms(50), ms(1), 60), MOST_STEPS);
    }
}
