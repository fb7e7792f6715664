//! Kernels, small: in the colours of their channels, or each channel by the signs of its weights.

use super::{Bitmap, ColorScale, Figure, ViewError};
use crate::explain::{Kernel, Matrix};

/// A kernel over red, green and blue as a picture: mid-grey is 0, and its largest magnitude as far from it as colours go:
/// `0.5 + weight / (2 largest)`.
pub(super) fn in_color(kernel: &Kernel) -> Result<Bitmap, ViewError> {
    let largest = kernel.values().iter().fold(0.0_f32, |largest, weight| largest.max(weight.abs()));
    let share = |&weight: &f32| if largest > 0.0 { 0.5 + weight / (2.0 * largest) } else { 0.5 };
    let shares: Vec<f32> = kernel.values().iter().map(share).collect();
    Bitmap::from_numbers(kernel.shape(), &shares)
}

/// Numbers as pixels in the colours of `scale`, about `extent` units long.
pub(super) fn mapped(matrix: &Matrix, scale: &ColorScale, extent: f32) -> Result<Figure, ViewError> {
    Ok(Figure::enlarged(Bitmap::mapped(matrix.rows(), matrix.columns(), matrix.values(), scale)?, extent))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Color;

    #[test]
    fn no_weight_is_mid_grey_and_the_largest_has_full_colour() {
        let kernel = Kernel::new([1, 2, 3], vec![0.0, 0.2, -0.2, 0.1, 0.0, -0.1]).unwrap();
        let bitmap = in_color(&kernel).unwrap();
        assert_eq!((bitmap.pixel(0, 0), bitmap.pixel(0, 1)), (Color([128, 255, 0]), Color([191, 128, 64])));
        let nothing = Kernel::new([1, 1, 3], vec![0.0; 3]).unwrap();
        assert_eq!(in_color(&nothing).unwrap().pixel(0, 0), Color([128; 3]));
        assert!(in_color(&Kernel::new([1, 1, 2], vec![0.0; 2]).unwrap()).is_err());
    }
}
