//! What in a step was not finite.

use std::fmt;

/// A step whose loss, gradients or moving statistics are not finite, and where that began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFinite {
    /// Counted from 1.
    pub epoch: usize,
    /// The step of the epoch, counted from 1.
    pub step: usize,
    /// The first of the step's numbers, in the order in which they are computed, of which some are not finite.
    pub first: Suspect,
}

/// Numbers of a step that can be infinite or NaN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Suspect {
    /// The weights of this name, before the step.
    Weights(String),
    /// What the optimizer remembers of the weights of this name, before the step: a square of a gradient overflows long
    /// before the gradient does.
    Moments(String),
    /// The moving statistics of this name after the step, and so the mean or the variance of the batch.
    MovingStatistics(String),
    /// The output of the layer of this name.
    Output(String),
    /// The loss.
    Loss,
    /// The gradient of the output of the layer of this name.
    GradientOfOutput(String),
    /// The gradient of the weights of this name.
    Gradient(String),
    /// The length of all gradients together, each of which is finite.
    Norm,
    /// Nothing when the step was done once more, each layer by itself.
    Nothing,
    /// It could not be found out, for this reason.
    Unknown(String),
}

impl fmt::Display for NotFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { epoch, step, first } = self;
        if let Suspect::Weights(_) | Suspect::Moments(_) = first {
            return write!(f, "{first} are NaN or infinite after {} steps of epoch {epoch}", step - 1);
        }
        write!(f, "step {step} of epoch {epoch} has numbers that are NaN or infinite: {first}")
    }
}

impl fmt::Display for Suspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weights(name) => write!(f, "the weights '{name}'"),
            Self::Moments(name) => write!(f, "the optimizer's moments of the weights '{name}'"),
            Self::MovingStatistics(name) => {
                write!(f, "first in the moving statistics '{name}', by the mean or the variance of the batch")
            }
            Self::Output(layer) => write!(f, "first in the output of layer '{layer}'"),
            Self::Loss => write!(f, "first in the loss, while the outputs of all layers are finite"),
            Self::GradientOfOutput(layer) => write!(f, "first in the gradient of the output of layer '{layer}'"),
            Self::Gradient(name) => write!(f, "first in the gradient of the weights '{name}'"),
            Self::Norm => write!(f, "the length of all gradients together, each of which is finite"),
            Self::Nothing => write!(
                f,
                "but done once more, each layer by itself, all of it is finite, so that a kernel or the device may be \
                 wrong; try OCELLUS_KERNELS=naive"
            ),
            Self::Unknown(reason) => write!(f, "in which layer first could not be found out, since {reason}"),
        }
    }
}
