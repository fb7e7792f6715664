//! A step whose loss, gradients or moving statistics are not finite: found, named, stopped at or skipped.

use std::num::NonZeroUsize;

use ocellus::data::{Dataset, Images};
use ocellus::gpu::Gpu;
use ocellus::model::{Activation, Model, Sequential, layers::*};
use ocellus::train::{
    Blocking, Callback, Checkpoint, CheckpointSchedule, NotFinite, OnNan, Optimizer, Rule, StepMetrics, Suspect,
    TrainError, TrainOptions, Trainer,
};

use crate::plan_runner::{Runner, training};
use crate::support::gpu;
use crate::train_models::{noisy, pictures, pixels, plain};

const SHAPE: [usize; 3] = [9, 10, 3];

/// Stops at what is not finite; far too large a learning rate soon makes it so.
fn diverging(optimizer: Optimizer) -> TrainOptions {
    TrainOptions { epochs: 3, batch_size: 8, optimizer, seed: 3, ..TrainOptions::default() }
}

/// What training fails with, and the weights before and after.
fn failure(gpu: &Gpu, model: &Model, data: &Dataset, options: &TrainOptions) -> (NotFinite, String) {
    let mut trainer = Trainer::new(gpu, model, data, None, options).unwrap();
    match Blocking::fit(&mut trainer, &mut ()).unwrap_err() {
        TrainError::NotFinite(found) => {
            let message = TrainError::NotFinite(found.clone()).to_string();
            // Between two steps: what is there now can be gone on with.
            let checkpoint = Blocking::checkpoint(&trainer).unwrap();
            assert_eq!((checkpoint.epochs() + 1, checkpoint.step() + 1), (found.epoch, found.step));
            (found, message)
        }
        error => panic!("{error}"),
    }
}

#[test]
fn a_learning_rate_too_large_stops_the_training_at_the_layer_that_overflows() {
    let Some(gpu) = gpu() else { return };
    let optimizer = Optimizer { learning_rate: 1e25, ..Optimizer::sgd() };
    for model in [plain(SHAPE, 4), noisy(SHAPE, 4)] {
        let (found, message) = failure(&gpu, &model, &pictures(1, SHAPE, 4, 40), &diverging(optimizer));
        let (layer, first) = match &found.first {
            Suspect::Output(layer) => (layer.as_str(), format!("in the output of layer '{layer}'")),
            Suspect::MovingStatistics(name) => {
                (name.split('.').next().unwrap(), format!("in the moving statistics '{name}'"))
            }
            _ => panic!("{found}"),
        };
        assert!(model.find(layer).is_ok());
        assert!(found.epoch == 1 && found.step > 1, "the first step is finite: {found}");
        assert!(message.contains(&first), "{message}");
        assert!(message.contains("learning rate") && message.contains("skip"), "{message}");
    }
}

#[test]
fn weights_that_overflow_in_a_step_are_named_and_no_checkpoint_has_them() {
    struct Finite(usize);
    impl Callback for Finite {
        fn checkpoints(&self) -> CheckpointSchedule {
            CheckpointSchedule::Steps(NonZeroUsize::MIN)
        }

        fn on_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainError> {
            let model = plain(SHAPE, 4);
            checkpoint.give(&model).unwrap();
            assert!(model.weights().iter().all(|(.., values)| values.iter().all(|value| value.is_finite())));
            self.0 += 1;
            Ok(())
        }
    }
    let Some(gpu) = gpu() else { return };
    let optimizer =
        Optimizer { learning_rate: 3e38, rule: Rule::Sgd { momentum: 0.9, nesterov: true }, ..Optimizer::sgd() };
    for on_nan in [OnNan::Stop, OnNan::Skip] {
        let options = TrainOptions { on_nan, ..diverging(optimizer) };
        let model = plain(SHAPE, 4);
        // As large as they can be, so that the first update goes beyond.
        for (name, shape, _) in model.weights().into_iter().filter(|(name, ..)| name == "dense_1.bias") {
            model.set_weight(&name, vec![-3.4e38; shape.elements()]).unwrap();
        }
        let mut trainer = Trainer::new(&gpu, &model, &pictures(1, SHAPE, 4, 40), None, &options).unwrap();
        let mut callback = Finite(0);
        let error = Blocking::fit(&mut trainer, &mut callback).unwrap_err();
        assert!(callback.0 >= 1);
        let message = error.to_string();
        assert!(message.contains("the weights '") && message.contains("after 1 steps of epoch 1"), "{message}");
    }
}

