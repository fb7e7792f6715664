//! Which of several kernels for the same numbers is used.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::gpu::Gpu;

/// The kernels to use where an op has more than one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KernelChoice {
    /// The fastest for the adapter: [`KernelChoice::on`] tells which these are.
    #[default]
    Fast,
    /// Blocks of outputs per invocation, on any adapter.
    Block,
    /// Tiles of outputs per workgroup, with both operands in its memory, where the product fills one; else as `Block`, but
    /// matrix products of few outputs have their sums in parts. For GPUs.
    Tile,
    /// Blocks of outputs per subgroup, whose invocations share what they fetch, where the shape allows them; else as
    /// `Block`. For adapters that compute on the CPU, where a load costs as much as fifty products.
    Subgroup,
    /// The naive ones: one output per invocation, the oracle that the others are compared with.
    Naive,
}

/// How the kernels of a training are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KernelSelection {
    /// By measurements on the adapter at hand, once for every shape. Two adapters of a kind may get other ones, and so other
    /// bits.
    #[default]
    Auto,
    /// By the class of the adapter: [`KernelChoice::on`]. The same bits in every run on the same adapter.
    Fixed,
}

impl KernelSelection {
    /// Whether kernels are measured where a training asks for `kernels`: only the fast ones leave a choice.
    pub fn measures(self, kernels: KernelChoice) -> bool {
        self == Self::Auto && kernels == KernelChoice::Fast
    }
}

/// The word for [`KernelSelection`] that is none.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is neither 'auto' nor 'fixed'")]
pub struct UnknownKernelSelection(String);

impl FromStr for KernelSelection {
    type Err = UnknownKernelSelection;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "auto" => Ok(Self::Auto),
            "fixed" => Ok(Self::Fixed),
            word => Err(UnknownKernelSelection(word.to_owned())),
        }
    }
}

/// The environment variable `OCELLUS_KERNELS` names no choice.
#[derive(Debug, thiserror::Error)]
#[error("OCELLUS_KERNELS is '{0}'; it can be 'fast' (the default), 'block', 'tile', 'subgroup' or 'naive'")]
pub struct UnknownKernelChoice(String);

/// The size of the subgroups that the subgroup kernels are written for, as `LANES` of `shaders/common/subgroup.wgsl`.
pub(crate) const SUBGROUP_SIZE: u32 = 8;

impl KernelChoice {
    /// What the choice means on this device, by the class of its adapter: one that computes on the CPU runs the subgroup
    /// kernels in subgroups of eight, or else the blocked ones; every other one, discrete, integrated or virtual, the
    /// tiled ones. Subgroup kernels that a device cannot run become blocked ones.
    pub fn on(self, gpu: &Gpu) -> Self {
        let subgroups = gpu.subgroup_size() == Some(SUBGROUP_SIZE);
        match self {
            Self::Fast if !gpu.is_software() => Self::Tile,
            Self::Fast | Self::Subgroup if subgroups => Self::Subgroup,
            Self::Fast | Self::Subgroup => Self::Block,
            Self::Block | Self::Tile | Self::Naive => self,
        }
    }

    /// The choices that this device can run, plainest first.
    pub fn available(gpu: &Gpu) -> Vec<Self> {
        let choices = [Self::Naive, Self::Block, Self::Tile, Self::Subgroup];
        choices.into_iter().filter(|choice| choice.on(gpu) == *choice).collect()
    }

    /// Those of the available ones that are worth the time that a measurement takes: not tiles where the adapter computes
    /// on the CPU, whose workgroup memory is memory like any other.
    pub fn worth_measuring(gpu: &Gpu) -> Vec<Self> {
        let mut choices = Self::available(gpu);
        choices.retain(|choice| *choice != Self::Tile || !gpu.is_software());
        choices
    }

    /// The next choice to take where a kernel of this one cannot be trusted; `None` after the naive one.
    pub fn plainer(self) -> Option<Self> {
        match self {
            Self::Fast | Self::Tile | Self::Subgroup => Some(Self::Block),
            Self::Block => Some(Self::Naive),
            Self::Naive => None,
        }
    }

    /// Whether there is a plainer kernel for what the kernel of this name does: by a plainer choice, or, where the
    /// shape alone chooses, with fewer channels at a time.
    pub fn has_plainer(kernel: &str) -> bool {
        match kernel.split_once('/') {
            Some(("conv2d" | "matmul", pass)) => !pass.ends_with("naive"),
            Some(("sum_parts", _)) => true,
            Some(("max_pooling2d", pass)) => pass.ends_with(".four_channels") || pass.contains(".disjoint"),
            Some(("activation", pass)) => pass.ends_with(".four_elements"),
            Some(("sum_rows", pass)) => pass.ends_with(".four_columns"),
            Some(("softmax_cross_entropy", pass)) => pass == "at_once",
            Some(("folded_normalization", _)) => true,
            _ => false,
        }
    }

    /// The choice that the environment variable `OCELLUS_KERNELS` forces: `fast`, `block`, `tile`, `subgroup` or
    /// `naive`; `None` where it is not set.
    pub fn from_environment() -> Result<Option<Self>, UnknownKernelChoice> {
        match std::env::var("OCELLUS_KERNELS").unwrap_or_default().as_str() {
            "" => Ok(None),
            "fast" => Ok(Some(Self::Fast)),
            "block" => Ok(Some(Self::Block)),
            "tile" => Ok(Some(Self::Tile)),
            "subgroup" => Ok(Some(Self::Subgroup)),
            "naive" => Ok(Some(Self::Naive)),
            word => Err(UnknownKernelChoice(word.to_owned())),
        }
    }
}
