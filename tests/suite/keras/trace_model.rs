//! Builds the model and the optimizer that Keras wrote down.

use std::collections::HashMap;

use ocellus::model::{Activation, Layer, LayerKind, Model, Tensor, layers};
use ocellus::train::{Optimizer, Rule};
use serde_json::Value;

use super::case::{padding, pair};

/// The model that Keras' `get_config` describes: Sequential or Functional.
pub(super) fn model(description: &Value) -> Model {
    let class = description["class_name"].as_str().expect("a class");
    let config = &description["config"];
    let layers = config["layers"].as_array().expect("layers");
    let name = config["name"].as_str().unwrap_or("model");
    match class {
        "Sequential" => sequential(name, layers, config),
        "Functional" | "Model" => functional(name, layers, config),
        other => panic!("model class '{other}' is not known"),
    }
}

fn sequential(name: &str, layers: &[Value], config: &Value) -> Model {
    let mut input = None;
    let mut tensor: Option<Tensor> = None;
    for layer in layers {
        if layer["class_name"] == "InputLayer" {
            let entry = self::layer(layer).apply(&[]).unwrap();
            input = Some(entry.clone());
            tensor = Some(entry);
            continue;
        }
        let before = tensor.unwrap_or_else(|| {
            let entry = Tensor::input(extents(&config["build_input_shape"])).unwrap();
            input = Some(entry.clone());
            entry
        });
        tensor = Some(self::layer(layer).apply(&[&before]).unwrap());
    }
    Model::new(name, &[&input.expect("an input")], &[&tensor.expect("layers")]).unwrap()
}

fn functional(name: &str, layers: &[Value], config: &Value) -> Model {
    let mut tensors: HashMap<(String, u64), Tensor> = HashMap::new();
    for description in layers {
        let layer = layer(description);
        let key = |node: usize| (layer.name().to_owned(), node as u64);
        let nodes = description["inbound_nodes"].as_array().expect("inbound nodes");
        if nodes.is_empty() {
            tensors.insert(key(0), layer.apply(&[]).unwrap());
        }
        for (number, node) in nodes.iter().enumerate() {
            let mut sources = Vec::new();
            histories(&node["args"], &mut sources);
            let inputs: Vec<&Tensor> =
                sources.iter().map(|source| tensors.get(source).unwrap_or_else(|| panic!("no {source:?}"))).collect();
            let output = layer.apply(&inputs).unwrap();
            tensors.insert(key(number), output);
        }
    }
    let ends = |key: &str| -> Vec<&Tensor> {
        let mut found = Vec::new();
        references(&config[key], &mut found);
        found.iter().map(|source| &tensors[source]).collect()
    };
    Model::new(name, &ends("input_layers"), &ends("output_layers")).unwrap()
}

/// The tensors that a call's arguments mention, in order: layer and node.
fn histories(value: &Value, found: &mut Vec<(String, u64)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| histories(item, found)),
        Value::Object(object) => match object.get("config").and_then(|config| config.get("keras_history")) {
            Some(history) => references(history, found),
            None => object.values().for_each(|item| histories(item, found)),
        },
        _ => {}
    }
}

/// `[layer, node, tensor]`, or a list of such.
fn references(value: &Value, found: &mut Vec<(String, u64)>) {
    let items = value.as_array().expect("a reference");
    match items.first() {
        Some(Value::String(layer)) => found.push((layer.clone(), items[1].as_u64().expect("a node"))),
        _ => items.iter().for_each(|item| references(item, found)),
    }
}

/// A shape without the batch.
fn extents(value: &Value) -> Vec<usize> {
    value.as_array().expect("a shape")[1..].iter().map(|extent| extent.as_u64().expect("an extent") as usize).collect()
}