#[test]
fn moments_that_overflow_while_weights_do_not_are_named_and_no_checkpoint_has_them() {
    let Some(gpu) = gpu() else { return };
    let model = Sequential::new(SHAPE).add(Flatten {}).add(Dense::new(2).use_bias(false)).add(Dense::new(2));
    let model = model.build().unwrap();
    model.initialize(1);
    // The first layer's gradients are about 1e20: finite, but their squares are not.
    model.set_weight("dense.kernel", vec![0.0; SHAPE.iter().product::<usize>() * 2]).unwrap();
    model.set_weight("dense_1.kernel", vec![1e20, -1e20, -1e20, 1e20]).unwrap();
    let options = TrainOptions { epochs: 1, batch_size: 8, ..TrainOptions::default() };
    let mut trainer = Trainer::new(&gpu, &model, &pictures(1, SHAPE, 2, 8), None, &options).unwrap();
    struct Every(usize);
    impl Callback for Every {
        fn checkpoints(&self) -> CheckpointSchedule {
            CheckpointSchedule::Steps(NonZeroUsize::MIN)
        }

        fn on_checkpoint(&mut self, _checkpoint: &Checkpoint) -> Result<(), TrainError> {
            self.0 += 1;
            Ok(())
        }
    }
    let mut every = Every(0);
    match Blocking::fit(&mut trainer, &mut every).unwrap_err() {
        TrainError::NotFinite(found) => {
            assert_eq!(found.first, Suspect::Moments("dense.kernel".to_owned()));
            let message = found.to_string();
            assert!(message.contains("the optimizer's moments of the weights 'dense.kernel'"), "{message}");
            // The checkpoint at the beginning.
            assert_eq!((found.epoch, every.0), (1, 1), "{message}");
        }
        error => panic!("{error}"),
    }
}

/// A model whose loss is always finite, and whose convolution's gradient is only where the pictures are black.
fn fragile() -> Model {
    let model = Sequential::new(SHAPE)
        .add(BatchNormalization::default())
        .add(Conv2d::new(4, 3).use_bias(false))
        .add(Flatten {})
        .add(Dense::new(4))
        .build()
        .unwrap();
    model.initialize(1);
    for (name, shape, _) in model.weights() {
        let value = match name.as_str() {
            "conv2d.kernel" => 0.0,
            "dense.kernel" => 1e38,
            _ => continue,
        };
        // Alternating, so that no class is sure from the start.
        let values = (0..shape.elements()).map(|i| if i % 2 == 0 { value } else { -value });
        model.set_weight(&name, values.collect()).unwrap();
    }
    model
}

/// Batches of four pictures, each black or noise.
fn batches(bright: &[bool]) -> Dataset {
    let noise = pictures(7, SHAPE, 4, 4 * bright.len());
    let picture = SHAPE.iter().product::<usize>();
    let mut pixels = noise.pixels().to_vec();
    for (batch, _) in bright.iter().enumerate().filter(|(_, bright)| !**bright) {
        pixels[4 * batch * picture..4 * (batch + 1) * picture].fill(0);
    }
    let labels = (0..noise.len() as u32).map(|label| label % 3).collect();
    let names = (0..4).map(|class| format!("class {class}")).collect();
    Dataset::from_memory(Images::new(SHAPE, pixels).unwrap(), labels, names).unwrap()
}

/// A model of whose convolution's output over noise the squares of the distances from the mean overflow when they are
/// summed over a batch, but not over the part of its rows that one invocation has. So the variance is infinite, what is
/// normalized by it 0, and the loss finite.
fn wide() -> Model {
    let model = Sequential::new(SHAPE)
        .add(Conv2d::new(2, 1).use_bias(false))
        .add(BatchNormalization::default())
        .add(Flatten {})
        .add(Dense::new(4))
        .build()
        .unwrap();
    model.initialize(1);
    // Of both filters the red channel alone, from 0 to 4e18 with the variance 1.4e36; there are 360 rows in twelve parts.
    model.set_weight("conv2d.kernel", vec![4e18, 4e18, 0.0, 0.0, 0.0, 0.0]).unwrap();
    model
}

