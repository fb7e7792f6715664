//! What a network sees: the outputs of its inner layers.

use super::{ExplainError, Maps};
use crate::gpu::Gpu;
use crate::model::{Layer, Model};
use crate::ops::KernelChoice;
use crate::shape::Shape;
use crate::train::{PredictOptions, Predictor};

/// The output of a layer for some pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerActivations {
    /// The layer's name.
    pub layer: String,
    /// The shape of its output for one picture.
    pub shape: Shape,
    /// Its output: shape (pictures, output shape).
    pub values: Vec<f32>,
}

impl LayerActivations {
    /// The number of pictures.
    pub fn pictures(&self) -> usize {
        self.values.len() / self.shape.elements().max(1)
    }

    /// The feature maps for picture `picture`, counted from 0; an output without height and width is one map of one row.
    ///
    /// # Errors
    ///
    /// When there is no such picture.
    pub fn maps(&self, picture: usize) -> Result<Maps, ExplainError> {
        let elements = self.shape.elements();
        let pictures = self.pictures();
        let values = self.values.chunks_exact(elements.max(1)).nth(picture);
        let values = values.ok_or(ExplainError::NoPicture { picture, pictures })?;
        Maps::new(self.shape.picture().unwrap_or([1, elements, 1]), values.to_vec())
    }
}

/// What the layers of these names make of `pictures`, in the order of the names: the outputs of a second model, which ends
/// at these layers and shares the weights of `model` ([`Model::with_outputs`]).
///
/// `pictures` are bytes, which are divided by 255 as in training; their shape is (pictures, input shape). Where a layer is
/// used several times it is its first use that is told. [`layer_names`] names them all.
///
/// # Errors
///
/// When a name is no layer's, there is none, the pictures are no whole number of them, or the device fails.
pub async fn activations<S: AsRef<str>>(
    gpu: &Gpu,
    model: &Model,
    pictures: &[u8],
    layers: &[S],
) -> Result<Vec<LayerActivations>, ExplainError> {
    activations_by(gpu, model, pictures, layers, KernelChoice::default()).await
}

/// What [`activations`] gives, by this choice of compute kernels.
pub async fn activations_by<S: AsRef<str>>(
    gpu: &Gpu,
    model: &Model,
    pictures: &[u8],
    layers: &[S],
    kernels: KernelChoice,
) -> Result<Vec<LayerActivations>, ExplainError> {
    let second = model.with_outputs(layers)?;
    let names: Vec<&str> = layers.iter().map(AsRef::as_ref).collect();
    let count = pictures.len() / model.input_shape().elements().max(1);
    // No more at a time than there are.
    let batch_size = PredictOptions::default().batch_size.min(count.max(1));
    let options = PredictOptions { batch_size, kernels, ..PredictOptions::default() };
    let predictor = Predictor::with_options(gpu, &second, &options)?;
    let outputs = predictor.predict_picture_layers(pictures, &names).await?;
    let told = names.into_iter().zip(outputs).map(|(name, values)| {
        let shape = second.nodes()[second.find(name)?].shape.clone();
        Ok(LayerActivations { layer: name.to_owned(), shape, values })
    });
    told.collect()
}

/// The names of a model's layers in the order in which they run, each once; the first is where the pictures enter.
pub fn layer_names(model: &Model) -> Vec<String> {
    model.layers().iter().map(|layer: &Layer| layer.name().to_owned()).collect()
}
