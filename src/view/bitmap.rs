//! Pictures as pixels.

use super::{Color, ColorScale, ViewError};

/// Pixels in red, green and blue, from the top left, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bitmap {
    width: usize,
    height: usize,
    /// Three bytes a pixel: shape (height, width, 3).
    rgb: Vec<u8>,
}

impl Bitmap {
    /// All pixels of one colour.
    pub fn filled(width: usize, height: usize, color: Color) -> Self {
        Self { width, height, rgb: color.0.repeat(width * height) }
    }

    /// A picture of bytes as datasets have it. `shape` is height, width and channels: 1 is grey, 3 is RGB.
    ///
    /// # Errors
    ///
    /// When there are other channels, or the pixels are not of this shape.
    pub fn from_bytes(shape: [usize; 3], pixels: &[u8]) -> Result<Self, ViewError> {
        let [height, width, channels] = shape;
        check(shape, pixels.len())?;
        let rgb = match channels {
            1 => pixels.iter().flat_map(|&grey| [grey; 3]).collect(),
            _ => pixels.to_vec(),
        };
        Ok(Self { width, height, rgb })
    }

    /// A picture of numbers, 0 black and 1 full, as models take it; `shape` as in [`Bitmap::from_bytes`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn from_numbers(shape: [usize; 3], numbers: &[f32]) -> Result<Self, ViewError> {
        check(shape, numbers.len())?;
        let bytes: Vec<u8> = numbers.iter().map(|number| (number.clamp(0.0, 1.0) * 255.0).round() as u8).collect();
        Self::from_bytes(shape, &bytes)
    }

    /// A map of numbers of shape (height, width) in the colours of `scale`.
    ///
    /// # Errors
    ///
    /// When the numbers are not of this shape.
    pub fn mapped(height: usize, width: usize, numbers: &[f32], scale: &ColorScale) -> Result<Self, ViewError> {
        check([height, width, 1], numbers.len())?;
        Ok(Self { width, height, rgb: numbers.iter().flat_map(|&number| scale.color(number).0).collect() })
    }

    /// Pixels from side to side.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Pixels from top to bottom.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The bytes: shape (height, width, 3).
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// The colour of the pixel in this row and column, counted from 0.
    ///
    /// # Panics
    ///
    /// When there is no such pixel, as a slice does.
    pub fn pixel(&self, row: usize, column: usize) -> Color {
        let start = 3 * (row * self.width + column);
        Color([self.rgb[start], self.rgb[start + 1], self.rgb[start + 2]])
    }

    /// The bitmap as a PNG file.
    ///
    /// # Errors
    ///
    /// When it is too large for one.
    pub fn png(&self) -> Result<Vec<u8>, ViewError> {
        use image::ImageEncoder;
        use image::codecs::png::{CompressionType, FilterType, PngEncoder};
        let mut bytes = Vec::new();
        // Flat colours and enlarged pixels repeat themselves; filters would hide that.
        let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, FilterType::NoFilter);
        encoder
            .write_image(&self.rgb, self.width as u32, self.height as u32, image::ExtendedColorType::Rgb8)
            .map_err(|error| ViewError::Numbers { what: "a picture as PNG", reason: error.to_string() })?;
        Ok(bytes)
    }

    /// From the bytes of a painter.
    pub(super) fn from_rgb(width: usize, height: usize, rgb: Vec<u8>) -> Self {
        Self { width, height, rgb }
    }

    /// The size of a pixel, in units, at which the bitmap is about `extent` units long: a whole number of a PNG's
    /// pixels, of which a unit has two.
    pub fn pixel_size(&self, extent: f32) -> f32 {
        let longest = self.width.max(self.height).max(1) as f32;
        ((2.0 * extent / longest).floor() / 2.0).max(0.5)
    }
}

fn check([height, width, channels]: [usize; 3], numbers: usize) -> Result<(), ViewError> {
    let reason = if !matches!(channels, 1 | 3) {
        format!("{channels} channels have no colours; take 1, grey, or 3, RGB")
    } else if height.checked_mul(width).and_then(|pixels| pixels.checked_mul(channels)) != Some(numbers) || numbers == 0
    {
        format!("{numbers} numbers are no picture of {height} x {width} x {channels}")
    } else {
        return Ok(());
    };
    Err(ViewError::Numbers { what: "a picture", reason })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Colormap;

    #[test]
    fn grey_and_colour_keep_their_pixels() {
        let grey = Bitmap::from_bytes([1, 2, 1], &[7, 200]).unwrap();
        assert_eq!((grey.pixel(0, 0), grey.pixel(0, 1)), (Color([7; 3]), Color([200; 3])));
        let color = Bitmap::from_numbers([2, 1, 3], &[0.0, 0.5, 1.0, 2.0, -1.0, 0.0]).unwrap();
        assert_eq!((color.pixel(0, 0), color.pixel(1, 0)), (Color([0, 128, 255]), Color([255, 0, 0])));
    }

    #[test]
    fn numbers_that_are_no_picture_are_refused() {
        for (shape, numbers) in [([2, 2, 1], 3), ([1, 1, 2], 2), ([0, 3, 1], 0)] {
            assert!(Bitmap::from_bytes(shape, &vec![0; numbers]).is_err(), "{shape:?}");
        }
        let scale = ColorScale::new(Colormap::Grey, 0.0, 1.0);
        assert!(Bitmap::mapped(2, 2, &[0.0; 5], &scale).is_err());
    }

    #[test]
    fn pixels_are_whole_in_a_png() {
        let bitmap = |extent| Bitmap::filled(extent, 3, Color([0; 3]));
        assert_eq!(bitmap(28).pixel_size(64.0), 2.0);
        assert_eq!(bitmap(28).pixel_size(80.0), 2.5);
        assert_eq!(bitmap(1000).pixel_size(64.0), 0.5);
    }
}