fn in_order(on_nan: OnNan, optimizer: Optimizer) -> TrainOptions {
    TrainOptions { epochs: 2, batch_size: 4, optimizer, shuffle: false, on_nan, ..TrainOptions::default() }
}

#[test]
fn a_gradient_that_overflows_under_a_finite_loss_is_named() {
    let Some(gpu) = gpu() else { return };
    let options = in_order(OnNan::Stop, Optimizer::sgd());
    let (found, message) = failure(&gpu, &fragile(), &batches(&[false, false, true, false]), &options);
    assert_eq!(found, NotFinite { epoch: 1, step: 3, first: Suspect::Gradient("conv2d.kernel".to_owned()) });
    assert!(message.contains("gradient of the weights 'conv2d.kernel'"), "{message}");
}

#[test]
fn gradients_whose_length_overflows_are_found_where_they_are_clipped() {
    let Some(gpu) = gpu() else { return };
    let optimizer = Optimizer { global_clipnorm: Some(1.0), ..Optimizer::sgd() };
    let model = fragile();
    let kernel = model.weights().into_iter().find(|(name, ..)| name == "dense.kernel").unwrap();
    // Gradients of about 1e30: finite, unlike their squares.
    model.set_weight(&kernel.0, kernel.2.iter().map(|value| value * 1e-8).collect()).unwrap();
    let (found, _) = failure(&gpu, &model, &batches(&[false, true]), &in_order(OnNan::Stop, optimizer));
    assert_eq!(found, NotFinite { epoch: 1, step: 2, first: Suspect::Norm });
}

#[test]
fn a_variance_that_overflows_under_a_finite_loss_is_found_in_its_own_step() {
    let Some(gpu) = gpu() else { return };
    let data = batches(&[false, true, false]);
    let (found, message) = failure(&gpu, &wide(), &data, &in_order(OnNan::Stop, Optimizer::sgd()));
    let first = Suspect::MovingStatistics("batch_normalization.moving_variance".to_owned());
    assert_eq!(found, NotFinite { epoch: 1, step: 2, first });
    assert!(message.contains("first in the moving statistics 'batch_normalization.moving_variance'"), "{message}");

    // Nothing but the statistics tells.
    let model = wide();
    let step = Runner::new(&gpu, &model, &training(4)).unwrap();
    let pixels = pixels(&data);
    let batch = pixels.len() / 3;
    step.run(&pixels[batch..2 * batch], Some(&data.labels()[4..8]));
    assert!(step.metrics()[0].is_finite());
    assert!(step.gradients().iter().all(|(_, values)| values.iter().all(|value| value.is_finite())));

    // Left out, it leaves the statistics of a training without it.
    let skipping = in_order(OnNan::Skip, Optimizer::sgd());
    let mut notes = Notes::default();
    Blocking::fit(&mut Trainer::new(&gpu, &model, &data, None, &skipping).unwrap(), &mut notes).unwrap();
    assert_eq!(notes.skipped.iter().map(|found| (found.epoch, found.step)).collect::<Vec<_>>(), [(1, 2), (2, 2)]);
    let expected = wide();
    let stopping = in_order(OnNan::Stop, Optimizer::sgd());
    let without = batches(&[false, false]);
    Blocking::fit(&mut Trainer::new(&gpu, &expected, &without, None, &stopping).unwrap(), &mut ()).unwrap();
    let variance = |model: &Model| model.weights().into_iter().find(|(name, ..)| name.ends_with("variance")).unwrap().2;
    assert_eq!(variance(&model), variance(&expected));
}

/// Notes what comes by.
#[derive(Default)]
struct Notes {
    skipped: Vec<NotFinite>,
    steps: Vec<StepMetrics>,
    checkpoints: Vec<Checkpoint>,
}

impl Callback for Notes {
    fn on_step(&mut self, metrics: StepMetrics) -> Result<(), TrainError> {
        self.steps.push(metrics);
        Ok(())
    }

    fn on_skip(&mut self, found: &NotFinite) -> Result<(), TrainError> {
        self.skipped.push(found.clone());
        Ok(())
    }

    fn checkpoints(&self) -> CheckpointSchedule {
        CheckpointSchedule::Steps(NonZeroUsize::MIN)
    }

    fn on_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainError> {
        self.checkpoints.push(checkpoint.clone());
        Ok(())
    }
}

