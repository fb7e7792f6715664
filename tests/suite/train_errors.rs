//! What training refuses, and how it says so.

use ocellus::data::Dataset;
use ocellus::model::{Layer, Model, Sequential, Tensor, layers::*};
use ocellus::train::{
    Blocking, Callback, EpochRecord, EpochStart, Optimizer, Predictor, Rule, StepMetrics, TrainError, TrainOptions,
    Trainer,
};

use crate::support::gpu;
use crate::train_models::{dense, pictures};

const SHAPE: [usize; 3] = [5, 5, 3];

/// What `Trainer::new` says.
fn refusal(model: &Model, data: &Dataset, options: &TrainOptions) -> Option<String> {
    let gpu = gpu()?;
    Some(Trainer::new(&gpu, model, data, None, options).err().unwrap().to_string())
}

/// What it says of a change to options that are otherwise right.
fn option_refusal(change: impl Fn(&mut TrainOptions)) -> Option<String> {
    let mut options = TrainOptions::default();
    change(&mut options);
    refusal(&dense(SHAPE, 4), &pictures(1, SHAPE, 4, 8), &options)
}

#[test]
fn pictures_of_another_shape_and_too_many_classes_are_refused() {
    let options = TrainOptions::default();
    let Some(error) = refusal(&dense([4, 5, 3], 4), &pictures(1, SHAPE, 4, 8), &options) else { return };
    assert!(error.contains("(5, 5, 3)") && error.contains("(4, 5, 3)") && error.contains("'sequential'"), "{error}");
    let Some(error) = refusal(&dense(SHAPE, 3), &pictures(1, SHAPE, 4, 8), &options) else { return };
    assert!(error.contains("4 classes") && error.contains("3 outputs") && error.contains("'sequential'"), "{error}");
}

#[test]
fn options_out_of_range_are_refused_by_name_and_value() {
    type Change = fn(&mut TrainOptions);
    let cases: [(Change, [&str; 2]); 12] = [
        (|options| options.batch_size = 0, ["batch_size is 0", "at least 1"]),
        (|options| options.epochs = 0, ["epochs is 0", "at least 1"]),
        (|options| options.optimizer.learning_rate = 0.0, ["learning_rate is 0", "above 0"]),
        (|options| options.optimizer.learning_rate = f64::NAN, ["learning_rate is NaN", "above 0"]),
        (|options| options.optimizer.learning_rate = f64::INFINITY, ["learning_rate is inf", "above 0"]),
        (|options| options.optimizer.weight_decay = Some(-1.0), ["weight_decay is -1", "at least 0"]),
        (|options| options.optimizer.global_clipnorm = Some(0.0), ["global_clipnorm is 0", "above 0"]),
        (|options| options.label_smoothing = 1.0, ["label_smoothing is 1", "below 1"]),
        (|options| options.label_smoothing = f64::NAN, ["label_smoothing is NaN", "below 1"]),
        (
            |options| options.optimizer.rule = Rule::Sgd { momentum: 1.0, nesterov: false },
            ["momentum is 1", "at least 0 and below 1"],
        ),
        (
            |options| options.optimizer.rule = Rule::Adam { beta_1: 0.9, beta_2: f64::NAN, epsilon: 1e-7 },
            ["beta_2 is NaN", "at least 0 and below 1"],
        ),
        (|options| options.optimizer.rule = Rule::RmsProp { rho: 0.9, epsilon: 0.0 }, ["epsilon is 0", "above 0"]),
    ];
    for (change, words) in cases {
        let Some(error) = option_refusal(change) else { return };
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
}

#[test]
fn models_that_do_not_end_in_a_row_or_have_two_inputs_are_refused() {
    let (data, options) = (pictures(1, SHAPE, 4, 8), TrainOptions::default());
    let map = Sequential::new(SHAPE).add(Conv2d::new(4, 3)).build().unwrap();
    let Some(error) = refusal(&map, &data, &options) else { return };
    assert!(error.contains("(3, 3, 4)") && error.contains("Flatten"), "{error}");
    let (a, b) = (Tensor::input(SHAPE).unwrap(), Tensor::input(SHAPE).unwrap());
    let sum = Layer::new(Add {}).apply(&[&a, &b]).unwrap();
    let out = sum.then(Flatten {}).unwrap().then(Dense::new(4)).unwrap();
    let model = Model::new("pair", &[&a, &b], &[&out]).unwrap();
    let Some(error) = refusal(&model, &data, &options) else { return };
    assert!(error.contains("'pair' has 2 inputs"), "{error}");
}

#[test]
fn evaluation_and_prediction_refuse_empty_batches_too() {
    let Some(gpu) = gpu() else { return };
    let (model, data) = (dense(SHAPE, 4), pictures(1, SHAPE, 4, 8));
    let error = Blocking::evaluate(&gpu, &model, &data, 0).unwrap_err().to_string();
    assert!(error.contains("batch size is 0"), "{error}");
    let error = Predictor::new(&gpu, &model, 0).err().unwrap().to_string();
    assert!(error.contains("batch size is 0"), "{error}");
}

#[derive(Debug, thiserror::Error)]
#[error("the disk is full")]
struct Full;

/// Fails at one place and counts what is called.
struct Failing {
    at: &'static str,
    steps: usize,
    epochs: usize,
}

impl Failing {
    fn fail(&self, here: bool, place: &str) -> Result<(), TrainError> {
        if here && self.at == place {
            return Err(TrainError::Callback(format!("cannot write at {place}"), Box::new(Full)));
        }
        Ok(())
    }
}

impl Callback for Failing {
    fn on_epoch_begin(&mut self, start: EpochStart) -> Result<(), TrainError> {
        self.fail(start.epoch == 2, "begin")
    }

    fn on_step(&mut self, metrics: StepMetrics) -> Result<(), TrainError> {
        self.steps += 1;
        self.fail(metrics.step == 6, "step")
    }

    fn on_epoch_end(&mut self, record: &EpochRecord, _model: &Model) -> Result<(), TrainError> {
        self.epochs += 1;
        self.fail(record.epoch == 2, "end")
    }
}

#[test]
fn a_callbacks_error_stops_training_and_comes_back() {
    let Some(gpu) = gpu() else { return };
    let data = pictures(1, SHAPE, 4, 20);
    let optimizer = Optimizer::sgd();
    let options = TrainOptions { epochs: 3, batch_size: 4, optimizer, ..TrainOptions::default() };
    for (at, steps, epochs) in [("begin", 5, 1), ("step", 7, 1), ("end", 10, 2)] {
        let mut trainer = Trainer::new(&gpu, &dense(SHAPE, 4), &data, None, &options).unwrap();
        let mut callback = Failing { at, steps: 0, epochs: 0 };
        let error = Blocking::fit(&mut trainer, &mut callback).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot write at {at}"));
        assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "the disk is full");
        assert_eq!((callback.steps, callback.epochs), (steps, epochs), "{at}");
    }
}
