//! Fine-tuning: what is frozen stays as it is, and costs nothing.

use ocellus::data::Dataset;
use ocellus::gpu::Gpu;
use ocellus::model::{Activation, Layer, Model, ModelError, Sequential, builtin, layers::*};
use ocellus::shape::Padding;
use ocellus::train::{Blocking, Callback, Optimizer, TrainError, TrainOptions, Trainer, TrainingPlan};

use crate::support::gpu;
use crate::train_models::pictures;

const SHAPE: [usize; 3] = [10, 9, 3];

/// Three convolutions with normalisation, pooling and dropout between them, and two dense layers.
fn model() -> Model {
    let conv = |filters, name: &str| Layer::named(Conv2d::new(filters, 3).padding(Padding::Same), name);
    let model = Sequential::new(SHAPE)
        .add(conv(8, "low"))
        .add(Layer::named(BatchNormalization::default(), "low_norm"))
        .add(ActivationLayer { activation: Activation::Relu })
        .add(MaxPooling2d::new(2))
        .add(conv(8, "middle"))
        .add(Layer::named(BatchNormalization::default(), "middle_norm"))
        .add(ActivationLayer { activation: Activation::Gelu })
        .add(AveragePooling2d::new(2))
        .add(Dropout::new(0.3))
        .add(conv(12, "high"))
        .add(Flatten {})
        .add(Layer::named(Dense::new(8).activation(Activation::Tanh), "hidden"))
        .add(Layer::named(Dense::new(4), "head"))
        .build()
        .unwrap();
    model.initialize(7);
    model
}

fn options() -> TrainOptions {
    let optimizer = Optimizer { global_clipnorm: Some(1.0), ..Optimizer::adamw() };
    TrainOptions { epochs: 2, batch_size: 8, optimizer, ..TrainOptions::default() }
}

fn data() -> Dataset {
    pictures(1, SHAPE, 4, 45)
}

/// The labels of a step's dispatches, of one step and its update.
fn labels(gpu: &Gpu, model: &Model) -> Vec<String> {
    let plan = TrainingPlan::new(gpu, model, &data(), None, &options()).unwrap();
    let commands = plan.recordings().into_iter().flat_map(|recording| recording.commands());
    commands.map(|command| command.label.clone()).collect()
}

/// How many of them read exactly so.
fn count(labels: &[String], label: &str) -> usize {
    labels.iter().filter(|other| *other == label).count()
}

struct Quiet;

impl Callback for Quiet {}

fn train(gpu: &Gpu, model: &Model) {
    let mut trainer = Trainer::new(gpu, model, &data(), None, &options()).unwrap();
    Blocking::fit(&mut trainer, &mut Quiet).unwrap();
}

fn bits(model: &Model) -> Vec<(String, Vec<u32>)> {
    let weights = model.weights().into_iter();
    weights.map(|(name, _, values)| (name, values.into_iter().map(f32::to_bits).collect())).collect()
}

/// The names of the weights that training has changed.
fn changed(gpu: &Gpu, model: &Model) -> Vec<String> {
    let before = bits(model);
    train(gpu, model);
    let pairs = before.into_iter().zip(bits(model));
    pairs.filter(|(before, after)| before != after).map(|((name, _), _)| name).collect()
}

#[test]
fn nothing_is_computed_below_the_lowest_trainable_layer() {
    let Some(gpu) = gpu() else { return };
    let whole = labels(&gpu, &model());
    assert_eq!(count(&whole, "conv2d: gradient of the kernel"), 3, "{whole:?}");
    assert_eq!(count(&whole, "conv2d: gradient of the input"), 2, "{whole:?}");

    let model = model();
    model.freeze(&["low", "low_norm", "middle", "middle_norm"]).unwrap();
    let expected = [
        "gather: images",
        "gather: labels",
        "conv2d: forward",
        // By moving statistics, as in inference.
        "batch normalization: forward",
        "activation: forward",
        "max_pooling2d: forward",
        "conv2d: forward",
        "batch normalization: forward",
        "activation: forward",
        "average_pooling2d: forward",
        // Dropout has no weights to freeze.
        "dropout: forward",
        "conv2d: forward",
        "matmul: forward",
        "matmul: forward",
        "softmax cross-entropy: metrics and gradient",
        "bias: sum of rows",
        "matmul: gradient of the kernel",
        // Through the activation before it.
        "matmul: gradient of the input",
        "bias: sum of rows",
        "matmul: gradient of the kernel",
        "matmul: gradient of the input",
        "bias: sum of rows",
        "conv2d: gradient of the kernel",
        "conv2d: gradient of the kernel: sum of rows",
        "global norm: parts",
        "global norm: total",
        // The gradients, then their norm.
        "finite: parts",
        "finite: verdict",
        "finite: parts",
        "finite: verdict",
        "optimizer: step",
    ];
    assert_eq!(labels(&gpu, &model), expected);
}

