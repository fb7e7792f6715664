//! The ops that have several kernels for each of their passes: convolutions and matrix products.

use super::{Activated, Activation, Conv2d, KernelChoice, Matmul};
use crate::gpu::{Recording, View};

/// An op whose passes have several kernels each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// A convolution.
    Conv2d(Conv2d),
    /// A matrix product.
    Matmul(Matmul),
}

impl Product {
    /// Elements of the input.
    pub fn input_elements(self) -> usize {
        match self {
            Self::Conv2d(op) => op.input_elements(),
            Self::Matmul(op) => op.rows * op.terms,
        }
    }

    /// Elements of the kernel.
    pub fn kernel_elements(self) -> usize {
        match self {
            Self::Conv2d(op) => op.kernel_elements(),
            Self::Matmul(op) => op.terms * op.columns,
        }
    }

    /// Elements of the output.
    pub fn output_elements(self) -> usize {
        match self {
            Self::Conv2d(op) => op.output_elements(),
            Self::Matmul(op) => op.rows * op.columns,
        }
    }

    /// Elements of the bias.
    pub fn channels(self) -> usize {
        match self {
            Self::Conv2d(op) => op.output_channels,
            Self::Matmul(op) => op.columns,
        }
    }

    /// Appends the forward pass, as [`Conv2d::forward`]; `scratch` as [`Product::forward_scratch_bytes`] asks.
    #[expect(clippy::too_many_arguments, reason = "those of the ops")]
    pub fn forward(
        self,
        recording: &mut Recording,
        choice: KernelChoice,
        x: View,
        kernel: View,
        bias: Option<View>,
        activation: Activation,
        scratch: Option<View>,
        out: View,
    ) {
        match self {
            Self::Conv2d(op) => op.forward(recording, choice, x, kernel, bias, activation, scratch, out),
            Self::Matmul(op) => op.forward(recording, choice, x, kernel, bias, activation, scratch, out),
        }
    }

    /// Bytes of the scratch buffer that the forward pass needs; 0 when it needs none.
    pub fn forward_scratch_bytes(self, choice: KernelChoice) -> u64 {
        match self {
            Self::Conv2d(op) => op.forward_scratch_bytes(choice),
            Self::Matmul(op) => op.forward_scratch_bytes(choice),
        }
    }

    /// Appends the gradient of the input, as [`Conv2d::gradient_of_input`]; `scratch` as
    /// [`Product::gradient_of_input_scratch_bytes`] asks.
    #[expect(clippy::too_many_arguments, reason = "those of the ops")]
    pub fn gradient_of_input(
        self,
        recording: &mut Recording,
        choice: KernelChoice,
        dout: View,
        kernel: View,
        activated: Option<Activated>,
        scratch: Option<View>,
        dx: View,
    ) {
        match self {
            Self::Conv2d(op) => op.gradient_of_input(recording, choice, dout, kernel, activated, scratch, dx),
            Self::Matmul(op) => op.gradient_of_a(recording, choice, dout, kernel, activated, scratch, dx),
        }
    }

    /// Bytes of the scratch buffer that the gradient of the input needs; 0 when it needs none.
    pub fn gradient_of_input_scratch_bytes(self, choice: KernelChoice) -> u64 {
        match self {
            Self::Conv2d(op) => op.gradient_of_input_scratch_bytes(choice),
            Self::Matmul(op) => op.gradient_of_a_scratch_bytes(choice),
        }
    }

    /// Appends the gradient of the kernel, as [`Conv2d::gradient_of_kernel`]; `scratch` as
    /// [`Product::gradient_of_kernel_scratch_bytes`] asks.
    pub fn gradient_of_kernel(
        self,
        recording: &mut Recording,
        choice: KernelChoice,
        x: View,
        dout: View,
        scratch: Option<View>,
        dkernel: View,
    ) {
        match self {
            Self::Conv2d(op) => op.gradient_of_kernel(recording, choice, x, dout, scratch, dkernel),
            Self::Matmul(op) => op.gradient_of_b(recording, choice, x, dout, scratch, dkernel),
        }
    }

    /// Bytes of the scratch buffer that the gradient of the kernel needs; 0 when it needs none.
    pub fn gradient_of_kernel_scratch_bytes(self, choice: KernelChoice) -> u64 {
        match self {
            Self::Conv2d(op) => op.gradient_of_kernel_scratch_bytes(choice),
            Self::Matmul(op) => op.gradient_of_b_scratch_bytes(choice),
        }
    }

    /// Summands of an element of the output.
    pub fn terms(self) -> usize {
        match self {
            Self::Conv2d(op) => op.terms(),
            Self::Matmul(op) => op.terms,
        }
    }

    /// The convolution, where it is one.
    pub fn as_conv2d(self) -> Option<Conv2d> {
        match self {
            Self::Conv2d(op) => Some(op),
            Self::Matmul(_) => None,
        }
    }
}
