//! Convolutions.

use serde::{Deserialize, Serialize};

use super::{Describe, Misfit, Pair, at_least_one, single_picture};
use crate::model::Activation;
use crate::model::variable::VariableSpec;
use crate::shape::{Padding, Shape, Window};

fn yes() -> bool {
    true
}

/// The largest window, stride and dilation down or across: far beyond any use, and small enough that no kernel counts
/// past 32 bits or loops for hours.
const LARGEST_WINDOW: usize = 1024;

/// The window of a layer over its input, or why there is none.
pub(super) fn window(
    input: &Shape,
    size: Pair,
    strides: Pair,
    dilation: Pair,
    padding: Padding,
) -> Result<Window, Misfit> {
    for (option, pair) in [("the window", size), ("strides", strides), ("dilation_rate", dilation)] {
        at_least_one(option, pair.rows.min(pair.columns))?;
        let largest = pair.rows.max(pair.columns);
        if largest > LARGEST_WINDOW {
            return Err(Misfit::Option(format!("{option} is {largest}, it must be at most {LARGEST_WINDOW}")));
        }
    }
    let picture = input.picture().unwrap_or_default();
    Window::new([picture[0], picture[1]], size.array(), strides.array(), dilation.array(), padding).ok_or_else(|| {
        Misfit::Input {
            shape: input.clone(),
            reason: format!(
                "its {}x{} window does not fit with padding '{padding}'; use padding 'same', a smaller window or \
                 larger pictures",
                size.rows, size.columns
            ),
        }
    })
}

/// `out[y, x, co] = activation(bias[co] + sum of in[y', x', ci] * kernel[ky, kx, ci, co])`: a convolution (Keras'
/// `Conv2D`). Weights: `kernel` (rows, columns, channels, filters) and `bias` (filters).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv2d {
    /// The number of output channels.
    pub filters: usize,
    /// The window's size.
    pub kernel_size: Pair,
    /// How far the window moves. Default 1.
    #[serde(default)]
    pub strides: Pair,
    /// What stands around the picture. Default valid.
    #[serde(default)]
    pub padding: Padding,
    /// How far apart the taps are. Default 1.
    #[serde(default)]
    pub dilation_rate: Pair,
    /// Applied to the output. Default linear.
    #[serde(default)]
    pub activation: Activation,
    /// Whether there is a bias. Default true.
    #[serde(default = "yes")]
    pub use_bias: bool,
}

impl Conv2d {
    /// So many filters of such a size, everything else as by default.
    pub fn new(filters: usize, kernel_size: impl Into<Pair>) -> Self {
        Self {
            filters,
            kernel_size: kernel_size.into(),
            strides: Pair::default(),
            padding: Padding::default(),
            dilation_rate: Pair::default(),
            activation: Activation::default(),
            use_bias: true,
        }
    }

    /// With this activation.
    pub fn activation(mut self, activation: Activation) -> Self {
        self.activation = activation;
        self
    }

    /// With this padding.
    pub fn padding(mut self, padding: Padding) -> Self {
        self.padding = padding;
        self
    }

    /// With these strides.
    pub fn strides(mut self, strides: impl Into<Pair>) -> Self {
        self.strides = strides.into();
        self
    }

    /// With this dilation.
    pub fn dilation_rate(mut self, dilation_rate: impl Into<Pair>) -> Self {
        self.dilation_rate = dilation_rate.into();
        self
    }

    /// With or without a bias.
    pub fn use_bias(mut self, use_bias: bool) -> Self {
        self.use_bias = use_bias;
        self
    }

    /// How the kernel slides over a picture of this shape.
    pub fn window(&self, input: &Shape) -> Result<Window, Misfit> {
        window(input, self.kernel_size, self.strides, self.dilation_rate, self.padding)
    }
}

impl Describe for Conv2d {
    const CLASS: &'static str = "Conv2D";
    const TYPE: &'static str = "conv2d";

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, Misfit> {
        let (input, _) = single_picture(inputs)?;
        at_least_one("filters", self.filters)?;
        let window = self.window(input)?;
        Ok(Shape::from([window.rows.output, window.columns.output, self.filters]))
    }

