//! A training repeats bit for bit, and so does one that stopped and went on: every layer, every optimizer, every step.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::Path;

use ocellus::data::Dataset;
use ocellus::doctor::{self, every_optimizer};
use ocellus::gpu::Gpu;
use ocellus::model::{LayerKind, Model};
use ocellus::train::{
    Blocking, Callback, Checkpoint, CheckpointError, CheckpointSchedule, EpochRecord, History, Optimizer, StepMetrics,
    TrainError, TrainOptions, Trainer,
};

use crate::support::{gpu, own_gpu};
use crate::train_models::{dense, pictures};

const SHAPE: [usize; 3] = [8, 9, 3];
const CLASSES: usize = 4;
/// Three whole batches and a smaller one.
const SAMPLES: usize = 29;

/// The model of doctor's trainings, with a layer of every kind.
fn every_layer(seed: u32) -> Model {
    doctor::every_layer(SHAPE, CLASSES, seed).unwrap()
}

fn options(optimizer: Optimizer) -> TrainOptions {
    TrainOptions { epochs: 2, batch_size: 8, optimizer, seed: 5, ..TrainOptions::default() }
}

fn data() -> (Dataset, Dataset) {
    (pictures(1, SHAPE, CLASSES, SAMPLES), pictures(2, SHAPE, CLASSES, 11))
}

/// Keeps what comes by, and stops where it is told to.
#[derive(Default)]
struct Watcher {
    steps: Vec<StepMetrics>,
    schedule: CheckpointSchedule,
    checkpoints: Vec<Checkpoint>,
    /// How often it may be asked before it stops.
    patience: Option<usize>,
}

impl Callback for Watcher {
    fn on_step(&mut self, metrics: StepMetrics) -> Result<(), TrainError> {
        self.steps.push(metrics);
        Ok(())
    }

    fn checkpoints(&self) -> CheckpointSchedule {
        self.schedule
    }

    fn on_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainError> {
        self.checkpoints.push(checkpoint.clone());
        Ok(())
    }

    fn stops(&mut self) -> bool {
        match &mut self.patience {
            None => false,
            Some(0) => true,
            Some(patience) => {
                *patience -= 1;
                false
            }
        }
    }
}

/// Every bit that training makes: weights, and history but for its timing.
type Bits = (Vec<Vec<u32>>, Vec<(usize, [u64; 4], Option<u64>)>);

fn bits(model: &Model, history: &History) -> Bits {
    let weights = model.weights().into_iter().map(|(.., values)| values.iter().map(|x| x.to_bits()).collect());
    let record = |r: &EpochRecord| {
        let values = [r.loss, r.accuracy, r.val_loss.unwrap(), r.val_accuracy.unwrap()];
        (r.epoch, values.map(f64::to_bits), r.weights_hash)
    };
    (weights.collect(), history.epochs.iter().map(record).collect())
}

fn trainer(gpu: &Gpu, model: &Model, options: &TrainOptions) -> Trainer {
    let (training, validation) = data();
    Trainer::new(gpu, model, &training, Some(&validation), options).unwrap()
}

/// A training that never stops.
fn straight(gpu: &Gpu, options: &TrainOptions, watcher: &mut Watcher) -> Bits {
    let model = every_layer(17);
    let history = Blocking::fit(&mut trainer(gpu, &model, options), watcher).unwrap();
    assert_eq!(history.epochs.len(), options.epochs);
    bits(&model, &history)
}

/// A training of a model with other weights that goes on from `checkpoint`.
fn from_checkpoint(gpu: &Gpu, options: &TrainOptions, checkpoint: &Checkpoint, watcher: &mut Watcher) -> Bits {
    let model = every_layer(99);
    let mut trainer = trainer(gpu, &model, options);
    trainer.restore(checkpoint).unwrap();
    let history = Blocking::fit(&mut trainer, watcher).unwrap();
    bits(&model, &history)
}

/// The same, through the bytes of its file.
fn through_file(checkpoint: &Checkpoint) -> Checkpoint {
    Checkpoint::from_bytes(Path::new("step.safetensors"), &checkpoint.to_bytes().unwrap()).unwrap()
}

#[test]
fn these_tests_have_a_layer_of_every_kind() {
    let kinds: BTreeSet<&str> = every_layer(1).layers().iter().map(|layer| layer.kind().type_name()).collect();
    assert_eq!(kinds, LayerKind::TYPES.iter().copied().collect(), "add the new kind of layer to this test's model");
}

