//! Batch normalization in the weights of the layer before it: `gamma * (x W + b - mean) / sqrt(variance + epsilon) + beta
//! = x W' + b'` with `W' = W * scale`, `b' = (b - mean) * scale + beta` and `scale = gamma / sqrt(variance + epsilon)`.
//!
//! Holds where the statistics are constants, so in inference alone. Source: Jacob et al., "Quantization and Training of
//! Neural Networks for Efficient Integer-Arithmetic-Only Inference", CVPR 2018, section 3.2.

use crate::gpu::{Dispatch, Recording, View, kernel};
use crate::ops::Parameters;

kernel! {
    /// One weight per invocation.
    struct Forward("folded_normalization/forward") { bias: bool, scale: bool, shift: bool }
}

/// Folds a normalization of `channels` channels into a kernel of shape (terms, channels), whose last axis they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FoldedNormalization {
    /// The kernel's weights per channel.
    pub terms: usize,
    /// The number of channels.
    pub channels: usize,
    /// Added to the variance.
    pub epsilon: f32,
}

/// The weights of the layer before, and what normalizes it; shape (channels) each but the kernel's (terms, channels).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folding {
    /// The layer's kernel.
    pub kernel: View,
    /// Its bias; 0 without.
    pub bias: Option<View>,
    /// The normalization's scale and shift.
    pub parameters: Parameters,
    /// The moving mean.
    pub mean: View,
    /// The moving variance.
    pub variance: View,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    terms: u32,
    channels: u32,
    epsilon: f32,
}

impl FoldedNormalization {
    /// The kernel.
    pub const KERNEL: &str = "folded_normalization/forward";

    /// Appends the kernel and the bias that do both; `out_kernel` has the kernel's shape, `out_bias` (channels).
    pub fn forward(self, recording: &mut Recording, folding: Folding, out_kernel: View, out_bias: View) {
        let Folding { kernel, bias, parameters: Parameters { gamma, beta }, mean, variance } = folding;
        let params = Params { terms: self.terms as u32, channels: self.channels as u32, epsilon: self.epsilon };
        recording.dispatch(Dispatch {
            label: "folded normalization: forward".to_owned(),
            kernel: Forward { bias: bias.is_some(), scale: gamma.is_some(), shift: beta.is_some() }.into(),
            params: bytemuck::bytes_of(&params),
            // What is not there is not read, but its binding wants something that is only read: the kernel.
            bindings: &[
                ("kernel", kernel),
                ("bias", bias.unwrap_or(kernel)),
                ("gamma", gamma.unwrap_or(kernel)),
                ("beta", beta.unwrap_or(kernel)),
                ("mean", mean),
                ("variance", variance),
                ("out_kernel", out_kernel),
                ("out_bias", out_bias),
            ],
            invocations: (self.terms + 1) * self.channels,
        });
    }
}
