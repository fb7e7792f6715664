//! Models: shapes, names, weights, summaries, and what is refused.

use ocellus::model::{
    Activation, Layer, Metadata, Model, ModelConfig, ModelError, Sequential, Tensor, WeightsFile, layers::*, lecture,
};
use ocellus::shape::Padding;

#[test]
fn the_lectures_model_has_122570_parameters() {
    let model = lecture([32, 32, 3], 10).unwrap();
    assert_eq!(model.parameters(), (122_570, 122_570));
    let summary = model.summary();
    assert!(summary.contains("Total params: 122,570 (478.79 KB)"), "{summary}");
    assert!(summary.contains("conv2d_1 (Conv2D)") && summary.contains("(None, 13, 13, 64)"), "{summary}");
    let names: Vec<String> = model.weights().into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names[..3], ["conv2d.kernel", "conv2d.bias", "conv2d_1.kernel"]);
}

#[test]
fn a_window_that_does_not_fit_names_the_layer_and_both_shapes() {
    let error = Sequential::new([4, 4, 1]).add(Conv2d::new(8, 5)).build().unwrap_err().to_string();
    assert!(error.contains("'conv2d'") && error.contains("(4, 4, 1)") && error.contains("5x5"), "{error}");
    let error = Sequential::new([4, 4, 1]).add(Flatten {}).add(Conv2d::new(8, 3)).build().unwrap_err().to_string();
    assert!(error.contains("(16)") && error.contains("(height, width, channels)"), "{error}");
}

#[test]
fn merging_different_shapes_names_both() {
    let input = Tensor::input([8, 8, 3]).unwrap();
    let a = input.then(Conv2d::new(4, 3)).unwrap();
    let b = input.then(Conv2d::new(4, 3).padding(Padding::Same)).unwrap();
    let error = Layer::named(Add {}, "sum").apply(&[&a, &b]).unwrap_err().to_string();
    assert!(error.contains("'sum'") && error.contains("(6, 6, 4)") && error.contains("(8, 8, 4)"), "{error}");
    assert!(Layer::new(Concatenate {}).apply(&[&a, &b]).is_err());
    let error = Layer::new(Add {}).apply(&[&a]).unwrap_err().to_string();
    assert!(error.contains("at least two inputs") && error.contains("1 given"), "{error}");
}

#[test]
fn options_out_of_range_are_refused() {
    let build = |layer: Layer| Sequential::new([8, 8, 3]).add(layer).build().unwrap_err();
    assert!(matches!(build(Dropout::new(1.0).into()), ModelError::Option { .. }));
    assert!(matches!(build(Dropout::new(f32::NAN).into()), ModelError::Option { .. }));
    assert!(matches!(build(Conv2d::new(0, 3).into()), ModelError::Option { .. }));
    assert!(matches!(build(Conv2d::new(4, 0).into()), ModelError::Option { .. }));
    assert!(matches!(build(Conv2d::new(4, 3).strides(0).into()), ModelError::Option { .. }));
    assert!(matches!(build(Dense::new(usize::MAX).into()), ModelError::Option { .. }));
    assert!(matches!(
        build(BatchNormalization { epsilon: 0.0, ..Default::default() }.into()),
        ModelError::Option { .. }
    ));
    assert!(Sequential::new([0, 8, 3]).add(Flatten {}).build().is_err());
}

#[test]
fn names_are_given_by_type_and_counter_around_those_given_by_hand() {
    let model = Sequential::new([8, 8, 3])
        .add(Layer::named(Conv2d::new(4, 3), "conv2d"))
        .add(Conv2d::new(4, 3))
        .add(Conv2d::new(4, 3))
        .build()
        .unwrap();
    let names: Vec<String> = model.layers().iter().map(|layer| layer.name().to_owned()).collect();
    assert_eq!(names, ["input_layer", "conv2d", "conv2d_1", "conv2d_2"]);
    let twice =
        Sequential::new([8]).add(Layer::named(Dense::new(2), "a")).add(Layer::named(Dense::new(2), "a")).build();
    assert_eq!(twice.unwrap_err(), ModelError::DuplicateName("a".to_owned()));
    assert!(Sequential::new([8]).add(Layer::named(Dense::new(2), "a.b")).build().is_err());
}

fn residual() -> Model {
    let input = Tensor::input([8, 8, 3]).unwrap();
    let a = input.then(Conv2d::new(4, 3).padding(Padding::Same).activation(Activation::Relu)).unwrap();
    let b = a.then(Conv2d::new(4, 3).padding(Padding::Same)).unwrap().then(BatchNormalization::default()).unwrap();
    let sum = Layer::new(Add {}).apply(&[&a, &b]).unwrap();
    let both = Layer::new(Concatenate {}).apply(&[&sum, &a]).unwrap();
    let out = both.then(GlobalAveragePooling2d {}).unwrap().then(Dense::new(2)).unwrap();
    Model::new("residual", &[&input], &[&out]).unwrap()
}

#[test]
fn a_graph_survives_its_words() {
    let model = residual();
    let json = serde_json::to_string(&model.config()).unwrap();
    let again = serde_json::from_str::<ModelConfig>(&json).unwrap().build().unwrap();
    assert_eq!(again.config(), model.config());
    assert_eq!(again.parameters(), model.parameters());
    assert_eq!(model.parameters(), (112 + 148 + 16 + 18, 112 + 148 + 8 + 18));
    let summary = model.summary();
    assert!(
        summary.contains("Connected to") && summary.contains("conv2d[0][0], batch_normalization[0][0]"),
        "{summary}"
    );
    let toml = toml::to_string(&model.config()).unwrap();
    assert_eq!(toml::from_str::<ModelConfig>(&toml).unwrap(), model.config());
}