#[test]
fn a_skipped_step_leaves_the_bits_of_a_training_without_it() {
    let Some(gpu) = gpu() else { return };
    // Momentum, whose velocity a step without gradient would still change; the number of the step it does not know.
    let optimizer = Optimizer { rule: Rule::Sgd { momentum: 0.9, nesterov: false }, ..Optimizer::sgd() };
    let (with, without) = (batches(&[false, true, false, false, true]), batches(&[false, false, false]));
    // The labels of the batches that stay are those of the shorter dataset.
    let labels: Vec<u32> = [0..4, 8..12, 12..16].into_iter().flatten().map(|i| with.labels()[i]).collect();
    let names = without.class_names().to_vec();
    let images = Images::new(SHAPE, without.pixels().to_vec()).unwrap();
    let without = Dataset::from_memory(images, labels, names).unwrap();

    let expected = fragile();
    let mut trainer = Trainer::new(&gpu, &expected, &without, None, &in_order(OnNan::Stop, optimizer)).unwrap();
    let straight = Blocking::fit(&mut trainer, &mut ()).unwrap();

    let model = fragile();
    let options = in_order(OnNan::Skip, optimizer);
    let mut trainer = Trainer::new(&gpu, &model, &with, None, &options).unwrap();
    let mut notes = Notes::default();
    let history = Blocking::fit(&mut trainer, &mut notes).unwrap();
    assert_eq!(model.weights_hash(), expected.weights_hash());
    let means = |history: &ocellus::train::History| -> Vec<[u64; 2]> {
        history.epochs.iter().map(|record| [record.loss.to_bits(), record.accuracy.to_bits()]).collect()
    };
    assert_eq!(means(&history), means(&straight));
    let places: Vec<_> = notes.skipped.iter().map(|found| (found.epoch, found.step)).collect();
    assert_eq!(places, [(1, 2), (1, 5), (2, 2), (2, 5)]);
    assert!(notes.skipped.iter().all(|found| found.first == Suspect::Gradient("conv2d.kernel".to_owned())));
    let (numbers, nan): (Vec<_>, Vec<_>) = notes.steps.iter().map(|step| (step.step, step.loss.is_nan())).unzip();
    assert_eq!(numbers, (0..10).collect::<Vec<_>>());
    assert_eq!(nan, [false, true, false, false, true, false, true, false, false, true]);

    // A checkpoint knows what was skipped before it.
    for checkpoint in &notes.checkpoints {
        let read = Checkpoint::from_bytes(std::path::Path::new("step"), &checkpoint.to_bytes().unwrap()).unwrap();
        let model = fragile();
        let mut trainer = Trainer::new(&gpu, &model, &with, None, &options).unwrap();
        trainer.restore(&read).unwrap();
        let rest = Blocking::fit(&mut trainer, &mut ()).unwrap();
        assert_eq!(
            (model.weights_hash(), means(&rest)),
            (expected.weights_hash(), means(&straight)),
            "{}",
            checkpoint.iteration()
        );
    }
}

#[test]
fn an_epoch_of_nothing_but_skipped_steps_ends_with_the_weights_it_began_with() {
    let Some(gpu) = gpu() else { return };
    let model = fragile();
    let options = TrainOptions { epochs: 1, ..in_order(OnNan::Skip, Optimizer::adam()) };
    let mut trainer = Trainer::new(&gpu, &model, &batches(&[true, true]), None, &options).unwrap();
    let history = Blocking::fit(&mut trainer, &mut ()).unwrap();
    assert!(history.epochs[0].loss.is_nan());
    assert_eq!(model.weights_hash(), fragile().weights_hash());
    assert_eq!(history.best().map(|record| record.epoch), Some(1));
}

#[test]
fn a_model_that_ends_in_softmax_is_searched_too() {
    let Some(gpu) = gpu() else { return };
    let model = Sequential::new(SHAPE)
        .add(Flatten {})
        .add(Dense::new(8))
        .add(Dense::new(4).activation(Activation::Softmax))
        .build()
        .unwrap();
    model.initialize(1);
    let optimizer = Optimizer { learning_rate: 1e30, ..Optimizer::sgd() };
    let (found, _) = failure(&gpu, &model, &pictures(1, SHAPE, 4, 40), &diverging(optimizer));
    assert!(matches!(&found.first, Suspect::Output(layer) if layer.starts_with("dense")), "{found}");
}
