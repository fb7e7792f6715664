//! Checkpoints of a trainer, and the way back.

use super::checkpoint::{Identity, Values, give};
use super::pass::Place;
use super::{Checkpoint, CheckpointError, TrainError, Trainer};

impl Trainer {
    /// A checkpoint of the present moment, which is one between two steps.
    ///
    /// # Errors
    ///
    /// When the device fails, or there is no such moment: an earlier call failed, or its future was dropped.
    pub async fn checkpoint(&self) -> Result<Checkpoint, TrainError> {
        let place = self.place()?;
        let mut moments = Vec::new();
        for moment in self.update.moments() {
            moments.push(self.weights.read_like(&self.readback, &self.plan.model, moment).await?.into_iter().collect());
        }
        Ok(Checkpoint {
            identity: self.identity.clone(),
            adapter: self.plan.gpu.adapter_line(),
            weights: self.weights.read(&self.readback, &self.plan.model).await?.into_iter().collect(),
            moments,
            place,
            seconds: self.seconds,
            history: self.history.clone(),
            best: self.best.clone(),
        })
    }

    /// Goes back, or forward, to the moment of `checkpoint`, whose weights the model gets. What follows ends in the same
    /// bits as a training that never stopped, where adapter and driver are the same as well.
    ///
    /// # Errors
    ///
    /// When the checkpoint is of a training of another model, with other options (but the number of epochs) or other
    /// data; then nothing is changed.
    pub fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainError> {
        self.identity.check(&checkpoint.identity)?;
        self.check_fits(checkpoint)?;
        // Neither the moment before nor that of the checkpoint, until all of it is there.
        self.place = None;
        give(&checkpoint.weights, &self.plan.model)?;
        self.weights.write(&self.plan.gpu, &self.plan.model)?;
        self.update.go_on(&self.plan.gpu)?;
        self.update.keep(&self.plan.gpu, &self.weights)?;
        for (buffer, moment) in self.update.moments().iter().zip(&checkpoint.moments) {
            let values = |name: &str| moment.get(name).map(Vec::as_slice);
            self.weights.write_like(&self.plan.gpu, &self.plan.model, buffer, values)?;
        }
        self.history = checkpoint.history.clone();
        self.best = checkpoint.best.clone();
        self.seconds = checkpoint.seconds;
        self.place = Some(checkpoint.place);
        Ok(())
    }

    /// An error where the checkpoint's values are not as many as the training's. No program that kept to its identity
    /// has written such a one.
    fn check_fits(&self, checkpoint: &Checkpoint) -> Result<(), CheckpointError> {
        let weights = self.plan.model.weights();
        let trained = |name: &str| self.weights.layout().is_trainable(name);
        let fits = |values: &Values, wanted: &dyn Fn(&str) -> bool| {
            let wanted: Vec<_> = weights.iter().filter(|(name, ..)| wanted(name)).collect();
            let right = |name, count| values.get(name).is_some_and(|values: &Vec<f32>| values.len() == count);
            wanted.len() == values.len() && wanted.iter().all(|(name, _, own)| right(name, own.len()))
        };
        let misfit = |what: &str| Err(CheckpointError::Misfit(format!("it has not all {what} or others")));
        if !fits(&checkpoint.weights, &|_| true) {
            return misfit("weights");
        }
        if checkpoint.epochs() > 0 && !fits(&checkpoint.best, &|_| true) {
            return misfit("weights of the best epoch");
        }
        let moments = &checkpoint.moments;
        if moments.len() != self.update.moments().len() || !moments.iter().all(|values| fits(values, &trained)) {
            return misfit("moments of the optimizer");
        }
        if !is_place_of(&checkpoint.identity, checkpoint.place) {
            return misfit("samples of its steps");
        }
        Ok(())
    }
}

/// Whether the steps that are done have as many samples as were counted.
fn is_place_of(identity: &Identity, place: Place) -> bool {
    let samples = place.step.saturating_mul(identity.batch_size()).min(identity.samples());
    place.step <= identity.steps() && place.totals.samples == samples
}
