//! Inner layers' outputs: those of a second model that shares the first one's weights.

use ocellus::check::compare;
use ocellus::data::digits;
use ocellus::explain::{Kernel, LayerActivations, Maps, activations, convolve, layer_names};
use ocellus::gpu::Gpu;
use ocellus::model::{Activation, Layer, Model, Sequential, Tensor, layers::*, lecture, resnet20};
use ocellus::train::{Blocking, Predictor};
use pollster::block_on;

use crate::support::{gpu, numbers, wide};
use crate::train_models::pictures;

/// Every weight random, biases and moving statistics too.
fn filled(model: Model) -> Model {
    for (number, (name, shape, _)) in model.weights().into_iter().enumerate() {
        let values = numbers(number as u32, shape.elements());
        let scale = if name.ends_with("kernel") { (shape.elements() / shape.channels()) as f32 } else { 4.0 };
        let positive = name.ends_with("variance") || name.ends_with("gamma");
        let value = |x: f32| if positive { 1.0 + x / 4.0 } else { x * (3.0 / scale).sqrt() };
        model.set_weight(&name, values.into_iter().map(value).collect()).unwrap();
    }
    model
}

fn told(gpu: &Gpu, model: &Model, pictures: &[u8], layers: &[&str]) -> Vec<LayerActivations> {
    block_on(activations(gpu, model, pictures, layers)).unwrap()
}

#[test]
fn a_channel_of_the_first_layer_is_the_convolution_with_its_kernel_plus_its_bias_activated() {
    let Some(gpu) = gpu() else { return };
    let digits = digits::load().unwrap();
    let model = filled(lecture(digits.test.shape(), 10).unwrap());
    let pixels = digits.test.image(7);
    let seen = told(&gpu, &model, pixels, &["conv2d"]);
    assert_eq!((seen.len(), seen[0].pictures(), seen[0].shape.extents()), (1, 1, [26, 26, 32].as_slice()));
    let maps = seen[0].maps(0).unwrap();

    let (_, _, bias) = model.weights().into_iter().find(|(name, _, _)| name == "conv2d.bias").unwrap();
    let kernels = Kernel::of_layer(&model, "conv2d").unwrap();
    let picture = Maps::from_pixels([28, 28, 1], pixels).unwrap();
    let mut positive = 0;
    for (channel, kernel) in kernels.iter().enumerate() {
        let convolution = block_on(convolve(&gpu, &picture, std::slice::from_ref(kernel), Default::default())).unwrap();
        let linear = wide(convolution.maps().values());
        let expected: Vec<f64> = linear.iter().map(|x| (x + f64::from(bias[channel])).max(0.0)).collect();
        positive += expected.iter().filter(|&&x| x > 0.0).count();
        compare(maps.channel(channel).values(), &expected, 10).unwrap();
    }
    assert!((1000..20_000).contains(&positive), "{positive} of 21,632 values are positive");
}

#[test]
fn all_layers_at_once_are_what_each_is_alone() {
    let Some(gpu) = gpu() else { return };
    for model in [filled(resnet20([12, 12, 3], 10).unwrap()), filled(lecture([20, 20, 3], 4).unwrap())] {
        let input = model.input_shape().picture().unwrap();
        let data = pictures(4, input, 4, 3);
        let names = layer_names(&model);
        assert_eq!((names[0].as_str(), names.len()), ("input_layer", model.layers().len()));
        let seen = block_on(activations(&gpu, &model, data.pixels(), &names)).unwrap();
        assert_eq!(seen.iter().map(|seen| seen.layer.clone()).collect::<Vec<_>>(), names);
        // Where the pictures enter they are as the network takes them.
        for picture in 0..3 {
            let pixels = Maps::from_pixels(input, data.image(picture)).unwrap();
            assert_eq!(seen[0].maps(picture).unwrap(), pixels);
        }
        for one in &seen[1..] {
            let cut = model.up_to(&one.layer).unwrap();
            assert_eq!(one.shape, *cut.output_shape());
            let alone = Predictor::new(&gpu, &cut, 3).unwrap();
            let expected = wide(&Blocking::predict_pictures(&alone, data.pixels()).unwrap());
            assert_eq!(one.values.len(), 3 * one.shape.elements());
            compare(&one.values, &expected, 9).unwrap_or_else(|error| panic!("{}: {error}", one.layer));
            assert!(expected.iter().any(|x| *x != 0.0), "{} sees nothing", one.layer);
        }
        let output = seen.last().unwrap();
        assert_eq!(output.maps(1).unwrap().shape(), [1, output.shape.elements(), 1]);
        assert!(output.maps(3).unwrap_err().to_string().contains("no picture 3: the activations are of 3"));
    }
}