fn layer(description: &Value) -> Layer {
    let config = &description["config"];
    for key in [
        "kernel_regularizer",
        "bias_regularizer",
        "activity_regularizer",
        "kernel_constraint",
        "bias_constraint",
        "depthwise_regularizer",
        "depthwise_constraint",
        "beta_regularizer",
        "gamma_regularizer",
        "beta_constraint",
        "gamma_constraint",
    ] {
        assert!(config.get(key).is_none_or(Value::is_null), "{key} is not known");
    }
    assert!(config.get("data_format").is_none_or(|format| format == "channels_last"));
    assert!(config.get("groups").is_none_or(|groups| groups == 1));
    assert!(config.get("trainable").is_none_or(|trainable| trainable == true), "every layer is trained here");
    let class = description["class_name"].as_str().expect("a class");
    let sizes = |key: &str| layers::Pair::from(pair(&config[key]).unwrap_or_else(|| panic!("{key}")));
    let size_or_one = |key: &str| config.get(key).map_or(layers::Pair::from(1), |_| sizes(key));
    let count = |key: &str| config[key].as_u64().unwrap_or_else(|| panic!("{key}")) as usize;
    let number = |key: &str| config[key].as_f64().unwrap_or_else(|| panic!("{key}")) as f32;
    let flag = |key: &str| config[key].as_bool().unwrap_or_else(|| panic!("{key}"));
    let around = || padding(&config["padding"]).expect("a padding");
    let function = || activation(&config["activation"]);
    let last_axis = |key: &str| {
        let axis = &config[key];
        assert!(axis == -1 || axis == 3 || axis == 1 || axis == &serde_json::json!([3]), "axis {axis} is not known");
    };
    let kind: LayerKind = match class {
        "InputLayer" => {
            let shape = config.get("batch_shape").unwrap_or(&config["batch_input_shape"]);
            layers::Input { shape: extents(shape).into() }.into()
        }
        "Conv2D" => layers::Conv2d {
            filters: count("filters"),
            kernel_size: sizes("kernel_size"),
            strides: sizes("strides"),
            padding: around(),
            dilation_rate: size_or_one("dilation_rate"),
            activation: function(),
            use_bias: flag("use_bias"),
        }
        .into(),
        "DepthwiseConv2D" => layers::DepthwiseConv2d {
            kernel_size: sizes("kernel_size"),
            strides: sizes("strides"),
            padding: around(),
            depth_multiplier: count("depth_multiplier"),
            dilation_rate: size_or_one("dilation_rate"),
            activation: function(),
            use_bias: flag("use_bias"),
        }
        .into(),
        "MaxPooling2D" => {
            layers::MaxPooling2d { pool_size: sizes("pool_size"), strides: Some(sizes("strides")), padding: around() }
                .into()
        }
        "AveragePooling2D" => layers::AveragePooling2d {
            pool_size: sizes("pool_size"),
            strides: Some(sizes("strides")),
            padding: around(),
        }
        .into(),
        "GlobalAveragePooling2D" => {
            assert!(config.get("keepdims").is_none_or(|keep| keep == false));
            layers::GlobalAveragePooling2d {}.into()
        }
        "Dense" => layers::Dense { units: count("units"), activation: function(), use_bias: flag("use_bias") }.into(),
        "Flatten" => layers::Flatten {}.into(),
        "Activation" => layers::ActivationLayer { activation: function() }.into(),
        "ReLU" => {
            assert!(config["max_value"].is_null() && config["threshold"] == 0.0, "a capped ReLU is not known");
            match number("negative_slope") {
                0.0 => layers::ActivationLayer { activation: Activation::Relu }.into(),
                negative_slope => layers::LeakyRelu { negative_slope }.into(),
            }
        }
        "LeakyReLU" => layers::LeakyRelu { negative_slope: number("negative_slope") }.into(),
        "ELU" => layers::Elu { alpha: number("alpha") }.into(),
        "Softmax" => {
            last_axis("axis");
            layers::ActivationLayer { activation: Activation::Softmax }.into()
        }
        "Dropout" => layers::Dropout { rate: number("rate") }.into(),
        "BatchNormalization" => {
            last_axis("axis");
            layers::BatchNormalization {
                momentum: number("momentum"),
                epsilon: number("epsilon"),
                center: flag("center"),
                scale: flag("scale"),
            }
            .into()
        }
        "Add" => layers::Add {}.into(),
        "Concatenate" => {
            last_axis("axis");
            layers::Concatenate {}.into()
        }
        other => panic!("layer class '{other}' is not known"),
    };
    Layer::named(kind, config["name"].as_str().expect("a name"))
}

fn activation(value: &Value) -> Activation {
    match value.as_str() {
        None if value.is_null() => Activation::Linear,
        Some("swish") => Activation::Silu,
        _ => serde_json::from_value(value.clone()).unwrap_or_else(|_| panic!("activation {value} is not known")),
    }
}

/// The optimizer that Keras' `get_config` describes.
pub(super) fn optimizer(description: &Value) -> Optimizer {
    let config = description.get("config").unwrap_or(description);
    for key in ["clipnorm", "clipvalue", "gradient_accumulation_steps", "loss_scale_factor"] {
        assert!(config.get(key).is_none_or(Value::is_null), "{key} is not known");
    }
    for key in ["use_ema", "amsgrad", "centered"] {
        assert!(config.get(key).is_none_or(|value| value == false), "{key} is not known");
    }
    let name = config["name"].as_str().expect("a name").trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    let number = |key: &str| config[key].as_f64().unwrap_or_else(|| panic!("{key}"));
    let optional = |key: &str| config.get(key).and_then(Value::as_f64);
    let rule = match name.to_lowercase().as_str() {
        "adam" | "adamw" => {
            Rule::Adam { beta_1: number("beta_1"), beta_2: number("beta_2"), epsilon: number("epsilon") }
        }
        "sgd" => Rule::Sgd { momentum: number("momentum"), nesterov: config["nesterov"].as_bool().expect("nesterov") },
        "rmsprop" => {
            assert!(optional("momentum").is_none_or(|momentum| momentum == 0.0), "RMSprop's momentum is not known");
            Rule::RmsProp { rho: number("rho"), epsilon: number("epsilon") }
        }
        other => panic!("optimizer '{other}' is not known"),
    };
    Optimizer {
        rule,
        learning_rate: number("learning_rate"),
        weight_decay: optional("weight_decay"),
        global_clipnorm: optional("global_clipnorm"),
    }
}
