//! Kernels: known ones, random ones, a layer's own.

use std::str::FromStr;

use super::matrix::check_extents;
use super::{ExplainError, Matrix};
use crate::model::{Layer, LayerKind, Model, Sequential, Variable, layers::Conv2d};

/// What a convolution slides over a picture: weights of shape (height, width, channels), one for every value that it
/// covers. Any size, odd or even.
///
/// In words it is one of [`Kernel::NAMES`], or the numbers of a kernel of one channel as a [`Matrix`] has them.
///
/// ```
/// use ocellus::explain::Kernel;
///
/// let edge: Kernel = "edge".parse()?;
/// assert_eq!(edge, "-1 -1 -1; -1 8 -1; -1 -1 -1".parse()?);
/// # Ok::<(), ocellus::explain::ExplainError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    shape: [usize; 3],
    values: Vec<f32>,
}

impl Kernel {
    /// The kernels that have a name, for pictures of one channel: `edge` is 0 on what is even; `sobel-x` is positive where
    /// a picture becomes brighter to the right, `sobel-y` where it does downwards; `blur` is a mean that weighs the
    /// middle most (binomial); `sharpen` adds to every pixel what it differs by from its four neighbours; `emboss` is the
    /// pixel and how much brighter the picture becomes to the lower right.
    pub const NAMES: [&str; 6] = ["edge", "sobel-x", "sobel-y", "blur", "sharpen", "emboss"];

    /// A kernel of its weights, row by row, each row position by position, each position one weight per channel.
    ///
    /// # Errors
    ///
    /// When there are not as many weights as the extents' product, or none.
    pub fn new(shape: [usize; 3], values: Vec<f32>) -> Result<Self, ExplainError> {
        check_extents("a kernel", &shape, &values)?;
        Ok(Self { shape, values })
    }

    /// One of [`Kernel::NAMES`], of 3 x 3 weights.
    pub fn named(name: &str) -> Result<Self, ExplainError> {
        let weights: [f32; 9] = match name {
            "edge" => [-1.0, -1.0, -1.0, -1.0, 8.0, -1.0, -1.0, -1.0, -1.0],
            "sobel-x" => [-1.0, 0.0, 1.0, -2.0, 0.0, 2.0, -1.0, 0.0, 1.0],
            "sobel-y" => [-1.0, -2.0, -1.0, 0.0, 0.0, 0.0, 1.0, 2.0, 1.0],
            "blur" => [1.0, 2.0, 1.0, 2.0, 4.0, 2.0, 1.0, 2.0, 1.0].map(|weight: f32| weight / 16.0),
            "sharpen" => [0.0, -1.0, 0.0, -1.0, 5.0, -1.0, 0.0, -1.0, 0.0],
            "emboss" => [-2.0, -1.0, 0.0, -1.0, 1.0, 1.0, 0.0, 1.0, 2.0],
            _ => return Err(ExplainError::UnknownKernel(name.to_owned())),
        };
        Self::new([3, 3, 1], weights.to_vec())
    }

    /// `count` kernels of shape (height, width, channels) as an untrained layer of so many filters has them: uniform in
    /// `±sqrt(6 / (height * width * (channels + count)))`, Keras' `glorot_uniform`. The same seed gives the same ones.
    ///
    /// # Errors
    ///
    /// When `count` or an extent is 0 or far too large.
    pub fn random(count: usize, shape: [usize; 3], seed: u32) -> Result<Vec<Self>, ExplainError> {
        let [height, width, _] = shape;
        let layer = Layer::new(Conv2d::new(count, [height, width]).use_bias(false));
        let model = Sequential::new(shape).add(layer.clone()).build()?;
        model.initialize(seed);
        let kernels = layer.variables().first().map(Variable::values).unwrap_or_default();
        unpacked(shape, count, &kernels)
    }

    /// The kernels of a convolution layer, one per filter: of shape (height, width, input channels), and (height, width, 1)
    /// where the layer convolves each channel by itself, in the order of its outputs.
    ///
    /// # Errors
    ///
    /// When the model has no layer of this name, or the layer is no convolution.
    pub fn of_layer(model: &Model, layer: &str) -> Result<Vec<Self>, ExplainError> {
        let found = &model.nodes()[model.find(layer)?].layer;
        let kernel = found.variables().iter().find(|variable| variable.name() == "kernel");
        let extents = kernel.map(|kernel| kernel.shape().extents());
        let (shape, filters) = match (found.kind(), extents) {
            (LayerKind::Conv2d(_), Some(&[height, width, channels, filters])) => ([height, width, channels], filters),
            // The last two extents together count the outputs.
            (LayerKind::DepthwiseConv2d(_), Some(&[height, width, channels, multiplier])) => {
                ([height, width, 1], channels * multiplier)
            }
            (kind, _) => {
                let (layer, kind) = (layer.to_owned(), kind.class());
                return Err(ExplainError::NoConvolution { layer, kind, available: convolution_names(model) });
            }
        };
        unpacked(shape, filters, &kernel.map(Variable::values).unwrap_or_default())
    }

    /// Height, width and channels, each at least 1.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// All weights, in the order of the shape.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The weights for channel `channel`, counted from 0.
    ///
    /// # Panics
    ///
    /// When there is no such channel, as a slice does.
    pub fn channel(&self, channel: usize) -> Matrix {
        Matrix::of_channel(self.shape, &self.values, channel)
    }
}

impl FromStr for Kernel {
    type Err = ExplainError;

    fn from_str(text: &str) -> Result<Self, ExplainError> {
        let text = text.trim();
        // A single word that is no number is meant as a name.
        let is_name = !text.is_empty() && !text.contains([';', ',', ' ', '\t', '\n']) && text.parse::<f32>().is_err();
        if is_name { Self::named(text) } else { Ok(text.parse::<Matrix>()?.into()) }
    }
}

