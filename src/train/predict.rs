//! Prediction: a model's outputs, or its inner layers', for pictures that the host has.

use super::pass_plan::check_dataset;
use super::{Predictions, TrainError, softmax};
use crate::data::{Dataset, Unit, Watch};
use crate::gpu::{Buffer, Gpu, Readback, Recording};
use crate::model::Model;
use crate::ops::{ELEMENT_BYTES, KernelChoice};
use crate::plan::{DeviceWeights, MemoryItem, Plan, PlanError, Pool, Request, Resources, WeightLayout, compile};

/// The most bytes through which inner layers come back at a time.
const READBACK_BYTES: u64 = 16 << 20;

/// How to predict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PredictOptions {
    /// Pictures that go through the model at a time, at most. Default 32.
    pub batch_size: usize,
    /// The inner layers whose outputs can be told beside the model's. Default: none.
    pub layers: Vec<String>,
    /// Which kernels run where there are several.
    pub kernels: KernelChoice,
}

impl Default for PredictOptions {
    fn default() -> Self {
        Self { batch_size: 32, layers: Vec::new(), kernels: KernelChoice::default() }
    }
}

/// Runs a model on pictures (Keras' `predict`), any number at a time.
///
/// Pictures are either numbers from 0 to 1 or bytes, which are divided by 255 as in training; their shape is (pictures,
/// input shape).
pub struct Predictor {
    gpu: Gpu,
    model: Model,
    weights: DeviceWeights,
    recording: Recording,
    plan: Plan,
    readback: Readback,
    memory: Vec<MemoryItem>,
    /// Numbers of a picture.
    sample: usize,
    /// The batch on its way to the device, for streams.
    pixels: Vec<f32>,
}

impl Predictor {
    /// A predictor with the weights that `model` has now, for up to `batch_size` pictures at a time.
    pub fn new(gpu: &Gpu, model: &Model, batch_size: usize) -> Result<Self, TrainError> {
        Self::with_options(gpu, model, &PredictOptions { batch_size, ..PredictOptions::default() })
    }

    /// The same, that can also tell the outputs of these inner layers.
    pub fn with_layers(gpu: &Gpu, model: &Model, batch_size: usize, layers: &[&str]) -> Result<Self, TrainError> {
        let layers = layers.iter().map(|&layer| layer.to_owned()).collect();
        Self::with_options(gpu, model, &PredictOptions { batch_size, layers, ..PredictOptions::default() })
    }

    /// A predictor with the weights that `model` has now.
    pub fn with_options(gpu: &Gpu, model: &Model, options: &PredictOptions) -> Result<Self, TrainError> {
        let PredictOptions { batch_size, layers, kernels } = options;
        let mut read = layers.clone();
        read.push(Request::LOGITS.to_owned());
        let request = Request {
            read,
            kernels: kernels.on(gpu),
            failed_kernels: gpu.failed_kernels().to_vec(),
            ..Request::prediction(*batch_size, gpu.limits().max_storage_buffer_binding_size)
        };
        let layout = WeightLayout::new(model);
        let compiled = compile(model, &layout, &request)?;
        let mut memory = layout.memory();
        let weights = DeviceWeights::upload_as(gpu, model, layout)?;
        let pool = Pool::allocate(gpu, &[&compiled])?;
        let resources = Resources {
            weights: &weights,
            gradients: None,
            images: &[],
            labels: None,
            order: None,
            ring: None,
            steps: None,
        };
        let plan = compiled.prepare(gpu, "predict", &resources, &pool)?;
        // The model's output comes back as a whole, larger inner layers in pieces.
        let bytes = |elements: usize| (batch_size * elements) as u64 * ELEMENT_BYTES;
        let largest = model.nodes().iter().map(|node| node.shape.elements()).max().unwrap_or(1);
        let readback_bytes = bytes(largest).min(READBACK_BYTES).max(bytes(model.output_shape().elements()));
        let readback = Readback::new(gpu, "predict: readback", Buffer::size_for(readback_bytes))?;
        memory.push(Pool::memory(&[&compiled]));
        memory.extend(compiled.memory());
        memory.push(MemoryItem { label: "predict: readback".to_owned(), bytes: readback.capacity() });
        let sample = model.input_shape().elements();
        let pixels = vec![0.0; batch_size * sample];
        let (gpu, model, recording) = (gpu.clone(), model.clone(), compiled.recording().clone());
        Ok(Self { gpu, model, weights, recording, plan, readback, memory, sample, pixels })
    }

