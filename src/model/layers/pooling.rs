//! Pooling.

use serde::{Deserialize, Serialize};

use super::conv2d::window;
use super::{Describe, Misfit, Pair, single_picture};
use crate::shape::{Padding, Shape, Window};

/// Declares a pooling layer; both kinds have the same options.
macro_rules! pooling {
    ($(#[$meta:meta])* $name:ident, $class:literal, $type:literal) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// The window's size. Default 2.
            #[serde(default = "two")]
            pub pool_size: Pair,
            /// How far the window moves. Default: its size.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub strides: Option<Pair>,
            /// What stands around the picture; it never counts. Default valid.
            #[serde(default)]
            pub padding: Padding,
        }

        impl $name {
            /// A window of such a size that moves by its own size.
            pub fn new(pool_size: impl Into<Pair>) -> Self {
                Self { pool_size: pool_size.into(), strides: None, padding: Padding::default() }
            }

            /// With these strides.
            pub fn strides(mut self, strides: impl Into<Pair>) -> Self {
                self.strides = Some(strides.into());
                self
            }

            /// With this padding.
            pub fn padding(mut self, padding: Padding) -> Self {
                self.padding = padding;
                self
            }

            /// How the window slides over a picture of this shape.
            pub fn window(&self, input: &Shape) -> Result<Window, Misfit> {
                let strides = self.strides.unwrap_or(self.pool_size);
                window(input, self.pool_size, strides, Pair::default(), self.padding)
            }
        }

        impl Describe for $name {
            const CLASS: &'static str = $class;
            const TYPE: &'static str = $type;

            fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, Misfit> {
                let (input, [_, _, channels]) = single_picture(inputs)?;
                let window = self.window(input)?;
                Ok(Shape::from([window.rows.output, window.columns.output, channels]))
            }
        }
    };
}

fn two() -> Pair {
    Pair::from(2)
}

pooling! {
    /// `out[y, x, c] = max over the window of in[y', x', c]` (Keras' `MaxPooling2D`). On a tie the first in row-major
    /// order takes the whole gradient.
    MaxPooling2d, "MaxPooling2D", "max_pooling2d"
}

pooling! {
    /// `out[y, x, c] = mean over the window of in[y', x', c]`, the padding left out (Keras' `AveragePooling2D`).
    AveragePooling2d, "AveragePooling2D", "average_pooling2d"
}

/// `out[c] = mean over all pixels of in[y, x, c]` (Keras' `GlobalAveragePooling2D`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GlobalAveragePooling2d {}

impl Describe for GlobalAveragePooling2d {
    const CLASS: &'static str = "GlobalAveragePooling2D";
    const TYPE: &'static str = "global_average_pooling2d";

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, Misfit> {
        let (_, [_, _, channels]) = single_picture(inputs)?;
        Ok(Shape::from([channels]))
    }
}
