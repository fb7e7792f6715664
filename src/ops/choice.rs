//! Which of several kernels for the same numbers is used.

use serde::{Deserialize, Serialize};

/// The kernels to use where an op has more than one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KernelChoice {
    /// The fastest that suits the shape.
    #[default]
    Fast,
    /// The naive ones: one output per invocation, the oracle that the others are compared with.
    Naive,
}

/// The environment variable `OCELLUS_KERNELS` names no choice.
#[derive(Debug, thiserror::Error)]
#[error("OCELLUS_KERNELS is '{0}'; it can be 'fast' (the default) or 'naive'")]
pub struct UnknownKernelChoice(String);

impl KernelChoice {
    /// The choice that the environment variable `OCELLUS_KERNELS` forces: `fast` or `naive`; `None` where it is
    /// not set.
    pub fn from_environment() -> Result<Option<Self>, UnknownKernelChoice> {
        match std::env::var("OCELLUS_KERNELS").unwrap_or_default().as_str() {
            "" => Ok(None),
            "fast" => Ok(Some(Self::Fast)),
            "naive" => Ok(Some(Self::Naive)),
            word => Err(UnknownKernelChoice(word.to_owned())),
        }
    }
}
