//! Predictions of whole datasets, of single pictures and of streams: they agree with each other and with evaluation.

use ocellus::check::compare;
use ocellus::data::{Dataset, Images};
use ocellus::model::{Activation, Model, Sequential, layers::*};
use ocellus::ops::KernelChoice;
use ocellus::plan::Request;
use ocellus::train::{Blocking, PredictOptions, Predictor, evaluate_with};
use pollster::block_on;

use crate::support::{gpu, own_gpu};
use crate::train_models::{noisy, pictures, pixels, plain};

/// A picture has 75 bytes, which is no whole number of words.
const SHAPE: [usize; 3] = [5, 5, 3];

/// Terms for `compare`: 3e-5 of the largest.
const TERMS: usize = 9;

fn batches_of(batch_size: usize) -> PredictOptions {
    PredictOptions { batch_size, ..PredictOptions::default() }
}

/// A model that ends in probabilities.
fn ending_in_softmax(classes: usize) -> Model {
    let model = Sequential::new(SHAPE)
        .add(Flatten {})
        .add(Dense::new(classes).activation(Activation::Softmax))
        .build()
        .unwrap();
    model.initialize(5);
    model
}

#[test]
fn the_report_on_predictions_agrees_with_evaluation() {
    let Some(gpu) = gpu() else { return };
    for model in [plain(SHAPE, 3), noisy(SHAPE, 3), ending_in_softmax(3)] {
        for (samples, batch_size) in [(7, 3), (6, 3), (2, 8), (1, 1)] {
            let data = pictures(2, SHAPE, 3, samples);
            let evaluation = Blocking::evaluate(&gpu, &model, &data, batch_size).unwrap();
            let predictions = Blocking::predict_dataset(&gpu, &model, &data, &batches_of(batch_size)).unwrap();
            assert_eq!((predictions.len(), predictions.classes()), (samples, 3));
            let report = predictions.report(data.labels()).unwrap();
            compare(&[report.loss as f32], &[evaluation.loss], TERMS).unwrap();
            assert_eq!(report.accuracy, evaluation.accuracy);
        }
    }
}

#[test]
fn probabilities_are_those_of_a_models_own_softmax() {
    let Some(gpu) = gpu() else { return };
    let model = ending_in_softmax(3);
    let data = pictures(3, SHAPE, 3, 5);
    let predictor = Predictor::new(&gpu, &model, 2).unwrap();
    let outputs = Blocking::predict_pictures(&predictor, data.pixels()).unwrap();
    let predictions = Blocking::classify(&predictor, data.pixels()).unwrap();
    let probabilities: Vec<f64> = (0..5).flat_map(|sample| predictions.probabilities(sample)).map(f64::from).collect();
    compare(&outputs, &probabilities, TERMS).unwrap();
}

#[test]
fn a_softmax_that_rounds_to_nothing_leaves_the_loss_finite_as_in_evaluation() {
    let Some(gpu) = gpu() else { return };
    let model = ending_in_softmax(2);
    for (name, _, values) in model.weights() {
        model.set_weight(&name, values.into_iter().map(|value| 1e3 * value).collect()).unwrap();
    }
    let data = pictures(4, SHAPE, 2, 6);
    let report = Blocking::predict_dataset(&gpu, &model, &data, &batches_of(4)).unwrap().report(data.labels()).unwrap();
    let evaluation = Blocking::evaluate(&gpu, &model, &data, 4).unwrap();
    // A probability that is 0 in 32 bits would make it infinite.
    assert!(report.loss.is_finite() && report.loss > 104.0, "{report:?}");
    compare(&[report.loss as f32], &[evaluation.loss], TERMS).unwrap();
}

#[test]
fn pictures_as_bytes_are_predicted_as_their_255ths() {
    let Some(gpu) = gpu() else { return };
    let (model, data) = (plain(SHAPE, 3), pictures(5, SHAPE, 3, 7));
    let predictor = Predictor::with_layers(&gpu, &model, 3, &["flatten"]).unwrap();
    let numbers = pixels(&data);
    let of_numbers = Blocking::predict(&predictor, &numbers).unwrap();
    assert_eq!(Blocking::predict_pictures(&predictor, data.pixels()).unwrap(), of_numbers);
    let inner = block_on(predictor.predict_picture_layers(data.pixels(), &["flatten", Request::OUTPUT])).unwrap();
    assert_eq!(inner, block_on(predictor.predict_layers(&numbers, &["flatten", Request::OUTPUT])).unwrap());
    assert_eq!(inner[1], of_numbers);
}

#[test]
fn a_stream_gives_what_single_predictions_give_and_makes_no_buffers() {
    let Some(gpu) = own_gpu() else { return };
    let (model, data) = (plain(SHAPE, 3), pictures(6, SHAPE, 3, 30));
    let mut predictor = Predictor::new(&gpu, &model, 4).unwrap();
    let outputs = Blocking::predict_pictures(&predictor, data.pixels()).unwrap();
    let predictions = Blocking::classify(&predictor, data.pixels()).unwrap();
    let before = (gpu.buffers_created(), gpu.allocated_bytes());
    // Batches of all sizes, so that a small one comes after a larger.
    let mut first = 0;
    for count in [4, 1, 3, 2, 4, 1, 3, 2, 4, 1, 3, 2] {
        let frames = &data.pixels()[first * 75..(first + count) * 75];
        let mut out = vec![f32::NAN; count * 3];
        Blocking::predict_into(&mut predictor, frames, &mut out).unwrap();
        assert_eq!(out, outputs[first * 3..(first + count) * 3]);
        Blocking::classify_into(&mut predictor, frames, &mut out).unwrap();
        let expected: Vec<f32> = (first..first + count).flat_map(|sample| predictions.probabilities(sample)).collect();
        assert_eq!(out, expected);
        first += count;
    }
    assert_eq!((gpu.buffers_created(), gpu.allocated_bytes()), before);
}