#[test]
fn an_unknown_option_or_layer_is_refused() {
    let words =
        |layer: &str| format!(r#"{{"name":"m","layers":[{{"name":"i","type":"input_layer","shape":[4]}},{layer}]}}"#);
    let parse = |layer: &str| serde_json::from_str::<ModelConfig>(&words(layer)).map_err(|error| error.to_string());
    assert!(parse(r#"{"name":"d","type":"dense","units":2}"#).is_ok());
    assert!(parse(r#"{"name":"d","type":"dense","units":2,"activaton":"relu"}"#).unwrap_err().contains("activaton"));
    assert!(parse(r#"{"name":"d","type":"denze","units":2}"#).unwrap_err().contains("denze"));
    let dangling = parse(r#"{"name":"d","type":"dense","units":2,"inputs":["x"]}"#).unwrap().build().unwrap_err();
    assert!(matches!(dangling, ModelError::UnknownLayer { .. }));
}

#[test]
fn a_model_cut_at_a_layer_shares_its_weights() {
    let model = lecture([32, 32, 3], 10).unwrap();
    let cut = model.up_to("conv2d_1").unwrap();
    assert_eq!(cut.output_shape().to_string(), "(13, 13, 64)");
    model.initialize(3);
    assert_eq!(cut.weights()[..4], model.weights()[..4]);
    let error = model.up_to("conv9").unwrap_err().to_string();
    assert!(error.contains("conv9") && error.contains("max_pooling2d"), "{error}");
}

#[test]
fn uses_of_a_shared_layer_are_told_apart_in_words() {
    let input = Tensor::input([6]).unwrap();
    let shared = Layer::from(Dense::new(6));
    let once = shared.apply(&[&input]).unwrap();
    let twice = shared.apply(&[&once]).unwrap();
    let other = once.then(Dense::new(6)).unwrap();
    let sum = Layer::new(Add {}).apply(&[&once, &twice, &other]).unwrap();
    let model = Model::new("shared", &[&input], &[&twice, &sum]).unwrap();
    let again = model.config().build().unwrap();
    assert_eq!(again.config(), model.config());
    let connections = |model: &Model| model.nodes().iter().map(|node| node.inputs.clone()).collect::<Vec<_>>();
    assert_eq!((connections(&again), again.outputs()), (connections(&model), model.outputs()));
}

#[test]
fn a_model_cannot_begin_at_a_computed_tensor() {
    let model = lecture([32, 32, 3], 10).unwrap();
    let error = Model::new("head", &[model.tensor("conv2d").unwrap()], &[model.tensor("dense").unwrap()]).unwrap_err();
    assert_eq!(error, ModelError::NotAnInput("conv2d".to_owned()));
}

#[test]
fn absurd_windows_are_refused_before_a_device_meets_them() {
    let build = |layer: Layer| Sequential::new([8, 8, 3]).add(layer).build().unwrap_err();
    let same = Padding::Same;
    assert!(matches!(build(Conv2d::new(4, 3).strides(1 << 32).padding(same).into()), ModelError::Option { .. }));
    assert!(matches!(build(MaxPooling2d::new(1_000_000).padding(same).into()), ModelError::Option { .. }));
    assert!(matches!(build(Conv2d::new(4, 3).dilation_rate(1 << 40).padding(same).into()), ModelError::Option { .. }));
    assert!(matches!(build(DepthwiseConv2d::new(3).depth_multiplier(usize::MAX).into()), ModelError::Option { .. }));
}

#[test]
fn a_layer_used_twice_has_one_set_of_weights() {
    let input = Tensor::input([6]).unwrap();
    let shared = Layer::from(Dense::new(6));
    let once = shared.apply(&[&input]).unwrap();
    let twice = shared.apply(&[&once]).unwrap();
    let model = Model::new("twice", &[&input], &[&twice]).unwrap();
    assert_eq!(model.parameters(), (42, 42));
    let again = model.config().build().unwrap();
    assert_eq!((again.parameters(), again.nodes().len()), ((42, 42), 3));
    assert_eq!(again.config(), model.config());
    let other = Tensor::input([7]).unwrap();
    assert!(matches!(shared.apply(&[&other]).unwrap_err(), ModelError::Shared { .. }));
}

#[test]
fn weights_files_bring_back_model_and_weights_and_equal_models_give_equal_files() {
    let folder = tempfile::tempdir().unwrap();
    let (path, again) = (folder.path().join("a.safetensors"), folder.path().join("b.safetensors"));
    let model = residual();
    model.initialize(5);
    let metadata = Metadata::new(&model, "made-up", &["a".to_owned(), "b".to_owned()]);
    WeightsFile::save(&path, &model, &metadata).unwrap();
    WeightsFile::save(&again, &model, &metadata).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(&again).unwrap());
    let file = WeightsFile::load(&path).unwrap();
    assert_eq!(file.metadata(), Some(&metadata));
    assert_eq!(file.model().unwrap().weights(), model.weights());
}

#[test]
fn weights_of_another_model_or_a_damaged_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    let model = lecture([28, 28, 1], 10).unwrap();
    WeightsFile::save(&path, &model, &Metadata::new(&model, "digits", &[])).unwrap();
    let file = WeightsFile::load(&path).unwrap();
    let error = file.apply(&lecture([32, 32, 3], 10).unwrap()).unwrap_err().to_string();
    assert!(error.contains("conv2d.kernel") && error.contains("weights.safetensors"), "{error}");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 5);
    std::fs::write(&path, &bytes).unwrap();
    assert!(WeightsFile::load(&path).unwrap_err().to_string().contains("not a whole safetensors file"));
    assert!(WeightsFile::load(&folder.path().join("none")).unwrap_err().to_string().contains("none"));
}
