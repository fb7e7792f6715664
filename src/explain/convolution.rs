//! Convolutions with given kernels, by the kernels of training.

use super::kernel::packed;
use super::{Arithmetic, ExplainError, Kernel, Maps};
use crate::gpu::Gpu;
use crate::model::layers::{Conv2d, DepthwiseConv2d};
use crate::model::{Layer, Sequential};
use crate::ops::KernelChoice;
use crate::shape::{Padding, Window};
use crate::train::{PredictOptions, Predictor};

/// What kernels made of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Convolution {
    input: Maps,
    kernels: Vec<Kernel>,
    window: Window,
    /// For each map of the output the channel of the input and the kernel that make it alone; empty where every map is
    /// made of all channels by the kernel of its own number.
    channels: Vec<(usize, usize)>,
    maps: Maps,
}

/// `out[y, x, k] = sum over dy, dx and c of in[y + dy, x + dx, c] * kernel_k[dy, dx, c]`: convolution as networks have it,
/// in which the kernel is not flipped, so that it is a cross-correlation (Keras' `Conv2D` without a bias).
///
/// The input has shape (height, width, channels) and its values are taken as they are; the kernels have one shape, with
/// as many channels; the output has shape (output height, output width, kernels). With padding 'same' zeros stand around
/// the picture and the output has its size. All kernels are the filters of one layer, which runs once, by the kernels
/// of training.
///
/// ```no_run
/// use ocellus::explain::{Kernel, Maps, Matrix, convolve};
/// use ocellus::gpu::{AdapterRequest, Gpu};
/// use ocellus::shape::Padding;
/// use pollster::block_on;
///
/// let gpu = block_on(Gpu::open(&AdapterRequest::default()))?;
/// let picture: Maps = "0 1 2; 3 4 5; 6 7 8".parse::<Matrix>()?.into();
/// let kernel: Kernel = "0 1; 2 3".parse()?;
/// let convolution = block_on(convolve(&gpu, &picture, &[kernel], Padding::Valid))?;
/// assert_eq!(convolution.maps().channel(0).to_string(), "19 25; 37 43");
/// assert_eq!(convolution.explain(0, 0, 0)?.to_string(), "0·0 + 1·1 + 3·2 + 4·3 = 19");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When there is no kernel, kernels differ in shape, have other channels than the input, or are larger than the input
/// with padding 'valid'; and when the device fails.
pub async fn convolve(
    gpu: &Gpu,
    input: &Maps,
    kernels: &[Kernel],
    padding: Padding,
) -> Result<Convolution, ExplainError> {
    convolve_by(gpu, input, kernels, padding, KernelChoice::default()).await
}

/// What [`convolve`] gives, by this choice of the convolution's compute kernels.
pub async fn convolve_by(
    gpu: &Gpu,
    input: &Maps,
    kernels: &[Kernel],
    padding: Padding,
    choice: KernelChoice,
) -> Result<Convolution, ExplainError> {
    let ([height, width, channels], window) = checked(input, kernels, padding)?;
    let [_, _, picture] = input.shape();
    if channels != picture {
        return Err(ExplainError::Channels { kernel: channels, picture });
    }
    let layer = Conv2d::new(kernels.len(), [height, width]).padding(padding).use_bias(false);
    let maps = run(gpu, input, layer, packed(kernels), &window, choice).await?;
    Ok(Convolution { input: input.clone(), kernels: kernels.to_vec(), window, channels: Vec::new(), maps })
}

/// `out[y, x, c * kernels + m] = sum over dy and dx of in[y + dy, x + dx, c] * kernel_m[dy, dx, 0]`: the same for each
/// channel by itself, such as red, green and blue (Keras' `DepthwiseConv2D` without a bias).
///
/// The kernels have one channel, which serves all of the input's; the output has shape (output height, output width,
/// channels * kernels): the maps of the first channel, then those of the second.
///
/// # Errors
///
/// As those of [`convolve`].
pub async fn convolve_channels(
    gpu: &Gpu,
    input: &Maps,
    kernels: &[Kernel],
    padding: Padding,
) -> Result<Convolution, ExplainError> {
    convolve_channels_by(gpu, input, kernels, padding, KernelChoice::default()).await
}