#[test]
fn the_bytes_of_a_predictor_are_those_that_it_allocates() {
    let Some(gpu) = own_gpu() else { return };
    for model in [plain(SHAPE, 3), noisy(SHAPE, 3)] {
        for kernels in KernelChoice::available(&gpu) {
            for (batch_size, layers) in [(1, Vec::new()), (7, vec!["flatten".to_owned()])] {
                let before = gpu.allocated_bytes();
                let options = PredictOptions { batch_size, layers, kernels };
                let predictor = Predictor::with_options(&gpu, &model, &options).unwrap();
                let allocated = gpu.allocated_bytes() - before;
                assert_eq!(predictor.bytes(), allocated, "{} in batches of {batch_size}, {kernels:?}", model.name());
            }
        }
    }
}

#[test]
fn a_stream_refuses_what_does_not_fit() {
    let Some(gpu) = gpu() else { return };
    let mut predictor = Predictor::new(&gpu, &plain(SHAPE, 3), 2).unwrap();
    let mut refused = |frames: usize, out: usize| {
        let error = Blocking::predict_into(&mut predictor, &vec![0; frames], &mut vec![0.0; out]);
        error.unwrap_err().to_string()
    };
    assert!(refused(76, 3).contains("76 numbers are no whole number of samples of 75"));
    assert!(refused(0, 0).contains("0 numbers"));
    assert!(refused(225, 9).contains("3 frames at a time are more than the predictor's batch size of 2"));
    assert!(refused(150, 5).contains("6 numbers but there is room for 5"));
}

#[test]
fn a_model_without_classes_predicts_but_classifies_nothing() {
    let Some(gpu) = gpu() else { return };
    let model = Sequential::new(SHAPE).add(MaxPooling2d::new(2)).build().unwrap();
    let mut predictor = Predictor::new(&gpu, &model, 1).unwrap();
    assert_eq!(Blocking::predict_pictures(&predictor, &[255; 75]).unwrap(), [1.0; 12]);
    let error = Blocking::classify(&predictor, &[0; 75]).unwrap_err().to_string();
    assert!(error.contains("(2, 2, 3)") && error.contains("Flatten"), "{error}");
    assert!(Blocking::classify_into(&mut predictor, &[0; 75], &mut [0.0; 12]).is_err());
}

#[test]
fn other_pictures_and_more_classes_are_refused() {
    let Some(gpu) = gpu() else { return };
    let refused = |data: &Dataset| {
        Blocking::predict_dataset(&gpu, &plain(SHAPE, 3), data, &batches_of(2)).unwrap_err().to_string()
    };
    assert!(refused(&pictures(1, [5, 5, 1], 3, 2)).contains("(5, 5, 1)"));
    assert!(refused(&pictures(1, SHAPE, 4, 2)).contains("4 classes"));
    let images = Images::new(SHAPE, vec![0; 75]).unwrap();
    let none = Dataset::from_memory(images, vec![0], vec!["one".to_owned()]).unwrap();
    let error = Blocking::predict_dataset(&gpu, &plain(SHAPE, 3), &none, &batches_of(0)).unwrap_err().to_string();
    assert!(error.contains("batch size is 0"), "{error}");
}

#[test]
fn naive_kernels_predict_the_same_where_they_are_chosen() {
    let Some(gpu) = gpu() else { return };
    let (model, data) = (plain(SHAPE, 3), pictures(7, SHAPE, 3, 5));
    let naive = PredictOptions { kernels: KernelChoice::Naive, ..batches_of(2) };
    let kernels = |options: &PredictOptions| {
        let predictor = Predictor::with_options(&gpu, &model, options).unwrap();
        let names: Vec<String> =
            predictor.recording().commands().iter().map(|command| command.kernel.name().to_owned()).collect();
        let fast =
            |name: &String| name.contains(".block") || name.contains(".subgroup") || name.contains(".few_channels");
        (names.iter().any(|name| name.contains("naive")), names.iter().any(fast))
    };
    assert_eq!(kernels(&naive), (true, false));
    assert!(kernels(&batches_of(2)).1);
    let logits = |options| {
        let predictions = Blocking::predict_dataset(&gpu, &model, &data, options).unwrap();
        (0..5).flat_map(|sample| predictions.logits(sample).to_vec()).collect::<Vec<f32>>()
    };
    let expected: Vec<f64> = logits(&naive).into_iter().map(f64::from).collect();
    compare(&logits(&batches_of(2)), &expected, TERMS).unwrap();
    let loss = |kernels| block_on(evaluate_with(&gpu, &model, &data, 2, kernels)).unwrap().loss;
    compare(&[loss(KernelChoice::Fast) as f32], &[loss(KernelChoice::Naive)], TERMS).unwrap();
}