    fn variables(&self, input: &Shape) -> Vec<VariableSpec> {
        let (size, channels) = (self.kernel_size, input.channels());
        let taps = size.rows * size.columns;
        let shape = [size.rows, size.columns, channels, self.filters];
        let mut variables =
            vec![VariableSpec::kernel(shape, taps.saturating_mul(channels), taps.saturating_mul(self.filters))];
        variables.extend(self.use_bias.then(|| VariableSpec::bias(self.filters)));
        variables
    }

    fn multiply_adds(&self, input: &Shape, output: &Shape) -> u64 {
        (self.kernel_size.rows * self.kernel_size.columns * input.channels()) as u64 * output.elements() as u64
    }
}

/// `out[y, x, c * multiplier + m] = activation(bias[..] + sum of in[y', x', c] * kernel[ky, kx, c, m])`: each channel
/// convolved by itself (Keras' `DepthwiseConv2D`). Weights: `kernel` (rows, columns, channels, multiplier) and `bias`
/// (channels * multiplier).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepthwiseConv2d {
    /// The window's size.
    pub kernel_size: Pair,
    /// How far the window moves. Default 1.
    #[serde(default)]
    pub strides: Pair,
    /// What stands around the picture. Default valid.
    #[serde(default)]
    pub padding: Padding,
    /// Output channels per input channel. Default 1.
    #[serde(default = "one")]
    pub depth_multiplier: usize,
    /// How far apart the taps are. Default 1.
    #[serde(default)]
    pub dilation_rate: Pair,
    /// Applied to the output. Default linear.
    #[serde(default)]
    pub activation: Activation,
    /// Whether there is a bias. Default true.
    #[serde(default = "yes")]
    pub use_bias: bool,
}

fn one() -> usize {
    1
}

impl DepthwiseConv2d {
    /// A window of such a size, everything else as by default.
    pub fn new(kernel_size: impl Into<Pair>) -> Self {
        Self {
            kernel_size: kernel_size.into(),
            strides: Pair::default(),
            padding: Padding::default(),
            depth_multiplier: 1,
            dilation_rate: Pair::default(),
            activation: Activation::default(),
            use_bias: true,
        }
    }

    /// With this activation.
    pub fn activation(mut self, activation: Activation) -> Self {
        self.activation = activation;
        self
    }

    /// With this padding.
    pub fn padding(mut self, padding: Padding) -> Self {
        self.padding = padding;
        self
    }

    /// With these strides.
    pub fn strides(mut self, strides: impl Into<Pair>) -> Self {
        self.strides = strides.into();
        self
    }

    /// With or without a bias.
    pub fn use_bias(mut self, use_bias: bool) -> Self {
        self.use_bias = use_bias;
        self
    }

    /// With so many output channels per input channel.
    pub fn depth_multiplier(mut self, depth_multiplier: usize) -> Self {
        self.depth_multiplier = depth_multiplier;
        self
    }

    /// How the kernel slides over a picture of this shape.
    pub fn window(&self, input: &Shape) -> Result<Window, Misfit> {
        window(input, self.kernel_size, self.strides, self.dilation_rate, self.padding)
    }
}

impl Describe for DepthwiseConv2d {
    const CLASS: &'static str = "DepthwiseConv2D";
    const TYPE: &'static str = "depthwise_conv2d";

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, Misfit> {
        let (input, [_, _, channels]) = single_picture(inputs)?;
        at_least_one("depth_multiplier", self.depth_multiplier)?;
        let window = self.window(input)?;
        let outputs = channels.saturating_mul(self.depth_multiplier);
        Ok(Shape::from([window.rows.output, window.columns.output, outputs]))
    }

    fn variables(&self, input: &Shape) -> Vec<VariableSpec> {
        let (size, channels, multiplier) = (self.kernel_size, input.channels(), self.depth_multiplier);
        let taps = size.rows * size.columns;
        // Keras reads the fans off the kernel's shape, as if the channels were mixed.
        let shape = [size.rows, size.columns, channels, multiplier];
        let mut variables =
            vec![VariableSpec::kernel(shape, taps.saturating_mul(channels), taps.saturating_mul(multiplier))];
        variables.extend(self.use_bias.then(|| VariableSpec::bias(channels.saturating_mul(multiplier))));
        variables
    }

    fn multiply_adds(&self, _input: &Shape, output: &Shape) -> u64 {
        (self.kernel_size.rows * self.kernel_size.columns) as u64 * output.elements() as u64
    }
}
