//! The models that come with the program: their sizes, their names, and what they refuse.

use ocellus::model::{BUILTIN_NAMES, Builtin, Layer, LayerKind, Model, ModelError, Sequential, builtin, layers::*};
use ocellus::shape::Padding;

const DIGITS: [usize; 3] = [28, 28, 1];
const CIFAR: [usize; 3] = [32, 32, 3];

fn parameters(name: &str, input: [usize; 3]) -> (usize, usize) {
    builtin(name, input, 10).unwrap().parameters()
}

#[test]
fn the_models_have_the_parameters_that_their_authors_count() {
    // Keras' example, and Keras' summary of the models that its users write.
    assert_eq!(parameters("lecture", CIFAR), (122_570, 122_570));
    assert_eq!(parameters("mlp", DIGITS), (669_706, 669_706));
    assert_eq!(parameters("lenet5", DIGITS), (61_706, 61_706));
    // The paper's 0.27 million: option A's 269,722 and two projections, each with gamma and beta.
    let projections = (16 * 32 + 2 * 32) + (32 * 64 + 2 * 64);
    assert_eq!(parameters("resnet20", CIFAR).1, 269_722 + projections);
    assert_eq!(parameters("resnet20", CIFAR).1, 272_474);
}

/// A 3x3 convolution with batch normalisation: all weights, and those that training changes.
fn normalized(taps: usize, inputs: usize, outputs: usize) -> (usize, usize) {
    (taps * inputs * outputs + 4 * outputs, taps * inputs * outputs + 2 * outputs)
}

fn sum(parts: &[(usize, usize)]) -> (usize, usize) {
    parts.iter().fold((0, 0), |(all, trained), part| (all + part.0, trained + part.1))
}

#[test]
fn the_models_with_batch_normalisation_have_the_parameters_of_their_formulas() {
    let dense = |inputs: usize, outputs: usize| ((inputs + 1) * outputs, (inputs + 1) * outputs);
    let conv = |inputs, outputs| normalized(9, inputs, outputs);
    let blocks = [conv(3, 32), conv(32, 32), conv(32, 64), conv(64, 64), conv(64, 128), conv(128, 128)];
    let vgg = sum(&[sum(&blocks), normalized(1, 4 * 4 * 128, 128), dense(128, 10)]);
    assert_eq!(parameters("vgg-small", CIFAR), vgg);
    assert_eq!((vgg.0, vgg.0 - vgg.1), (552_298, 1_152));

    let mut resnet = vec![conv(3, 16), dense(64, 10)];
    for (inputs, filters) in [(16, 16), (16, 32), (32, 64)] {
        resnet.extend([conv(inputs, filters)]);
        resnet.extend([conv(filters, filters); 5]);
        resnet.extend((inputs != filters).then(|| normalized(1, inputs, filters)));
    }
    assert_eq!(parameters("resnet20", CIFAR), sum(&resnet));
    assert_eq!(sum(&resnet), (274_042, 272_474));

    let mut mobilenet = vec![conv(3, 32), dense(256, 10)];
    for (inputs, filters) in [(32, 64), (64, 128), (128, 128), (128, 256), (256, 256)] {
        mobilenet.extend([normalized(9, 1, inputs), normalized(1, inputs, filters)]);
    }
    assert_eq!(parameters("mobilenet-small", CIFAR), sum(&mobilenet));
    assert_eq!((sum(&mobilenet).0, sum(&mobilenet).0 - sum(&mobilenet).1), (139_722, 2_944));
}

#[test]
fn resnet20_has_19_convolutions_of_3x3_and_halves_the_picture_twice() {
    let model = builtin("resnet20", CIFAR, 10).unwrap();
    let (mut convolutions, mut projections) = (Vec::new(), Vec::new());
    for node in model.nodes() {
        if let LayerKind::Conv2d(conv2d) = node.layer.kind() {
            assert!(!conv2d.use_bias && conv2d.padding == Padding::Same);
            let list = if conv2d.kernel_size.rows == 3 { &mut convolutions } else { &mut projections };
            list.push(node.shape.to_string());
        }
    }
    let expected = [vec!["(32, 32, 16)"; 7], vec!["(16, 16, 32)"; 6], vec!["(8, 8, 64)"; 6]].concat();
    assert_eq!(convolutions, expected);
    assert_eq!(projections, ["(16, 16, 32)", "(8, 8, 64)"]);
    assert!(model.layers().iter().any(|layer| layer.name() == "stage2_block1_shortcut_conv"));
}