#[test]
fn every_layer_and_optimizer_gives_the_same_bits_twice_and_after_a_stop_at_any_place() {
    let Some(gpu) = gpu() else { return };
    for optimizer in every_optimizer() {
        let options = options(optimizer);
        let mut all = Watcher::default();
        let expected = straight(&gpu, &options, &mut all);
        let again = straight(&gpu, &options, &mut Watcher::default());
        assert_eq!(expected, again, "{optimizer:?}");
        // Amid the first epoch, in its validation, amid the second; each time from where the last stopped. The first two
        // submissions have a step each.
        let mut checkpoint: Option<Checkpoint> = None;
        let mut steps = Vec::new();
        for (patience, place) in [(2, (0, 2)), (3, (0, 4)), (4, (1, 2))] {
            let schedule = CheckpointSchedule::Epochs;
            let mut watcher = Watcher { patience: Some(patience), schedule, ..Watcher::default() };
            let model = every_layer(if checkpoint.is_none() { 17 } else { 41 });
            let mut trainer = trainer(&gpu, &model, &options);
            if let Some(checkpoint) = &checkpoint {
                trainer.restore(checkpoint).unwrap();
            }
            Blocking::fit(&mut trainer, &mut watcher).unwrap();
            let last = watcher.checkpoints.last().unwrap();
            assert_eq!((last.epochs(), last.step()), place, "{optimizer:?}");
            steps.extend(watcher.steps);
            checkpoint = Some(through_file(last));
        }
        let checkpoint = checkpoint.unwrap();
        let mut rest = Watcher::default();
        assert_eq!(from_checkpoint(&gpu, &options, &checkpoint, &mut rest), expected, "{optimizer:?}");
        steps.extend(rest.steps);
        assert_eq!(steps, all.steps, "{optimizer:?}");
    }
}

#[test]
fn a_training_goes_on_from_every_step_to_the_same_bits() {
    let Some(gpu) = gpu() else { return };
    let options = options(Optimizer::adam());
    let expected = straight(&gpu, &options, &mut Watcher::default());
    let schedule = CheckpointSchedule::Steps(NonZeroUsize::MIN);
    let mut all = Watcher { schedule, ..Watcher::default() };
    assert_eq!(straight(&gpu, &options, &mut all), expected, "checkpoints change the training");
    let places: Vec<_> = all.checkpoints.iter().map(|checkpoint| (checkpoint.epochs(), checkpoint.step())).collect();
    let epoch = |epoch| (1..=4).map(move |step| (epoch, step));
    let expected_places: Vec<_> =
        [(0, 0)].into_iter().chain(epoch(0)).chain([(1, 0)]).chain(epoch(1)).chain([(2, 0)]).collect();
    assert_eq!(places, expected_places);
    for checkpoint in &all.checkpoints {
        let read = through_file(checkpoint);
        assert_eq!(&read, checkpoint);
        let mut rest = Watcher::default();
        let found = from_checkpoint(&gpu, &options, &read, &mut rest);
        assert_eq!(found, expected, "from step {}", checkpoint.iteration());
        assert_eq!(rest.steps, all.steps[checkpoint.iteration()..], "from step {}", checkpoint.iteration());
    }
}

#[test]
fn more_epochs_go_on_where_fewer_ended() {
    let Some(gpu) = gpu() else { return };
    let (short, long) = (options(Optimizer::rmsprop()), TrainOptions { epochs: 3, ..options(Optimizer::rmsprop()) });
    let expected = straight(&gpu, &long, &mut Watcher::default());
    let mut watcher = Watcher { schedule: CheckpointSchedule::Epochs, ..Watcher::default() };
    straight(&gpu, &short, &mut watcher);
    let last = watcher.checkpoints.last().unwrap();
    assert_eq!((last.epochs(), last.step(), last.history().epochs.len()), (2, 0, 2));
    assert_eq!(from_checkpoint(&gpu, &long, last, &mut Watcher::default()), expected);
}

#[test]
fn a_stopped_trainer_goes_on_when_it_is_called_again() {
    let Some(gpu) = gpu() else { return };
    let options = options(Optimizer::adam());
    let expected = straight(&gpu, &options, &mut Watcher::default());
    let model = every_layer(17);
    let mut trainer = trainer(&gpu, &model, &options);
    let history = Blocking::fit(&mut trainer, &mut Watcher { patience: Some(1), ..Watcher::default() }).unwrap();
    assert_eq!(history.epochs.len(), 0);
    let history = Blocking::fit(&mut trainer, &mut ()).unwrap();
    assert_eq!(bits(&model, &history), expected);
}

/// Fails at its third step.
struct Failing(usize);

impl Callback for Failing {
    fn on_step(&mut self, _metrics: StepMetrics) -> Result<(), TrainError> {
        self.0 += 1;
        match self.0 {
            3 => Err(TrainError::Callback("no room".to_owned(), "the disk is full".into())),
            _ => Ok(()),
        }
    }
}

#[test]
fn a_callbacks_failure_leaves_a_trainer_between_two_steps() {
    let Some(gpu) = gpu() else { return };
    let options = options(Optimizer::adam());
    let expected = straight(&gpu, &options, &mut Watcher::default());
    let mut failed = trainer(&gpu, &every_layer(17), &options);
    Blocking::fit(&mut failed, &mut Failing(0)).unwrap_err();
    let checkpoint = Blocking::checkpoint(&failed).unwrap();
    // What was on its way is done as well.
    assert!(checkpoint.step() >= 3);
    assert_eq!(from_checkpoint(&gpu, &options, &checkpoint, &mut Watcher::default()), expected);
}

/// Destroys the device amid the epoch.
struct Destroying(Gpu);

impl Callback for Destroying {
    fn on_step(&mut self, _metrics: StepMetrics) -> Result<(), TrainError> {
        self.0.device().destroy();
        Ok(())
    }
}

