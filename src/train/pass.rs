//! One way through a dataset, batch by batch: for training with an update after each, for evaluation without.

use std::time::{Duration, Instant};

use super::TrainError;
use super::metrics_ring::{MOST_STEPS, MetricsRing};
use super::pass_watch::{StepResult, Watch};
use super::update::Update;
use crate::data::{Dataset, ResidentDataset, ResidentLayout};
use crate::gpu::{Buffer, Gpu, Submitted};
use crate::model::Model;
use crate::ops::{Shard, StepRecord};
use crate::plan::{
    Compiled, DeviceWeights, ImageSource, MemoryItem, Plan, PlanError, Pool, Request, Resources, WeightLayout, compile,
};

/// How long the work of one submission may take: far below the watchdogs of desktop systems, far above the cost of
/// submitting.
const SUBMISSION_TIME: Duration = Duration::from_millis(50);

/// A pass before anything is allocated.
#[derive(Clone)]
pub(super) struct PassPlan {
    layout: ResidentLayout,
    samples: usize,
    batch_size: usize,
    /// The plan of whole batches, where there is one.
    full: Option<Compiled>,
    /// The plan of the last, smaller batch, where there is one.
    partial: Option<Compiled>,
}

/// A pass that can run.
pub(super) struct Pass {
    dataset: ResidentDataset,
    shards: Vec<Shard>,
    samples: usize,
    batch_size: usize,
    full: Option<Plan>,
    partial: Option<Plan>,
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

impl PassPlan {
    /// The plans for `dataset`; `request` tells everything but batch size and images.
    pub(super) fn new(
        model: &Model,
        weights: &WeightLayout,
        dataset: &Dataset,
        request: &Request,
    ) -> Result<Self, TrainError> {
        check_dataset(model, dataset)?;
        let layout = ResidentLayout::new(dataset, request.max_binding_bytes);
        Ok(Self::planned(model, weights, layout, dataset.len(), request)?)
    }

    /// The plans for the same dataset and another request.
    pub(super) fn for_request(
        &self,
        model: &Model,
        weights: &WeightLayout,
        request: &Request,
    ) -> Result<Self, PlanError> {
        Self::planned(model, weights, self.layout.clone(), self.samples, request)
    }

    fn planned(
        model: &Model,
        weights: &WeightLayout,
        layout: ResidentLayout,
        samples: usize,
        request: &Request,
    ) -> Result<Self, PlanError> {
        let batch_size = request.batch_size;
        let plan = |batch_size: usize| {
            let images = ImageSource::Resident(layout.shards().to_vec());
            compile(model, weights, &Request { batch_size, images, ..request.clone() })
        };
        let full = (samples >= batch_size).then(|| plan(batch_size)).transpose()?;
        let rest = samples % batch_size;
        let partial = (rest > 0).then(|| plan(rest)).transpose()?;
        Ok(Self { layout, samples, batch_size, full, partial })
    }

    pub(super) fn compiled(&self) -> Vec<&Compiled> {
        self.full.iter().chain(&self.partial).collect()
    }

    /// The plan that most steps run: of whole batches, or of the only batch there is.
    pub(super) fn whole(&self) -> Vec<&Compiled> {
        self.full.iter().chain(&self.partial).take(1).collect()
    }

    /// Bytes of the dataset on the GPU.
    pub(super) fn data_bytes(&self) -> u64 {
        self.layout.bytes()
    }

    pub(super) fn memory(&self, name: &str) -> Vec<MemoryItem> {
        let mut items = vec![MemoryItem { label: format!("{name} data"), bytes: self.data_bytes() }];
        for plan in self.compiled() {
            items.extend(plan.memory().into_iter().map(|item| MemoryItem {
                label: format!("{name}, batch of {}: {}", plan.batch_size(), item.label),
                bytes: item.bytes,
            }));
        }
        items
    }

    pub(super) fn allocate(
        &self,
        gpu: &Gpu,
        dataset: &Dataset,
        weights: &DeviceWeights,
        gradients: Option<&Buffer>,
        ring: &MetricsRing,
        pool: &Pool,
    ) -> Result<Pass, TrainError> {
        if !self.layout.fits(dataset) {
            return Err(TrainError::OtherData("training or validation"));
        }
        let dataset = self.layout.upload(gpu, dataset)?;
        let resources = Resources {
            weights,
            gradients,
            images: dataset.images(),
            labels: Some(dataset.labels()),
            order: Some(dataset.order()),
            ring: Some(&ring.ring),
            steps: Some(&ring.steps),
        };
        let prepare = |compiled: &Compiled| compiled.prepare(gpu, "pass", &resources, pool);
        let full = self.full.as_ref().map(prepare).transpose()?;
        let partial = self.partial.as_ref().map(prepare).transpose()?;
        let shards = self.layout.shards().to_vec();
        Ok(Pass { shards, samples: self.samples, batch_size: self.batch_size, full, partial, dataset })
    }
}

/// Whether the model takes the dataset's pictures and tells its classes apart.
pub(super) fn check_dataset(model: &Model, dataset: &Dataset) -> Result<(), TrainError> {
    if model.input_shape().extents() != dataset.shape() {
        return Err(TrainError::Pictures {
            pictures: dataset.shape(),
            model: model.name().to_owned(),
            input: model.input_shape().to_string(),
        });
    }
    let outputs = model.output_shape().channels();
    if outputs < dataset.classes() {
        return Err(TrainError::Classes { classes: dataset.classes(), model: model.name().to_owned(), outputs });
    }
    Ok(())
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
