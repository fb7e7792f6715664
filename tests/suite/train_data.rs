//! Training and evaluation over datasets of awkward sizes.

use ocellus::check::compare;
use ocellus::data::{Dataset, ResidentLayout, epoch_order};
use ocellus::gpu::Gpu;
use ocellus::model::{Layer, Model, Tensor, layers::Dense};
use ocellus::plan::Mode;
use ocellus::train::{
    Blocking, Callback, EpochRecord, Optimizer, Predictor, StepMetrics, TrainError, TrainOptions, Trainer,
};

use crate::interpreter::Interpreter;
use crate::support::{gpu, own_device, wide};
use crate::train_models::{dense, noisy, pictures, pixels, plain};

/// A picture has 75 bytes, which is no whole number of words.
const SHAPE: [usize; 3] = [5, 5, 3];

/// Terms for `compare`: 3e-5 of the largest.
const TERMS: usize = 9;

#[derive(Default)]
struct Steps(Vec<StepMetrics>);

impl Callback for Steps {
    fn on_step(&mut self, metrics: StepMetrics) -> Result<(), TrainError> {
        self.0.push(metrics);
        Ok(())
    }
}

fn fit(gpu: &Gpu, model: &Model, data: &Dataset, options: &TrainOptions) -> (Vec<EpochRecord>, Vec<StepMetrics>) {
    let mut steps = Steps::default();
    let mut trainer = Trainer::new(gpu, model, data, None, options).unwrap();
    let history = Blocking::fit(&mut trainer, &mut steps).unwrap();
    (history.epochs, steps.0)
}

/// Pictures and labels of these samples.
fn batch(data: &Dataset, samples: &[u32]) -> (Vec<f64>, Vec<u32>) {
    let all = wide(&pixels(data));
    let size = SHAPE.iter().product::<usize>();
    let images = samples.iter().flat_map(|&sample| all[sample as usize * size..][..size].to_vec()).collect();
    (images, samples.iter().map(|&sample| data.labels()[sample as usize]).collect())
}