#[test]
fn every_model_takes_digits_and_cifars_pictures_and_any_number_of_classes() {
    assert_eq!(BUILTIN_NAMES, Builtin::ALL.map(Builtin::name));
    for name in BUILTIN_NAMES {
        for (input, classes) in [(DIGITS, 10), (CIFAR, 10), ([32, 32, 3], 100), ([48, 40, 4], 2)] {
            let model = builtin(name, input, classes).unwrap();
            assert_eq!(model.name(), name);
            assert_eq!(model.input_shape().extents(), input);
            assert_eq!(model.output_shape().extents(), [classes], "{name}");
            assert_eq!(model.config().build().unwrap().parameters(), model.parameters());
        }
        let error = builtin(name, CIFAR, 0).unwrap_err().to_string();
        assert!(error.contains("units is 0"), "{name}: {error}");
    }
}

#[test]
fn pictures_too_small_for_a_model_are_told_the_smallest_that_would_do() {
    let smallest = [("lecture", 18), ("lenet5", 12), ("vgg-small", 8)];
    for (name, side) in smallest {
        assert!(builtin(name, [side, side, 3], 10).is_ok(), "{name}");
        let error = builtin(name, [side - 1, side, 3], 10).unwrap_err();
        let expected = ModelError::TooSmall { model: name, input: [side - 1, side, 3].into(), side };
        assert_eq!(error, expected);
        assert!(error.to_string().contains(&format!("at least {side}x{side} pixels")), "{error}");
    }
    // These end in a mean over whatever is left.
    for name in ["mlp", "resnet20", "mobilenet-small"] {
        assert!(builtin(name, [1, 1, 1], 10).is_ok(), "{name}");
        assert!(builtin(name, [0, 1, 1], 10).is_err(), "{name}");
    }
}

#[test]
fn an_unknown_model_is_told_the_nearest_name() {
    let error = builtin("resnet-20", CIFAR, 10).unwrap_err().to_string();
    assert!(error.contains("'resnet-20'") && error.contains("did you mean 'resnet20'?"), "{error}");
    let error = "x".parse::<Builtin>().unwrap_err().to_string();
    assert!(!error.contains("did you mean") && error.contains("lecture, lenet5, mlp"), "{error}");
}

#[test]
fn multiply_adds_count_convolutions_and_dense_layers_at_every_use() {
    let model = Sequential::new([6, 5, 2])
        .add(Conv2d::new(4, [3, 2]).strides(2))
        .add(BatchNormalization::default())
        .add(DepthwiseConv2d::new(2).depth_multiplier(3))
        .add(GlobalAveragePooling2d {})
        .add(Dense::new(7))
        .build()
        .unwrap();
    let conv2d = 2 * 2 * (3 * 2) * 2 * 4;
    // One pixel is left.
    let depthwise = (2 * 2) * 12;
    assert_eq!(model.node_multiply_adds(), [0, conv2d, 0, depthwise, 0, 12 * 7]);
    assert_eq!(model.multiply_adds(), conv2d + depthwise + 12 * 7);

    let input = ocellus::model::Tensor::input([6]).unwrap();
    let shared = Layer::from(Dense::new(6));
    let twice = input.then(shared.clone()).unwrap().then(shared).unwrap();
    assert_eq!(Model::new("twice", &[&input], &[&twice]).unwrap().multiply_adds(), 2 * 36);
}

#[test]
fn multiply_adds_of_the_known_models_are_the_known_ones() {
    // 30x30x32 * 27 + 13x13x64 * 288 + 4x4x64 * 576 + 1024 * 64 + 64 * 10.
    let count = |name| builtin(name, CIFAR, 10).unwrap().multiply_adds();
    assert_eq!(count("lecture"), 777_600 + 3_115_008 + 589_824 + 65_536 + 640);
    // What is without shortcuts, and the two projections.
    let stages =
        32 * 32 * (27 * 16 + 6 * 144 * 16) + 16 * 16 * (144 * 32 + 5 * 288 * 32) + 8 * 8 * (288 * 64 + 5 * 576 * 64);
    assert_eq!(count("resnet20"), stages + 16 * 16 * 16 * 32 + 8 * 8 * 32 * 64 + 640);
}
