//! The weights inside the program.

use std::path::Path;

use super::{WeightsError, WeightsFile};

/// The name of [`cifar10_weights`] on the command line.
pub const CIFAR10_WEIGHTS: &str = "lecture-cifar10";

/// Whether this names the weights inside the program; a file or folder of that name is meant by `./NAME`.
pub(crate) fn is_shipped(path: &Path) -> bool {
    path.as_os_str() == CIFAR10_WEIGHTS
}

/// The lecture's model trained on CIFAR-10 by this program: ten classes, test accuracy 0.6975.
/// [`WeightsFile::model`] makes the model of them.
pub fn cifar10_weights() -> Result<WeightsFile, WeightsError> {
    let name = Path::new("lecture-cifar10.safetensors, inside the program");
    WeightsFile::from_bytes(name, include_bytes!("../../assets/lecture-cifar10.safetensors"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_inside_the_program_make_their_model() {
        let weights = cifar10_weights().unwrap();
        let model = weights.model().unwrap();
        assert_eq!(model.input_shape().extents(), [32, 32, 3]);
        assert_eq!(model.output_shape().extents(), [10]);
        assert_eq!(weights.metadata().map(|metadata| metadata.class_names.len()), Some(10));
    }
}
