//! A convolution layer's kernels, before and after training.

use super::kernels::{in_color, mapped};
use super::{Anchor, Caption, Cell, ColorScale, Figure, TextStyle, ViewError, grid, style};
use crate::explain::Kernel;

/// The most filters of a layer whose kernels are drawn whole.
const MOST_FILTERS: usize = 64;
/// The most filters, and input channels, of a layer whose kernels are drawn by input channel.
const MOST_ROWS: usize = 16;
/// How long a kernel is drawn, about.
const WHOLE: f32 = 42.0;
/// The same of one channel of many.
const PART: f32 = 20.0;

/// The kernels of a layer.
#[derive(Clone, Copy, Debug)]
pub struct Filters<'a> {
    /// The kernels, one a filter.
    pub kernels: &'a [Kernel],
    /// Those it began with, of the same shape, where they are known.
    pub initial: Option<&'a [Kernel]>,
    /// Whether their three channels are red, green and blue: those of the pictures.
    pub in_color: bool,
}

/// A layer's kernels, before training and after it side by side where both are known.
///
/// Kernels over red, green and blue are drawn in these colours, mid-grey being 0 and the largest weight of each kernel as
/// far from it as colours go. Those of one channel are blue to red around a nearly white zero; and so are those of several,
/// filter by filter from top to bottom and input channel by input channel from left to right, all on one scale of which the
/// strongest hundredth is cut off. Of more than 64 filters, or 16 filters and 16 channels, the first are drawn, and how many
/// there are is written below.
///
/// # Errors
///
/// When there is no kernel, or the initial ones are others in number or shape.
pub fn filters(filters: &Filters<'_>, title: &str) -> Result<Figure, ViewError> {
    let Filters { kernels, initial, in_color } = *filters;
    let refused = |reason: String| ViewError::Numbers { what: "filters", reason };
    let shape = kernels.first().ok_or_else(|| refused("there are none".to_owned()))?.shape();
    let all = || kernels.iter().chain(initial.unwrap_or_default());
    if all().any(|kernel| kernel.shape() != shape) || initial.is_some_and(|initial| initial.len() != kernels.len()) {
        return Err(refused("the initial kernels are others in number or shape; take those of the same layer".into()));
    }
    let [_, _, channels] = shape;
    let in_color = in_color && channels == 3;
    let scale = ColorScale::signed_most(all().flat_map(Kernel::values));
    let drawn = |kernels: &[Kernel]| match in_color || channels == 1 {
        true => whole(kernels, &scale),
        false => by_channel(kernels, &scale),
    };
    let mut panels = match initial {
        Some(initial) => vec![headed("before training", drawn(initial)?), headed("after training", drawn(kernels)?)],
        None => vec![drawn(kernels)?],
    };
    if !in_color {
        let legend = scale.legend(120.0);
        panels.push(if initial.is_some() { headed("", legend) } else { legend });
    }
    Ok(Figure::row(panels, 3.0 * style::GAP).titled(title, &note(kernels.len(), shape, in_color)))
}

/// How many kernels there are, how many are drawn, and how.
fn note(count: usize, [height, width, channels]: [usize; 3], in_color: bool) -> String {
    let drawn = |most: usize, all: usize| if all > most { format!("{most} of {all}") } else { all.to_string() };
    if in_color || channels == 1 {
        let kernels = format!("{} kernels of {height} x {width}", drawn(MOST_FILTERS, count));
        let colors =
            if in_color { "mid-grey is 0, the largest weight of each has full colour" } else { style::CUT_OFF };
        return style::joined(&kernels, colors);
    }
    let (rows, columns) = (drawn(MOST_ROWS, count), drawn(MOST_ROWS, channels));
    let order = format!("a row for each filter ({rows}), a column for each input channel ({columns})");
    style::joined(&format!("kernels of {height} x {width}: {order}"), style::CUT_OFF)
}

fn headed(heading: &str, figure: Figure) -> Figure {
    let text = TextStyle::caption();
    let mut head = Figure::new(text.width(heading), text.size);
    head.text(heading, [0.0, text.size * 0.8], &text);
    Figure::column(vec![head, figure], style::GAP)
}

/// Whole kernels, each with its number.
fn whole(kernels: &[Kernel], scale: &ColorScale) -> Result<Figure, ViewError> {
    let drawn = kernels.iter().take(MOST_FILTERS).enumerate().map(|(number, kernel)| {
        let figure = match kernel.shape() {
            [_, _, 1] => mapped(&kernel.channel(0), scale, WHOLE)?,
            _ => Figure::enlarged(in_color(kernel)?, WHOLE),
        };
        Ok(Cell::new(figure, [Caption::note(number.to_string())]))
    });
    Ok(grid(drawn.collect::<Result<Vec<_>, ViewError>>()?, 8))
}

/// A row for each filter and a column for each input channel, with their numbers.
fn by_channel(kernels: &[Kernel], scale: &ColorScale) -> Result<Figure, ViewError> {
    const NUMBERS: f32 = 20.0;
    const GAP: f32 = 3.0;
    let [_, _, channels] = kernels[0].shape();
    let text = TextStyle::note();
    let mut figure = Figure::new(0.0, 0.0);
    for (row, kernel) in kernels.iter().take(MOST_ROWS).enumerate() {
        for channel in 0..channels.min(MOST_ROWS) {
            let drawn = mapped(&kernel.channel(channel), scale, PART)?;
            let (width, height) = (drawn.width(), drawn.height());
            let (x, y) = (NUMBERS + channel as f32 * (width + GAP), NUMBERS + row as f32 * (height + GAP));
            if row == 0 {
                let middle = text.anchor(Anchor::Middle);
                figure.text(&channel.to_string(), [x + width / 2.0, NUMBERS - 6.0], &middle);
            }
            if channel == 0 {
                let end = text.anchor(Anchor::End);
                figure.text(&row.to_string(), [NUMBERS - 6.0, y + height / 2.0 + 0.36 * text.size], &end);
            }
            figure.place(drawn, [x, y]);
            figure.widen(x + width);
            figure.heighten(y + height);
        }
    }
    Ok(figure)
}
