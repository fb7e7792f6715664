//! Pictures and what layers make of them.

use super::matrix::check_extents;
use super::{ExplainError, Matrix};

/// Values of shape (height, width, channels): a picture, or a layer's feature maps, which are its channels.
#[derive(Clone, Debug, PartialEq)]
pub struct Maps {
    shape: [usize; 3],
    values: Vec<f32>,
}

impl Maps {
    /// Maps of their values, row by row, each row pixel by pixel, each pixel one value per channel.
    ///
    /// # Errors
    ///
    /// When there are not as many values as the extents' product, or none.
    pub fn new(shape: [usize; 3], values: Vec<f32>) -> Result<Self, ExplainError> {
        check_extents("a picture", &shape, &values)?;
        Ok(Self { shape, values })
    }

    /// A picture from its bytes, which become numbers from 0 to 1 as models take them: the byte divided by 255.
    ///
    /// # Errors
    ///
    /// As those of [`Maps::new`].
    pub fn from_pixels(shape: [usize; 3], pixels: &[u8]) -> Result<Self, ExplainError> {
        Self::new(shape, pixels.iter().map(|&byte| f32::from(byte) / 255.0).collect())
    }

    /// Height, width and channels, each at least 1.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// All values, in the order of the shape.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The channel `channel`, counted from 0.
    ///
    /// # Panics
    ///
    /// When there is no such channel, as a slice does.
    pub fn channel(&self, channel: usize) -> Matrix {
        Matrix::of_channel(self.shape, &self.values, channel)
    }

    /// The value of a channel at `row` and `column`, all counted from 0.
    ///
    /// # Panics
    ///
    /// When there is no such value, as a slice does.
    pub fn get(&self, row: usize, column: usize, channel: usize) -> f32 {
        let [_, width, channels] = self.shape;
        self.values[row * width * channels..][..width * channels][column * channels..][..channels][channel]
    }
}

/// A picture of one channel.
impl From<Matrix> for Maps {
    fn from(matrix: Matrix) -> Self {
        Self { shape: [matrix.rows(), matrix.columns(), 1], values: matrix.into_values() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_has_every_pixels_value_of_it() {
        let maps = Maps::new([2, 3, 2], (0..12).map(|i| i as f32).collect()).unwrap();
        assert_eq!(maps.channel(1).to_string(), "1 3 5; 7 9 11");
        assert_eq!(maps.get(1, 2, 0), 10.0);
        let matrix: Matrix = "1 2 3".parse().unwrap();
        let maps = Maps::from(matrix.clone());
        assert_eq!((maps.shape(), maps.channel(0)), ([1, 3, 1], matrix));
    }

    #[test]
    fn pixels_become_numbers_from_0_to_1() {
        assert_eq!(Maps::from_pixels([1, 1, 3], &[0, 51, 255]).unwrap().values(), [0.0, 0.2, 1.0]);
        assert!(Maps::from_pixels([2, 1, 3], &[0; 5]).unwrap_err().to_string().contains("5 numbers"));
    }
}
