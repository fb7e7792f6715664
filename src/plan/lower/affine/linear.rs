//! What is linear in a layer with a kernel.

use super::super::super::compiler::Compiler;
use crate::gpu::{Recording, View};
use crate::ops::{self, Activated, Conv2d, DepthwiseConv2d, KernelChoice, Pass, PassKind, Product};

/// What is linear in such a layer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Affine {
    Product(Product),
    Depthwise(DepthwiseConv2d),
}

impl Affine {
    /// The choice of kernels for a pass; that for all where there is none to make.
    pub(super) fn chosen(self, compiler: &mut Compiler<'_>, kind: PassKind) -> KernelChoice {
        match self {
            Affine::Product(product) => compiler.chosen(Pass { product, kind }),
            Affine::Depthwise(_) => compiler.request.kernels,
        }
    }

    /// Whether the pooling of a pass runs in the op's kernel by this choice.
    pub(super) fn pools(self, compiler: &Compiler<'_>, kind: PassKind, choice: KernelChoice) -> bool {
        match self {
            Affine::Product(product) => Pass { product, kind }.pools(&compiler.recording, choice),
            Affine::Depthwise(_) => false,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "those of the ops")]
    pub(super) fn forward(
        self,
        recording: &mut Recording,
        choice: KernelChoice,
        x: View,
        kernel: View,
        bias: Option<View>,
        activation: ops::Activation,
        scratch: Option<View>,
        out: View,
    ) {
        match self {
            Affine::Product(op) => op.forward(recording, choice, x, kernel, bias, activation, scratch, out),
            Affine::Depthwise(op) => op.forward(recording, x, kernel, bias, activation, out),
        }
    }

    pub(super) fn forward_scratch_bytes(self, choice: KernelChoice) -> u64 {
        match self {
            Affine::Product(op) => op.forward_scratch_bytes(choice),
            Affine::Depthwise(_) => 0,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "those of the ops")]
    pub(super) fn gradient_of_input(
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
            Affine::Product(op) => op.gradient_of_input(recording, choice, dout, kernel, activated, scratch, dx),
            Affine::Depthwise(op) => op.gradient_of_input(recording, dout, kernel, activated, dx),
        }
    }

    pub(super) fn gradient_of_input_scratch_bytes(self, choice: KernelChoice) -> u64 {
        match self {
            Affine::Product(op) => op.gradient_of_input_scratch_bytes(choice),
            Affine::Depthwise(_) => 0,
        }
    }

    pub(super) fn gradient_of_kernel(
        self,
        recording: &mut Recording,
        choice: KernelChoice,
        x: View,
        dout: View,
        scratch: Option<View>,
        dkernel: View,
    ) {
        match self {
            Affine::Product(op) => op.gradient_of_kernel(recording, choice, x, dout, scratch, dkernel),
            Affine::Depthwise(op) => op.gradient_of_kernel(recording, x, dout, scratch, dkernel),
        }
    }

    pub(super) fn gradient_of_kernel_scratch_bytes(self, choice: KernelChoice) -> u64 {
        match self {
            Affine::Product(op) => op.gradient_of_kernel_scratch_bytes(choice),
            Affine::Depthwise(op) => op.gradient_of_kernel_scratch_bytes(),
        }
    }

    /// The convolution, where it is one that has other kernels than the naive one.
    pub(super) fn as_conv2d(self) -> Option<Conv2d> {
        match self {
            Affine::Product(op) => op.as_conv2d(),
            Affine::Depthwise(_) => None,
        }
    }
}