/// A kernel of one channel.
impl From<Matrix> for Kernel {
    fn from(matrix: Matrix) -> Self {
        Self { shape: [matrix.rows(), matrix.columns(), 1], values: matrix.into_values() }
    }
}

/// The kernels of a layer's weights, where the filters stand side by side in the last of the extents.
fn unpacked(shape: [usize; 3], filters: usize, weights: &[f32]) -> Result<Vec<Kernel>, ExplainError> {
    let kernel = |filter| weights.iter().copied().skip(filter).step_by(filters).collect();
    (0..filters).map(|filter| Kernel::new(shape, kernel(filter))).collect()
}

/// A layer's weights of kernels, all of one shape: the reverse of [`unpacked`].
pub(super) fn packed(kernels: &[Kernel]) -> Vec<f32> {
    let weights = kernels.first().map_or(0, |kernel| kernel.values.len());
    (0..weights).flat_map(|weight| kernels.iter().map(move |kernel| kernel.values[weight])).collect()
}

/// The names of a model's convolutions, depthwise ones too, in the order in which they run.
pub fn convolution_names(model: &Model) -> Vec<String> {
    let is_one = |layer: &Layer| matches!(layer.kind(), LayerKind::Conv2d(_) | LayerKind::DepthwiseConv2d(_));
    model.layers().iter().filter(|layer| is_one(layer)).map(|layer| layer.name().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::layers::{Dense, DepthwiseConv2d, Flatten};

    #[test]
    fn kernels_are_known_by_name_or_written_out() {
        for name in Kernel::NAMES {
            let kernel: Kernel = name.parse().unwrap();
            assert_eq!(kernel.shape(), [3, 3, 1]);
            let sum: f32 = kernel.values().iter().sum();
            // Those that find changes see none in what is even, the others keep it.
            let keeps = ["blur", "sharpen", "emboss"].contains(&name);
            assert_eq!(sum, if keeps { 1.0 } else { 0.0 }, "{name}");
        }
        let sharpen = Kernel::named("sharpen").unwrap();
        assert_eq!("0 -1 0; -1 5 -1; 0 -1 0".parse::<Kernel>().unwrap(), sharpen);
        assert_eq!(" 3 ".parse::<Kernel>().unwrap().shape(), [1, 1, 1]);
        assert_eq!("1 2".parse::<Kernel>().unwrap().channel(0).to_string(), "1 2");
    }

    #[test]
    fn an_unknown_name_gets_the_nearest_known() {
        let error = "egde".parse::<Kernel>().unwrap_err().to_string();
        assert!(error.contains("'egde'") && error.contains("did you mean 'edge'?"), "{error}");
        assert!(error.contains("emboss") && error.contains("its numbers"), "{error}");
        assert!("1 x".parse::<Kernel>().unwrap_err().to_string().contains("'x' in row 1, column 2"));
        assert!("".parse::<Kernel>().unwrap_err().to_string().contains("needs numbers"));
        assert!("nan".parse::<Kernel>().unwrap_err().to_string().contains("not finite"));
    }

    #[test]
    fn random_kernels_are_those_of_an_untrained_layer() {
        let kernels = Kernel::random(5, [3, 2, 4], 9).unwrap();
        assert_eq!((kernels.len(), kernels[0].shape()), (5, [3, 2, 4]));
        let model = Sequential::new([8, 8, 4]).add(Conv2d::new(5, [3, 2])).build().unwrap();
        model.initialize(9);
        assert_eq!(Kernel::of_layer(&model, "conv2d").unwrap(), kernels);
        assert_eq!(packed(&kernels), model.layers()[1].variables()[0].values());
        assert_ne!(Kernel::random(5, [3, 2, 4], 10).unwrap(), kernels);
        let limit = (6.0_f32 / (6.0 * 9.0)).sqrt();
        assert!(kernels.iter().flat_map(Kernel::values).all(|weight| weight.abs() <= limit));
        for (count, shape) in [(0, [3, 3, 1]), (1, [0, 3, 1]), (1, [3, 3, 0]), (1, [3, usize::MAX, 1])] {
            assert!(Kernel::random(count, shape, 1).is_err(), "{count} {shape:?}");
        }
    }

    #[test]
    fn a_layers_kernels_are_its_filters() {
        let model = Sequential::new([4, 4, 2])
            .add(Conv2d::new(3, 1))
            .add(DepthwiseConv2d::new([1, 2]).depth_multiplier(2))
            .add(Flatten {})
            .add(Dense::new(2))
            .build()
            .unwrap();
        model.set_weight("conv2d.kernel", vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
        model.set_weight("depthwise_conv2d.kernel", (0..12).map(|i| i as f32).collect()).unwrap();
        let kernels = Kernel::of_layer(&model, "conv2d").unwrap();
        assert_eq!((kernels.len(), kernels[1].shape(), kernels[1].values()), (3, [1, 1, 2], [2.0, 5.0].as_slice()));
        let kernels = Kernel::of_layer(&model, "depthwise_conv2d").unwrap();
        assert_eq!((kernels.len(), kernels[3].channel(0).to_string()), (6, "3 9".to_owned()));
        let refused = |layer| Kernel::of_layer(&model, layer).unwrap_err().to_string();
        assert!(refused("dense").contains("'dense' (Dense) is no convolution; there are conv2d, depthwise_conv2d"));
        assert!(refused("flatten").contains("no convolution"));
        assert!(refused("conv2d_7").contains("did you mean 'conv2d'?"));
    }
}