    /// The most pictures that go through the model at a time.
    pub fn batch_size(&self) -> usize {
        self.plan.batch_size()
    }

    /// What runs on the device for each batch.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// The GPU memory that it takes, part by part: all buffers that it created.
    pub fn memory(&self) -> &[MemoryItem] {
        &self.memory
    }

    /// The bytes of [`Predictor::memory`] together.
    pub fn bytes(&self) -> u64 {
        self.memory.iter().map(|item| item.bytes).sum()
    }

    /// Takes over the weights that the model has now.
    pub fn refresh(&self) -> Result<(), TrainError> {
        Ok(self.weights.write(&self.gpu, &self.model)?)
    }

    /// The model's first output for each picture: shape (pictures, output shape). `images` are numbers from 0 to 1.
    pub async fn predict(&self, images: &[f32]) -> Result<Vec<f32>, TrainError> {
        let mut outputs = self.predict_layers(images, &[Request::OUTPUT]).await?;
        Ok(outputs.pop().unwrap_or_default())
    }

    /// The same for pictures as bytes.
    pub async fn predict_pictures(&self, pictures: &[u8]) -> Result<Vec<f32>, TrainError> {
        let mut outputs = self.predict_picture_layers(pictures, &[Request::OUTPUT]).await?;
        Ok(outputs.pop().unwrap_or_default())
    }

    /// The outputs of these layers, which must be the model's output or have been asked for.
    pub async fn predict_layers(&self, images: &[f32], layers: &[&str]) -> Result<Vec<Vec<f32>>, TrainError> {
        self.run(images, |&number| number, layers, &()).await
    }

    /// The same for pictures as bytes.
    pub async fn predict_picture_layers(&self, pictures: &[u8], layers: &[&str]) -> Result<Vec<Vec<f32>>, TrainError> {
        self.run(pictures, scaled, layers, &()).await
    }

    /// What the model takes the pictures for; they are bytes, and `watch` hears how far it is.
    ///
    /// # Errors
    ///
    /// When the model's output is no row of numbers, one per class.
    pub async fn classify(&self, pictures: &[u8], watch: &dyn Watch) -> Result<Predictions, TrainError> {
        let classes = self.classes()?;
        watch.begin("predicting", Some((pictures.len() / self.sample) as u64), Unit::Pictures);
        let logits = self.run(pictures, scaled, &[Request::LOGITS], watch).await;
        watch.end();
        Predictions::from_logits(classes, logits?.pop().unwrap_or_default())
    }

    /// The model's first output for the pictures of a stream, up to [`Predictor::batch_size`] of them, as bytes in
    /// `frames`; it goes to `out`, which has exactly the room for it.
    ///
    /// Nothing is allocated here, on the host or on the device, however long the stream is. wgpu itself keeps
    /// allocating for each submission: its encoder and the staging memory of the upload.
    pub async fn predict_into(&mut self, frames: &[u8], out: &mut [f32]) -> Result<(), TrainError> {
        self.stream(frames, Request::OUTPUT, out).await
    }

    /// The probability of each class for the pictures of a stream: [`Predictor::predict_into`] with a softmax behind it
    /// where the model has none of its own.
    pub async fn classify_into(&mut self, frames: &[u8], probabilities: &mut [f32]) -> Result<(), TrainError> {
        let classes = self.classes()?;
        self.stream(frames, Request::LOGITS, probabilities).await?;
        probabilities.chunks_exact_mut(classes).for_each(softmax);
        Ok(())
    }

