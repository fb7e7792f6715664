//! Weights for another number of classes.

use std::path::PathBuf;

use ocellus::model::{
    Activation, Layer, Metadata, Model, ModelError, Sequential, Tensor, Transfer, WeightsFile, builtin, layers::*,
};
use tempfile::TempDir;

const SHAPE: [usize; 3] = [20, 20, 1];

/// The model's weights, filled from `seed`, in a file.
fn saved(model: &Model, seed: u32) -> (TempDir, WeightsFile) {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("weights.safetensors");
    model.initialize(seed);
    WeightsFile::save(&path, model, &Metadata::new(model, "made-up", &[])).unwrap();
    let file = WeightsFile::load(&path).unwrap();
    (folder, file)
}

#[test]
fn a_model_for_other_classes_takes_all_weights_but_its_heads() {
    for (name, head) in [("lecture", "dense_1"), ("resnet20", "classes"), ("lenet5", "dense_2")] {
        let old = builtin(name, SHAPE, 10).unwrap();
        let (_folder, file) = saved(&old, 1);
        let new = builtin(name, SHAPE, 3).unwrap();
        new.initialize(2);
        let fresh = new.weights();
        assert_eq!(file.transfer(&new).unwrap(), Transfer { fresh: vec![head.to_owned()] });
        for ((new, old), fresh) in new.weights().into_iter().zip(old.weights()).zip(fresh) {
            let expected = if new.0.starts_with(&format!("{head}.")) { fresh } else { old };
            assert_eq!(new, expected);
        }
        assert!(file.apply(&new).is_err(), "{name}");
    }
}

#[test]
fn a_model_for_the_same_classes_takes_all_weights() {
    let old = builtin("lecture", SHAPE, 10).unwrap();
    let (_folder, file) = saved(&old, 1);
    let new = builtin("lecture", SHAPE, 10).unwrap();
    new.initialize(2);
    assert_eq!(file.transfer(&new).unwrap(), Transfer::default());
    assert_eq!(new.weights(), old.weights());
}

#[test]
fn what_follows_the_head_and_depends_on_the_classes_is_fresh_with_it() {
    let build = |classes| {
        let model = Sequential::new([6, 6, 2]).add(Conv2d::new(4, 3)).add(Conv2d::new(classes, 1));
        let model = model.add(BatchNormalization::default()).add(GlobalAveragePooling2d {});
        model.add(ActivationLayer { activation: Activation::Softmax }).build().unwrap()
    };
    let (_folder, file) = saved(&build(4), 1);
    let new = build(2);
    new.initialize(2);
    let transfer = file.transfer(&new).unwrap();
    assert_eq!(transfer.fresh, ["conv2d_1", "batch_normalization"]);
}

#[test]
fn anything_else_that_does_not_fit_is_refused_and_nothing_changed() {
    let small = |hidden: usize, classes: usize, bias: bool| {
        let model = Sequential::new([6]).add(Dense::new(hidden)).add(Dense::new(classes).use_bias(bias)).build();
        model.unwrap()
    };
    let (_folder, file) = saved(&small(5, 10, true), 1);
    let cases = [
        // Another body, also where the head is another one too.
        (small(6, 10, true), "'dense.kernel' has shape (6, 5), the model's has (6, 6)"),
        (small(6, 3, true), "'dense.kernel'"),
        // A weight too many.
        (small(5, 3, false), "the model has no 'dense_1.bias'"),
        (Sequential::new([6]).add(Dense::new(5)).build().unwrap(), "the model has no 'dense_1.bias'"),
        // A weight that is not there.
        (
            Sequential::new([6]).add(Dense::new(5)).add(Dense::new(4)).add(Dense::new(3)).build().unwrap(),
            "'dense_1.kernel' has shape (5, 10), the model's has (5, 4)",
        ),
    ];
    for (model, reason) in cases {
        model.initialize(2);
        let before = model.weights();
        let error = file.transfer(&model).unwrap_err().to_string();
        assert!(error.contains(reason) && error.contains("weights.safetensors"), "{error}");
        assert_eq!(model.weights(), before);
    }
}

#[test]
fn a_models_words_are_given_another_number_of_classes() {
    for name in ["lecture", "resnet20", "vgg-small"] {
        let model = builtin(name, [32, 32, 3], 10).unwrap();
        model.layers().iter().for_each(|layer| layer.set_trainable(false));
        let config = model.config().with_classes(7).unwrap();
        let again = config.build().unwrap();
        assert_eq!(again.output_shape().to_string(), "(7)", "{name}");
        assert_eq!(config.layers.len(), model.config().layers.len());
        // The new head is there to be trained.
        let trainable: Vec<String> =
            again.layers().iter().filter(|layer| layer.trainable()).map(|layer| layer.name().to_owned()).collect();
        assert_eq!(trainable, [config.layers.last().unwrap().name.clone().unwrap()], "{name}");
    }
    let same = builtin("lecture", [32, 32, 3], 10).unwrap().config();
    assert_eq!(same.with_classes(10).unwrap(), same);
}

#[test]
fn a_model_whose_outputs_no_single_layer_makes_is_refused() {
    let input = Tensor::input([6]).unwrap();
    let (a, b) = (input.then(Dense::new(3)).unwrap(), input.then(Dense::new(2)).unwrap());
    let both = Layer::new(Concatenate {}).apply(&[&a, &b]).unwrap();
    let model = Model::new("two", &[&input], &[&both]).unwrap();
    let error = model.config().with_classes(7).unwrap_err();
    assert!(matches!(&error, ModelError::Classes { classes: 7, .. }), "{error}");
    assert!(error.to_string().contains("its output has shape (14)"), "{error}");
    let nothing = Sequential::new([6]).add(Flatten {}).build().unwrap();
    assert!(matches!(nothing.config().with_classes(7).unwrap_err(), ModelError::Classes { .. }));
}