#[test]
fn where_paths_meet_their_sum_is_seen() {
    let Some(gpu) = gpu() else { return };
    let model = filled(resnet20([12, 12, 3], 10).unwrap());
    let data = pictures(4, [12, 12, 3], 10, 2);
    let add = model.nodes().iter().find(|node| matches!(node.layer.kind().class(), "Add")).unwrap();
    let names = [add.inputs[0], add.inputs[1]].map(|node| model.nodes()[node].layer.name());
    let seen = told(&gpu, &model, data.pixels(), &[add.layer.name(), names[0], names[1]]);
    let [left, right] = [wide(&seen[1].values), wide(&seen[2].values)];
    let expected: Vec<f64> = left.iter().zip(right).map(|(left, right)| left + right).collect();
    compare(&seen[0].values, &expected, 2).unwrap();
}

#[test]
fn a_layer_that_ends_in_a_softmax_gives_probabilities() {
    let Some(gpu) = gpu() else { return };
    let model = Sequential::new([4, 4, 1]).add(Flatten {}).add(Dense::new(3).activation(Activation::Softmax));
    let model = filled(model.build().unwrap());
    let data = pictures(5, [4, 4, 1], 3, 4);
    let seen = told(&gpu, &model, data.pixels(), &["dense"]);
    for probabilities in seen[0].values.chunks_exact(3) {
        assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{probabilities:?}");
    }
    let predictor = Predictor::new(&gpu, &model, 4).unwrap();
    assert_eq!(seen[0].values, Blocking::predict_pictures(&predictor, data.pixels()).unwrap());
}

#[test]
fn layers_are_told_in_the_order_asked_and_share_the_weights_of_now() {
    let Some(gpu) = gpu() else { return };
    let model = filled(lecture([20, 20, 1], 3).unwrap());
    // More pictures than go through a model at a time.
    let data = pictures(6, [20, 20, 1], 3, 35);
    let before = told(&gpu, &model, data.pixels(), &["dense", "conv2d", "dense"]);
    assert_eq!(before[0], before[2]);
    assert_eq!((before[0].shape.extents(), before[1].shape.extents()), ([64].as_slice(), [18, 18, 32].as_slice()));
    assert_eq!((before[0].pictures(), before[1].pictures()), (35, 35));
    let last = told(&gpu, &model, data.image(34), &["conv2d"]);
    assert_eq!(last[0].maps(0).unwrap(), before[1].maps(34).unwrap());
    model.initialize(99);
    assert_ne!(told(&gpu, &model, data.pixels(), &["conv2d"])[0].values, before[1].values);
}

#[test]
fn a_layer_used_twice_is_seen_at_its_first_use() {
    let Some(gpu) = gpu() else { return };
    let input = Tensor::input([5, 5, 2]).unwrap();
    let shared = Layer::named(Conv2d::new(2, 3).padding(ocellus::shape::Padding::Same), "shared");
    let first = shared.apply(&[&input]).unwrap();
    let last = shared.apply(&[&first]).unwrap().then(MaxPooling2d::new(2)).unwrap();
    let model = filled(Model::new("twice", &[&input], &[&last]).unwrap());
    assert_eq!(layer_names(&model), ["input_layer", "shared", "max_pooling2d"]);
    let data = pictures(7, [5, 5, 2], 3, 1);
    let seen = told(&gpu, &model, data.pixels(), &["max_pooling2d", "shared"]);
    let picture = Maps::from_pixels([5, 5, 2], data.pixels()).unwrap();
    let kernels = Kernel::of_layer(&model, "shared").unwrap();
    let convolution = block_on(convolve(&gpu, &picture, &kernels, ocellus::shape::Padding::Same)).unwrap();
    let (_, _, bias) = model.weights().into_iter().find(|(name, _, _)| name == "shared.bias").unwrap();
    let linear = wide(convolution.maps().values());
    let expected: Vec<f64> = linear.iter().enumerate().map(|(i, x)| x + f64::from(bias[i % 2])).collect();
    compare(&seen[1].values, &expected, 19).unwrap();
}

#[test]
fn layers_and_pictures_that_are_not_there_are_refused() {
    let Some(gpu) = gpu() else { return };
    let model = filled(lecture([20, 20, 1], 3).unwrap());
    let refused = |pictures: &[u8], layers: &[&str]| {
        block_on(activations(&gpu, &model, pictures, layers)).unwrap_err().to_string()
    };
    let error = refused(&[0; 400], &["conv2d", "conv3d"]);
    assert!(error.contains("'conv3d'") && error.contains("max_pooling2d_1") && error.contains("dense_1"), "{error}");
    assert!(refused(&[0; 401], &["conv2d"]).contains("401 numbers"));
    assert!(refused(&[0; 400], &[]).contains("at least one"));
    assert_eq!(told(&gpu, &model, &[], &["conv2d"])[0].pictures(), 0);
}