#[test]
fn a_frozen_layer_between_trained_ones_passes_gradients_on_and_has_none() {
    let Some(gpu) = gpu() else { return };
    let model = model();
    model.freeze(&["middle", "middle_norm", "hidden"]).unwrap();
    let labels = labels(&gpu, &model);
    for (label, times) in [
        ("conv2d: gradient of the kernel", 2),
        ("conv2d: gradient of the input", 2),
        ("batch normalization: gradient of the input", 2),
        ("batch normalization: gradient of the parameters", 1),
        ("batch normalization: update of the moving statistics", 1),
        // Of `hidden` only that of its input.
        ("matmul: gradient of the kernel", 1),
        ("matmul: gradient of the input", 2),
        // Those of `low`, `high` and `head`; the first, over many pixels, in two passes.
        ("bias: sum of rows", 3 + 1),
    ] {
        assert_eq!(count(&labels, label), times, "{label} in {labels:?}");
    }
}

#[test]
fn gradients_and_moments_have_no_room_for_frozen_weights() {
    let Some(gpu) = gpu() else { return };
    let model = model();
    let all: Vec<String> =
        model.layers().iter().map(|layer| layer.name().to_owned()).filter(|name| name != "head").collect();
    model.freeze(&all).unwrap();
    assert_eq!(model.parameters().1, 8 * 4 + 4);
    let plan = TrainingPlan::new(&gpu, &model, &data(), None, &options()).unwrap();
    // A kernel of 128 bytes and a bias of 16, at offsets of 256.
    for part in ["weights", "gradients", "moment 0", "moment 1"] {
        let memory = plan.memory();
        let bytes: Vec<u64> = memory.iter().filter(|item| item.label == part).map(|item| item.bytes).collect();
        assert_eq!(bytes, [512], "{part} of {memory:?}");
    }
}

#[test]
fn frozen_weights_and_statistics_keep_every_bit_and_all_others_change() {
    let Some(gpu) = gpu() else { return };
    let model = model();
    model.freeze(&["low_norm", "middle"]).unwrap();
    let changed = changed(&gpu, &model);
    let expected: Vec<String> = model
        .weights()
        .into_iter()
        .map(|(name, ..)| name)
        .filter(|name| !name.starts_with("low_norm.") && !name.starts_with("middle."))
        .collect();
    assert_eq!(changed, expected);
    assert!(expected.contains(&"middle_norm.moving_mean".to_owned()));
}

#[test]
fn trainable_belongs_to_the_layer_and_can_be_given_back() {
    let Some(gpu) = gpu() else { return };
    let model = model();
    let (all, trained) = model.parameters();
    let cut = model.up_to("middle").unwrap();
    cut.freeze(&["middle"]).unwrap();
    assert!(!model.layers()[model.find("middle").unwrap()].trainable());
    assert_eq!(model.parameters(), (all, trained - (9 * 8 * 8 + 8)));
    assert!(!changed(&gpu, &model).contains(&"middle.kernel".to_owned()));
    model.layers()[model.find("middle").unwrap()].set_trainable(true);
    assert_eq!(model.parameters(), (all, trained));
    assert!(changed(&gpu, &model).contains(&"middle.kernel".to_owned()));
}

#[test]
fn a_training_that_is_planned_goes_on_as_planned() {
    let Some(gpu) = gpu() else { return };
    let model = model();
    let data = data();
    let plan = TrainingPlan::new(&gpu, &model, &data, None, &options()).unwrap();
    model.freeze(&["low", "head"]).unwrap();
    let before = bits(&model);
    let mut trainer = plan.start(&data, None).unwrap();
    Blocking::fit(&mut trainer, &mut Quiet).unwrap();
    assert!(before.iter().zip(bits(&model)).all(|(before, after)| *before != after));
}

#[test]
fn a_model_with_everything_frozen_is_refused() {
    let Some(gpu) = gpu() else { return };
    let model = model();
    model.layers().iter().for_each(|layer| layer.set_trainable(false));
    let error = TrainingPlan::new(&gpu, &model, &data(), None, &options()).err().unwrap();
    assert!(matches!(&error, TrainError::NothingToTrain(_)), "{error}");
    assert!(error.to_string().contains("nothing to train in model 'sequential'"), "{error}");
}

#[test]
fn freezing_an_unknown_layer_names_the_nearest_and_freezes_none() {
    let model = model();
    let error = model.freeze(&["low", "midle"]).unwrap_err();
    assert!(matches!(&error, ModelError::UnknownLayer { .. }));
    assert!(error.to_string().contains("did you mean 'middle'?"), "{error}");
    assert!(model.layers().iter().all(Layer::trainable));
}

#[test]
fn summaries_mark_frozen_layers_and_count_their_weights() {
    let model = builtin("lecture", [32, 32, 3], 10).unwrap();
    assert!(!model.summary().contains("Trainable │"));
    model.freeze(&["conv2d", "dense"]).unwrap();
    let summary = model.summary();
    let frozen = 896 + 65_600;
    assert!(summary.contains("│ Trainable │"), "{summary}");
    let mark = |layer: &str| {
        let line = summary.lines().find(|line| line.contains(&format!("│ {layer} ("))).unwrap();
        line.trim_end_matches([' ', '│']).chars().last().unwrap()
    };
    assert_eq!(["conv2d", "max_pooling2d", "conv2d_1", "dense"].map(mark), ['N', '-', 'Y', 'N'], "{summary}");
    assert!(summary.contains(" Total params: 122,570 (478.79 KB)"), "{summary}");
    assert!(summary.contains(&format!(" Trainable params: {} ", "56,074")), "{summary}");
    assert!(summary.contains(" Non-trainable params: 66,496 (259.75 KB)"), "{summary}");
    assert_eq!(frozen, 66_496);
}
