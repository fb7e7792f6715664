//! A step once more, each layer by itself, to find where its numbers stop being finite.

use super::metrics_ring::MetricsRing;
use super::pass_watch::{Training, Watch};
use super::{NotFinite, Suspect, TrainError, Trainer};
use crate::ops::StepRecord;
use crate::plan::{ImageSource, Plan, PlanError, Pool, Request, Resources, Wanted, compile};

impl Trainer {
    /// What in step `step` of the present epoch is not finite first, from the weights as they are before it. Whatever
    /// goes wrong on the way there is told as the reason why it is not known.
    pub(super) async fn not_finite(&self, step: usize) -> NotFinite {
        let first = self.suspect(step).await.unwrap_or_else(|error| Suspect::Unknown(error.to_string()));
        NotFinite { epoch: self.history.epochs.len() + 1, step: step + 1, first }
    }

    async fn suspect(&self, step: usize) -> Result<Suspect, TrainError> {
        let (gpu, model) = (&self.plan.gpu, &self.plan.model);
        for (name, values) in self.weights.read(&self.readback, model).await? {
            if !all_finite(&values) {
                return Ok(Suspect::Weights(name));
            }
        }
        // The layers after the logits, which the loss is not taken from, have no gradient.
        let outputs: Vec<String> = model.layers().iter().map(|layer| layer.name().to_owned()).collect();
        let mut gradients = outputs.clone();
        let compiled = loop {
            let request = Request {
                batch_size: self.training.batch_of(step),
                images: ImageSource::Resident(self.training.shards().to_vec()),
                gradients: Wanted { weights: true, layers: gradients.clone() },
                read: outputs.iter().cloned().chain([Request::LOGITS.to_owned()]).collect(),
                fusion: false,
                ..self.plan.request.clone()
            };
            match compile(model, self.weights.layout(), &request) {
                Err(PlanError::Probabilities { layer }) if gradients.contains(&layer) => {
                    gradients.retain(|name| *name != layer);
                }
                compiled => break compiled?,
            }
        };
        let pool = Pool::allocate(gpu, &[&compiled])?;
        let dataset = self.training.dataset();
        let resources = Resources {
            weights: &self.weights,
            gradients: Some(&self.gradients),
            images: dataset.images(),
            labels: Some(dataset.labels()),
            order: Some(dataset.order()),
            ring: Some(&self.ring.ring),
            steps: Some(&self.ring.steps),
        };
        let plan = compiled.prepare(gpu, "replay", &resources, &pool)?;
        let found = self.replay(&plan, step, &outputs, &gradients).await;
        // The replay, too, moved what moves with every step.
        self.update.roll_back(gpu, &self.weights)?;
        found
    }

    async fn replay(
        &self,
        plan: &Plan,
        step: usize,
        outputs: &[String],
        gradients: &[String],
    ) -> Result<Suspect, TrainError> {
        let gpu = &self.plan.gpu;
        let first = self.history.epochs.len() * self.training.steps();
        let watch = Training { options: &self.plan.options, first, callback: &mut (), refusal: None };
        let first_sample = (step * self.plan.options.batch_size) as u32;
        let record = StepRecord { first_sample, slot: MetricsRing::slot(0, 0), ..watch.record(step) };
        self.ring.write_records(gpu, &[record])?;
        let mut submission = gpu.begin("replay");
        plan.run(&mut submission, 0);
        self.ring.request(&mut submission, 0, 1);
        let slots = self.ring.receive(0, 1, &submission.submit()?).await?;

        // Other weights do not change in a replay, and were finite before it.
        let after = self.weights.read(&self.readback, &self.plan.model).await?;
        for layer in outputs {
            // A layer's statistics are taken before it has an output, which can be finite all the same.
            if let Some(name) = not_finite_of(layer, &after) {
                return Ok(Suspect::MovingStatistics(name.clone()));
            }
            if !all_finite(&plan.read(&self.readback, layer).await?) {
                return Ok(Suspect::Output(layer.clone()));
            }
        }
        if let Some(layer) = outputs.last()
            && !all_finite(&plan.read(&self.readback, Request::LOGITS).await?)
        {
            return Ok(Suspect::Output(layer.clone()));
        }
        if slots.iter().any(|slot| !slot.loss.is_finite()) {
            return Ok(Suspect::Loss);
        }
        let of_weights = self.gradients().await?;
        for layer in outputs.iter().rev() {
            if gradients.contains(layer)
                && !all_finite(&plan.read(&self.readback, &format!("gradient of {layer}")).await?)
            {
                return Ok(Suspect::GradientOfOutput(layer.clone()));
            }
            if let Some(name) = not_finite_of(layer, &of_weights) {
                return Ok(Suspect::Gradient(name.clone()));
            }
        }
        let squares: f32 = of_weights.iter().flat_map(|(_, values)| values).map(|x| x * x).sum();
        let clipped = self.plan.options.optimizer.global_clipnorm.is_some();
        Ok(if clipped && !squares.is_finite() { Suspect::Norm } else { Suspect::Nothing })
    }
}

/// The first of the weights of `layer` that has values which are not finite.
fn not_finite_of<'a>(layer: &str, weights: &'a [(String, Vec<f32>)]) -> Option<&'a String> {
    let own = |name: &str| name.strip_prefix(layer).is_some_and(|rest| rest.starts_with('.'));
    weights.iter().find(|(name, values)| own(name) && !all_finite(values)).map(|(name, _)| name)
}

/// Whether none of `values` is infinite or NaN.
pub(super) fn all_finite(values: &[f32]) -> bool {
    values.iter().all(|value| value.is_finite())
}