/// Holds that training is what the interpreter does with finite differences and gradient descent, step by step.
fn check_training(gpu: &Gpu, model: &Model, samples: usize, batch_size: usize) {
    let data = pictures(1, SHAPE, 2, samples);
    let optimizer = Optimizer { learning_rate: 0.1, ..Optimizer::sgd() };
    let options = TrainOptions { epochs: 2, batch_size, optimizer, seed: 3, ..TrainOptions::default() };
    let mut expected = Interpreter { model, mode: Mode::Training, label_smoothing: 0.0, seed: 3, iteration: 0 };
    let mut weights = expected.weights();
    let (epochs, steps) = fit(gpu, model, &data, &options);
    let mut steps = steps.into_iter();
    for (epoch, record) in epochs.iter().enumerate() {
        let (mut seen, mut losses, mut hits) = (0, 0.0, 0);
        for samples in epoch_order(3, epoch as u32, samples).chunks(batch_size) {
            let (images, labels) = batch(&data, samples);
            let (loss, correct, _) = expected.evaluate(&weights, &images, &labels);
            let gradients = expected.weight_gradients(&weights, &images, &labels);
            expected.update_moving(&mut weights, &images);
            for (name, gradient) in gradients {
                let values = weights.get_mut(&name).unwrap();
                values.iter_mut().zip(gradient).for_each(|(w, g)| *w -= 0.1 * g);
            }
            (seen, losses, hits) = (seen + labels.len(), losses + loss * labels.len() as f64, hits + correct);
            let step = steps.next().unwrap();
            assert_eq!(step.step, expected.iteration as usize);
            let actual = [step.loss as f32, step.accuracy as f32, step.running_loss as f32];
            let accuracy = correct as f64 / labels.len() as f64;
            compare(&actual, &[loss, accuracy, losses / seen as f64], TERMS).unwrap();
            expected.iteration += 1;
        }
        compare(&[record.loss as f32], &[losses / seen as f64], TERMS).unwrap();
        assert_eq!(record.accuracy, f64::from(hits as u32) / seen as f64);
    }
    assert_eq!(steps.next(), None);
    for (name, _, values) in model.weights() {
        compare(&values, &weights[&name], TERMS).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn the_last_smaller_batch_counts_by_its_own_size() {
    let Some(gpu) = gpu() else { return };
    check_training(&gpu, &dense(SHAPE, 2), 7, 3);
    check_training(&gpu, &noisy(SHAPE, 2), 7, 3);
}

#[test]
fn a_batch_larger_than_the_dataset_is_the_whole_dataset() {
    let Some(gpu) = gpu() else { return };
    check_training(&gpu, &dense(SHAPE, 2), 5, 32);
    check_training(&gpu, &noisy(SHAPE, 2), 5, 32);
}

#[test]
fn a_batch_of_one_and_a_dataset_of_one_train() {
    let Some(gpu) = gpu() else { return };
    check_training(&gpu, &dense(SHAPE, 2), 3, 1);
    check_training(&gpu, &plain(SHAPE, 2), 1, 1);
}

#[test]
fn evaluation_prediction_and_the_interpreter_agree() {
    let Some(gpu) = gpu() else { return };
    for model in [plain(SHAPE, 3), noisy(SHAPE, 3)] {
        for (samples, batch_size) in [(7, 3), (6, 3), (2, 8), (1, 1)] {
            let data = pictures(2, SHAPE, 3, samples);
            let interpreter = Interpreter::inference(&model);
            let (weights, images) = (interpreter.weights(), pixels(&data));
            let (loss, correct, output) = interpreter.evaluate(&weights, &wide(&images), data.labels());
            let found = Blocking::evaluate(&gpu, &model, &data, batch_size).unwrap();
            compare(&[found.loss as f32], &[loss], TERMS).unwrap();
            assert_eq!(found.accuracy, correct as f64 / samples as f64);
            let predictor = Predictor::with_layers(&gpu, &model, batch_size, &["flatten"]).unwrap();
            compare(&Blocking::predict(&predictor, &images).unwrap(), &output, TERMS).unwrap();
            let inner = pollster::block_on(predictor.predict_layers(&images, &["flatten"])).unwrap();
            let flatten = &interpreter.outputs(&weights, &wide(&images))[model.find("flatten").unwrap()];
            compare(&inner[0], flatten, TERMS).unwrap();
        }
    }
}

#[test]
fn a_predictor_takes_no_images_refuses_parts_of_them_and_follows_new_weights() {
    let Some(gpu) = gpu() else { return };
    let model = plain(SHAPE, 3);
    let predictor = Predictor::new(&gpu, &model, 4).unwrap();
    assert_eq!(Blocking::predict(&predictor, &[]).unwrap(), Vec::<f32>::new());
    let error = Blocking::predict(&predictor, &[0.5; 76]).unwrap_err().to_string();
    assert!(error.contains("76") && error.contains("75"), "{error}");
    let error = pollster::block_on(predictor.predict_layers(&[0.5; 75], &["conv2d"])).unwrap_err().to_string();
    assert!(error.contains("'conv2d'") && error.contains("dense_1"), "{error}");
    let before = Blocking::predict(&predictor, &[0.5; 75]).unwrap();
    model.initialize(99);
    assert_eq!(Blocking::predict(&predictor, &[0.5; 75]).unwrap(), before);
    predictor.refresh().unwrap();
    let interpreter = Interpreter::inference(&model);
    let (_, _, output) = interpreter.evaluate(&interpreter.weights(), &[0.5; 75], &[0]);
    compare(&Blocking::predict(&predictor, &[0.5; 75]).unwrap(), &output, TERMS).unwrap();
}

#[test]
fn a_predictor_tells_the_output_of_a_layer_used_twice_from_that_of_its_first_use() {
    let Some(gpu) = gpu() else { return };
    let input = Tensor::input([6]).unwrap();
    let shared = Layer::from(Dense::new(6));
    let out = input.then(shared.clone()).unwrap().then(shared).unwrap();
    let model = Model::new("twice", &[&input], &[&out]).unwrap();
    model.initialize(1);
    let (interpreter, images) = (Interpreter::inference(&model), [0.5, -0.25, 1.0, 0.0, 0.125, 2.0]);
    let outputs = interpreter.outputs(&interpreter.weights(), &wide(&images));
    let predictor = Predictor::with_layers(&gpu, &model, 1, &["dense"]).unwrap();
    compare(&Blocking::predict(&predictor, &images).unwrap(), &outputs[2], TERMS).unwrap();
    let inner = pollster::block_on(predictor.predict_layers(&images, &["dense"])).unwrap();
    compare(&inner[0], &outputs[1], TERMS).unwrap();
}

/// The tests' adapter, opened so that it binds no more than so many bytes.
fn narrow_gpu(bytes: u64) -> Option<Gpu> {
    let limits = wgpu::Limits { max_storage_buffer_binding_size: bytes, ..gpu()?.limits().clone() };
    let (device, queue) = own_device(limits)?;
    Some(Gpu::from_device(device, queue))
}

#[test]
fn a_dataset_in_several_buffers_trains_to_the_same_bits_as_in_one() {
    let (Some(gpu), Some(narrow)) = (gpu(), narrow_gpu(2048)) else { return };
    // 26 pictures fit one binding, so there are three buffers, and a batch has pictures of all.
    let data = pictures(4, SHAPE, 3, 70);
    assert_eq!(ResidentLayout::new(&data, 2048).shards().len(), 3);
    let options = TrainOptions { epochs: 2, batch_size: 6, seed: 1, ..TrainOptions::default() };
    let run = |gpu: &Gpu| {
        let model = dense(SHAPE, 3);
        let mut steps = Steps::default();
        let mut trainer = Trainer::new(gpu, &model, &data, Some(&data), &options).unwrap();
        let history = Blocking::fit(&mut trainer, &mut steps).unwrap();
        let losses: Vec<_> =
            history.epochs.iter().map(|epoch| (epoch.loss, epoch.val_loss, epoch.val_accuracy)).collect();
        (model.weights(), steps.0, losses)
    };
    assert_eq!(run(&gpu), run(&narrow));
}
