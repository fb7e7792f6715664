//! What several kernels make of a picture.

use super::color::number;
use super::kernels::{in_color, mapped};
use super::{Bitmap, Caption, Cell, ColorScale, Colormap, Figure, ViewError, grid, style};
use crate::explain::{Convolution, Kernel, Maps};

/// How long a feature is drawn, about.
const FEATURE: f32 = 150.0;
/// How long a kernel is drawn, about.
const KERNEL: f32 = 26.0;

/// The picture, and each feature map with the kernel that gave it small above it, and the map's number and scale below.
/// Maps and kernels are blue to red around a white zero, each map on a scale of its own of which the strongest hundredth
/// is cut off; kernels over red, green and blue are drawn in these colours, mid-grey being 0.
///
/// # Errors
///
/// When the picture has neither one nor three channels.
pub fn features(convolution: &Convolution, title: &str, note: &str) -> Result<Figure, ViewError> {
    let (input, maps, kernels) = (convolution.input(), convolution.maps(), convolution.kernels());
    let weights = ColorScale::signed(kernels.iter().flat_map(Kernel::values));
    let [_, _, count] = maps.shape();
    let picture = Figure::enlarged(picture(input)?, FEATURE);
    let mut cells = vec![Cell::new(below_kernel(Figure::new(0.0, KERNEL), picture), [Caption::new("picture")])];
    for map in 0..count {
        // Where each channel is convolved by itself, the kernels take turns.
        let kernel = small(&kernels[map % kernels.len()], &weights)?;
        let channel = maps.channel(map);
        let scale = ColorScale::signed_most(channel.values());
        let words = format!("{map}: {} to {}", number(scale.ends().0), number(scale.ends().1));
        cells.push(Cell::new(below_kernel(kernel, mapped(&channel, &scale, FEATURE)?), [Caption::note(words)]));
    }
    let columns = if cells.len() <= 16 { cells.len().div_ceil(cells.len().div_ceil(5)) } else { 8 };
    Ok(grid(cells, columns).titled(title, &style::joined(note, style::CUT_OFF)))
}

fn picture(input: &Maps) -> Result<Bitmap, ViewError> {
    match input.shape() {
        [height, width, 1] => {
            let largest = input.values().iter().copied().fold(1.0, f32::max);
            Bitmap::mapped(height, width, input.values(), &ColorScale::new(Colormap::Grey, 0.0, largest))
        }
        shape => Bitmap::from_numbers(shape, input.values()),
    }
}

fn small(kernel: &Kernel, weights: &ColorScale) -> Result<Figure, ViewError> {
    match kernel.shape() {
        [_, _, 3] => Ok(Figure::enlarged(in_color(kernel)?, KERNEL)),
        [_, _, 1] => mapped(&kernel.channel(0), weights, KERNEL),
        shape => {
            let reason = format!("a kernel of {shape:?} (height, width, channels); 1 or 3 channels are drawn");
            Err(ViewError::Numbers { what: "features", reason })
        }
    }
}

/// The picture with the kernel above its middle.
fn below_kernel(kernel: Figure, picture: Figure) -> Figure {
    let (room, left) = (KERNEL + style::GAP / 2.0, ((picture.width() - kernel.width()).max(0.0)).floor() / 2.0);
    let mut figure = Figure::new(picture.width().max(kernel.width()), room + picture.height());
    figure.place(kernel, [left, 0.0]);
    figure.place(picture, [0.0, room]);
    figure
}