    /// The number of classes that the model tells apart.
    fn classes(&self) -> Result<usize, TrainError> {
        let shape = self.model.output_shape();
        if shape.rank() != 1 {
            let (model, shape) = (self.model.name().to_owned(), shape.clone());
            return Err(PlanError::Logits { model, shape }.into());
        }
        Ok(shape.channels())
    }

    async fn run<T>(
        &self,
        pictures: &[T],
        number: impl Fn(&T) -> f32,
        layers: &[&str],
        watch: &dyn Watch,
    ) -> Result<Vec<Vec<f32>>, TrainError> {
        if !pictures.len().is_multiple_of(self.sample) {
            return Err(TrainError::Samples { given: pictures.len(), sample: self.sample });
        }
        let mut outputs = vec![Vec::new(); layers.len()];
        let batch = self.batch_size();
        let mut pixels = vec![0.0; batch * self.sample];
        for chunk in pictures.chunks(batch * self.sample) {
            let count = chunk.len() / self.sample;
            fill(&mut pixels, chunk.iter().map(&number));
            self.plan.write(&self.gpu, Request::IMAGES, &pixels)?;
            let mut submission = self.gpu.begin("predict");
            self.plan.run(&mut submission, 0);
            submission.submit()?;
            for (output, layer) in outputs.iter_mut().zip(layers) {
                let values: Vec<f32> = self.plan.read(&self.readback, layer).await?;
                output.extend_from_slice(&values[..values.len() / batch * count]);
            }
            watch.advance(count as u64);
        }
        Ok(outputs)
    }

    async fn stream(&mut self, frames: &[u8], output: &str, out: &mut [f32]) -> Result<(), TrainError> {
        let count = frames.len() / self.sample;
        if !frames.len().is_multiple_of(self.sample) || count == 0 {
            return Err(TrainError::Samples { given: frames.len(), sample: self.sample });
        }
        let (batch_size, needed) = (self.batch_size(), count * self.model.output_shape().elements());
        if count > batch_size {
            return Err(TrainError::Frames { frames: count, batch_size });
        }
        if out.len() != needed {
            return Err(TrainError::Room { given: out.len(), needed });
        }
        fill(&mut self.pixels, frames.iter().map(scaled));
        self.plan.write(&self.gpu, Request::IMAGES, &self.pixels)?;
        let mut submission = self.gpu.begin("predict");
        self.plan.run(&mut submission, 0);
        self.plan.request(&mut submission, &self.readback, output, count)?;
        let submitted = submission.submit()?;
        Ok(self.readback.receive_into(&submitted, bytemuck::cast_slice_mut(out)).await?)
    }
}

/// A pixel's byte as the model takes it.
fn scaled(byte: &u8) -> f32 {
    f32::from(*byte) / 255.0
}

/// Fills a batch's pixels; behind the last of them come zeros.
fn fill(pixels: &mut [f32], numbers: impl Iterator<Item = f32>) {
    let numbers = numbers.chain(std::iter::repeat(0.0));
    pixels.iter_mut().zip(numbers).for_each(|(pixel, number)| *pixel = number);
}

/// What `model` takes the pictures of `dataset` for; `watch` hears how far it is.
///
/// # Errors
///
/// When the model does not take such pictures, or has fewer outputs than the dataset has classes.
pub async fn predict_dataset(
    gpu: &Gpu,
    model: &Model,
    dataset: &Dataset,
    options: &PredictOptions,
    watch: &dyn Watch,
) -> Result<Predictions, TrainError> {
    check_dataset(model, dataset)?;
    // No more at a time than there are.
    let options = PredictOptions { batch_size: options.batch_size.min(dataset.len()), ..options.clone() };
    Predictor::with_options(gpu, model, &options)?.classify(dataset.pixels(), watch).await
}
