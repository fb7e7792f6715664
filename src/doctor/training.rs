//! Short trainings of a model with every kind of layer, by every optimizer.

use serde::Serialize;

use super::{DoctorError, every_layer, every_optimizer};
use crate::data::{Dataset, Unit, Watch, digits};
use crate::gpu::Gpu;
use crate::train::{Callback, Optimizer, StepMetrics, TrainError, TrainOptions, Trainer};

/// Pictures, epochs and batch size of a short training; the last batch of an epoch is smaller.
const PICTURES: usize = 70;
const EPOCHS: usize = 2;
const BATCH_SIZE: usize = 16;

/// A short training, done twice.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Training {
    /// How the weights followed their gradients.
    pub optimizer: Optimizer,
    /// The mean loss of the first epoch.
    pub first_loss: f64,
    /// The mean loss of the last epoch.
    pub last_loss: f64,
    /// The hash of the weights at the end of each of the two.
    pub weights_hashes: [u64; 2],
    /// Whether no buffer was created, and no byte allocated or given back, between the first step and the last.
    pub is_memory_steady: bool,
}

impl Training {
    /// Whether the loss fell.
    pub fn loss_falls(&self) -> bool {
        self.last_loss < self.first_loss
    }

    /// Whether both times the same bits came out.
    pub fn repeats(&self) -> bool {
        self.weights_hashes[0] == self.weights_hashes[1]
    }

    /// Whether nothing is wrong.
    pub fn is_right(&self) -> bool {
        self.loss_falls() && self.repeats() && self.is_memory_steady
    }
}

/// Trains by every optimizer, on the first of the digits in the program.
pub async fn examine_trainings(gpu: &Gpu, watch: &dyn Watch) -> Result<Vec<Training>, DoctorError> {
    let data = digits::load()?.train.take(PICTURES)?;
    let optimizers = every_optimizer();
    watch.begin("short trainings", Some(optimizers.len() as u64), Unit::Checks);
    let mut trainings = Vec::new();
    for optimizer in optimizers {
        trainings.push(train_twice(gpu, &data, optimizer).await.inspect_err(|_| watch.end())?);
        watch.advance(1);
    }
    watch.end();
    Ok(trainings)
}

async fn train_twice(gpu: &Gpu, data: &Dataset, optimizer: Optimizer) -> Result<Training, DoctorError> {
    let options =
        TrainOptions { epochs: EPOCHS, batch_size: BATCH_SIZE, optimizer, seed: 5, ..TrainOptions::default() };
    let (mut weights_hashes, mut losses, mut is_memory_steady) = ([0; 2], [f64::NAN; EPOCHS], true);
    for hash in &mut weights_hashes {
        let model = every_layer(data.shape(), data.classes(), 17)?;
        let mut memory = Memory { gpu: gpu.clone(), first: None, is_steady: true };
        let history = Trainer::new(gpu, &model, data, None, &options)?.fit(&mut memory).await?;
        for (loss, epoch) in losses.iter_mut().zip(&history.epochs) {
            *loss = epoch.loss;
        }
        *hash = model.weights_hash();
        is_memory_steady &= memory.is_steady;
    }
    Ok(Training { optimizer, first_loss: losses[0], last_loss: losses[EPOCHS - 1], weights_hashes, is_memory_steady })
}

/// Watches the device's buffers.
struct Memory {
    gpu: Gpu,
    first: Option<[u64; 2]>,
    is_steady: bool,
}

impl Callback for Memory {
    fn on_step(&mut self, _metrics: StepMetrics) -> Result<(), TrainError> {
        let now = [self.gpu.buffers_created(), self.gpu.allocated_bytes()];
        self.is_steady &= *self.first.get_or_insert(now) == now;
        Ok(())
    }
}