#[test]
fn a_trainer_whose_device_failed_amid_a_step_gives_no_checkpoint() {
    let Some(gpu) = own_gpu() else { return };
    let mut trainer = trainer(&gpu, &every_layer(17), &options(Optimizer::adam()));
    Blocking::fit(&mut trainer, &mut Destroying(gpu)).unwrap_err();
    assert!(matches!(Blocking::checkpoint(&trainer), Err(TrainError::AmidStep)));
    assert!(matches!(Blocking::fit(&mut trainer, &mut ()), Err(TrainError::AmidStep)));
}

/// A checkpoint of a small model amid its first epoch, and the options it was made with.
fn small(gpu: &Gpu) -> (Checkpoint, TrainOptions) {
    let options = options(Optimizer::adam());
    let (training, validation) = data();
    let mut trainer = Trainer::new(gpu, &dense(SHAPE, CLASSES), &training, Some(&validation), &options).unwrap();
    let schedule = CheckpointSchedule::Steps(NonZeroUsize::MIN);
    let mut watcher = Watcher { schedule, ..Watcher::default() };
    Blocking::fit(&mut trainer, &mut watcher).unwrap();
    (watcher.checkpoints.swap_remove(2), options)
}

#[test]
fn another_trainings_checkpoint_is_refused_by_what_is_different_and_changes_nothing() {
    let Some(gpu) = gpu() else { return };
    let (checkpoint, options) = small(&gpu);
    let (training, validation) = data();
    let refuses =
        |model: &Model, training: &Dataset, validation: Option<&Dataset>, options: &TrainOptions, what: &str| {
            let before = model.weights();
            let mut trainer = Trainer::new(&gpu, model, training, validation, options).unwrap();
            let error = trainer.restore(&checkpoint).unwrap_err();
            assert!(matches!(error, TrainError::Checkpoint(CheckpointError::OtherTraining { .. })), "{error}");
            assert!(error.to_string().contains(&format!("its {what} is ")), "{error}");
            assert_eq!(model.weights(), before);
            assert_eq!(Blocking::checkpoint(&trainer).unwrap().iteration(), 0);
        };
    let same = || dense(SHAPE, CLASSES);
    let other = |change: fn(&mut TrainOptions), what| {
        let mut options = options;
        change(&mut options);
        refuses(&same(), &training, Some(&validation), &options, what);
    };
    other(|options| options.batch_size = 7, "batch size");
    other(|options| options.seed = 6, "seed");
    other(|options| options.optimizer.learning_rate = 0.002, "optimizer");
    other(|options| options.shuffle = false, "shuffle");
    other(|options| options.label_smoothing = 0.1, "label smoothing");
    other(|options| options.kernels = ocellus::ops::KernelChoice::Naive, "kernels");
    other(|options| options.fusion = false, "fusion");
    refuses(&every_layer(1), &training, Some(&validation), &options, "model");
    refuses(&same(), &pictures(3, SHAPE, CLASSES, SAMPLES), Some(&validation), &options, "training data");
    refuses(&same(), &training, None, &options, "validation data");
    let mut trainer = Trainer::new(&gpu, &same(), &training, Some(&validation), &options).unwrap();
    trainer.restore(&checkpoint).unwrap();
}

#[test]
fn a_checkpoint_with_any_bit_changed_or_cut_anywhere_is_refused_by_name() {
    let Some(gpu) = gpu() else { return };
    let bytes = small(&gpu).0.to_bytes().unwrap();
    let refused = |bytes: &[u8]| {
        let error = Checkpoint::from_bytes(Path::new("runs/a/step-3.safetensors"), bytes).unwrap_err();
        assert!(matches!(error, CheckpointError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains("step-3.safetensors is damaged: "), "{error}");
    };
    let mut changed = bytes.clone();
    for place in (0..bytes.len()).step_by(3).chain(0..bytes.len().min(600)) {
        changed[place] ^= 1 << (place % 8);
        refused(&changed);
        changed[place] = bytes[place];
    }
    for length in (0..bytes.len()).step_by(5) {
        refused(&bytes[..length]);
    }
    refused(&[bytes.as_slice(), &[0]].concat());
    Checkpoint::from_bytes(Path::new("whole"), &bytes).unwrap();
}

#[test]
fn equal_trainings_give_equal_descriptions_without_times_or_paths() {
    let Some(gpu) = gpu() else { return };
    let description = || {
        let bytes = small(&gpu).0.to_bytes().unwrap();
        let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
        let json: serde_json::Value =
            serde_json::from_str(&header.metadata().as_ref().unwrap()["ocellus-checkpoint"]).unwrap();
        let mut description = json.as_object().unwrap().clone();
        // It is over the seconds that the steps took, too.
        description.remove("crc32").unwrap();
        description
    };
    let first = description();
    assert_eq!(first, description());
    let keys: Vec<&str> = first.keys().map(String::as_str).collect();
    assert_eq!(keys, ["adapter", "step", "training", "version"]);
    assert_eq!((&first["step"], &first["training"]["batch_size"]), (&2.into(), &8.into()));
}
