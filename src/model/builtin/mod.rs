//! The models that come with the program, one file each; their functions take the shape of the pictures, (height,
//! width, channels), and the number of classes, and give a model whose output is logits.

mod blocks;
mod lecture;
mod lenet5;
mod mlp;
mod mobilenet_small;
mod resnet20;
mod vgg_small;

use std::fmt;
use std::str::FromStr;

pub use lecture::lecture;
pub use lenet5::lenet5;
pub use mlp::mlp;
pub use mobilenet_small::mobilenet_small;
pub use resnet20::resnet20;
pub use vgg_small::vgg_small;

use super::{Model, ModelError};

/// A model that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Builtin {
    /// See [`lecture`].
    Lecture,
    /// See [`lenet5`].
    Lenet5,
    /// See [`mlp`].
    Mlp,
    /// See [`vgg_small`].
    VggSmall,
    /// See [`resnet20`].
    Resnet20,
    /// See [`mobilenet_small`].
    MobilenetSmall,
}

/// The names of the models that come with the program.
pub const BUILTIN_NAMES: [&str; 6] = {
    let mut names = [""; 6];
    let mut place = 0;
    while place < names.len() {
        names[place] = Builtin::ALL[place].name();
        place += 1;
    }
    names
};

/// The model of this name that comes with the program, for pictures of shape `input` (height, width, channels).
pub fn builtin(name: &str, input: [usize; 3], classes: usize) -> Result<Model, ModelError> {
    name.parse::<Builtin>()?.build(input, classes)
}

impl Builtin {
    /// All of them, the smallest task first.
    pub const ALL: [Self; 6] =
        [Self::Lecture, Self::Lenet5, Self::Mlp, Self::VggSmall, Self::Resnet20, Self::MobilenetSmall];

    /// The largest side that [`ModelError::TooSmall`] tries: far above what any of them needs.
    const LARGEST_SIDE: usize = 64;

    /// Its name: `lecture`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lecture => "lecture",
            Self::Lenet5 => "lenet5",
            Self::Mlp => "mlp",
            Self::VggSmall => "vgg-small",
            Self::Resnet20 => "resnet20",
            Self::MobilenetSmall => "mobilenet-small",
        }
    }

    /// What it is, in a few words, for lists.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Lecture => "the lecture's CNN: three convolutions, two dense layers",
            Self::Lenet5 => "LeNet-5: two convolutions, three dense layers, tanh",
            Self::Mlp => "two dense layers of 512 with dropout, no convolution",
            Self::VggSmall => "three VGG blocks with batch normalisation and dropout",
            Self::Resnet20 => "ResNet-20 for CIFAR: nine residual blocks",
            Self::MobilenetSmall => "MobileNet's first five depthwise separable blocks",
        }
    }

    /// The model for pictures of shape `input` (height, width, channels), its weights not yet filled.
    pub fn build(self, input: [usize; 3], classes: usize) -> Result<Model, ModelError> {
        let build = match self {
            Self::Lecture => lecture,
            Self::Lenet5 => lenet5,
            Self::Mlp => mlp,
            Self::VggSmall => vgg_small,
            Self::Resnet20 => resnet20,
            Self::MobilenetSmall => mobilenet_small,
        };
        build(input, classes).map_err(|error| match error {
            ModelError::Input { .. } => {
                let fits = |side: &usize| build([*side, *side, input[2]], classes).is_ok();
                match (1..=Self::LARGEST_SIDE).find(fits) {
                    Some(side) => ModelError::TooSmall { model: self.name(), input: input.into(), side },
                    None => error,
                }
            }
            other => other,
        })
    }
}

impl fmt::Display for Builtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Builtin {
    type Err = ModelError;

    fn from_str(name: &str) -> Result<Self, ModelError> {
        let known = Self::ALL.into_iter().find(|builtin| builtin.name() == name);
        known.ok_or_else(|| ModelError::UnknownModel { name: name.to_owned() })
    }
}