/// What [`convolve_channels`] gives, by this choice of compute kernels.
pub async fn convolve_channels_by(
    gpu: &Gpu,
    input: &Maps,
    kernels: &[Kernel],
    padding: Padding,
    choice: KernelChoice,
) -> Result<Convolution, ExplainError> {
    let ([height, width, channels], window) = checked(input, kernels, padding)?;
    if channels != 1 {
        return Err(ExplainError::Channels { kernel: channels, picture: 1 });
    }
    let [_, _, channels] = input.shape();
    let layer = DepthwiseConv2d::new([height, width]).depth_multiplier(kernels.len()).padding(padding).use_bias(false);
    let shared = packed(kernels);
    // Position by position, every channel has the same weights.
    let weights = shared.chunks_exact(kernels.len()).flat_map(|position| position.repeat(channels)).collect();
    let maps = run(gpu, input, layer, weights, &window, choice).await?;
    let channels = (0..channels).flat_map(|channel| (0..kernels.len()).map(move |kernel| (channel, kernel))).collect();
    Ok(Convolution { input: input.clone(), kernels: kernels.to_vec(), window, channels, maps })
}

/// The kernels' one shape, and how they slide over the input.
fn checked(input: &Maps, kernels: &[Kernel], padding: Padding) -> Result<([usize; 3], Window), ExplainError> {
    let first = kernels.first().ok_or(ExplainError::NoKernels)?.shape();
    if let Some(number) = kernels.iter().position(|kernel| kernel.shape() != first) {
        return Err(ExplainError::KernelShapes { number, shape: kernels[number].shape(), first });
    }
    let ([height, width, _], [rows, columns, _]) = (input.shape(), first);
    let (picture, kernel) = ([height, width], [rows, columns]);
    let window = Window::new(picture, kernel, [1; 2], [1; 2], padding);
    Ok((first, window.ok_or(ExplainError::Window { kernel, picture, padding })?))
}

/// The output of a layer with these weights, whose window slides so.
async fn run(
    gpu: &Gpu,
    input: &Maps,
    layer: impl Into<Layer>,
    weights: Vec<f32>,
    window: &Window,
    kernels: KernelChoice,
) -> Result<Maps, ExplainError> {
    let layer = layer.into();
    let model = Sequential::new(input.shape()).add(layer.clone()).build()?;
    model.set_weight(&format!("{}.kernel", layer.name()), weights)?;
    let options = PredictOptions { batch_size: 1, kernels, ..PredictOptions::default() };
    let values = Predictor::with_options(gpu, &model, &options)?.predict(input.values()).await?;
    Maps::new([window.rows.output, window.columns.output, model.output_shape().channels()], values)
}

impl Convolution {
    /// The picture.
    pub fn input(&self) -> &Maps {
        &self.input
    }

    /// The kernels.
    pub fn kernels(&self) -> &[Kernel] {
        &self.kernels
    }

    /// The feature maps that the kernels gave.
    pub fn maps(&self) -> &Maps {
        &self.maps
    }

    /// The arithmetic of one output value: that at `row` and `column` of the map `map`, all counted from 0.
    ///
    /// # Errors
    ///
    /// When there is no such value.
    pub fn explain(&self, row: usize, column: usize, map: usize) -> Result<Arithmetic, ExplainError> {
        let [height, width, maps] = self.maps.shape();
        if row >= height || column >= width || map >= maps {
            return Err(ExplainError::NoValue { row, column, map, shape: [height, width, maps] });
        }
        let (first, kernel) = self.channels.get(map).map_or((0, map), |&(channel, kernel)| (channel, kernel));
        let kernel = self.kernels[kernel].clone();
        let [rows, columns, channels] = kernel.shape();
        let mut window = Vec::with_capacity(kernel.values().len());
        for tap in 0..rows * columns {
            let y = self.window.rows.source(row, tap / columns);
            let x = self.window.columns.source(column, tap % columns);
            window.extend((first..first + channels).map(|channel| match (y, x) {
                (Some(y), Some(x)) => self.input.get(y, x, channel),
                _ => 0.0,
            }));
        }
        let products = window.iter().zip(kernel.values()).map(|(value, weight)| value * weight).collect();
        let corner = |place: usize, before: usize| place as isize - before as isize;
        Ok(Arithmetic {
            corner: [corner(row, self.window.rows.before), corner(column, self.window.columns.before)],
            window: Maps::new(kernel.shape(), window)?,
            products: Maps::new(kernel.shape(), products)?,
            kernel,
            sum: self.maps.get(row, column, map),
        })
    }
}
