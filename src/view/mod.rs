//! Pictures of numbers: labelled grids, curves, kernels, feature maps, confusion matrices.
//!
//! Every function takes numbers and names, never a device, and returns a [`Figure`]: shapes, text and bitmaps at places of
//! their own, in one visual style. [`Figure::save`] writes it as PNG, at two pixels a unit so that it is crisp on dense
//! screens, or as SVG. The font is in the program. Magnitudes are coloured by viridis, signed numbers by blue and red
//! around a nearly white zero ([`ColorScale`]); small pictures are enlarged by whole factors, without blur ([`Bitmap`]).
//!
//! The curves' axes come from plotters, which paints through [`Figure`] as everything else does: its own bitmaps have
//! no smooth lines, and its text wants fonts of the system.

mod activations;
mod axis;
mod bitmap;
mod cells;
mod characters;
mod chart;
mod color;
mod confusion;
mod confusion_matrix;
mod convolution;
mod curve;
mod dataset;
mod equation;
mod error;
mod features;
mod figure;
mod filters;
mod font;
mod grid;
mod history;
mod kernels;
mod mark;
mod most_confused;
mod paint;
mod predictions;
mod reliability;
mod style;
mod svg;

pub use activations::activations;
pub use bitmap::Bitmap;
pub use cells::cells;
pub use color::{Color, ColorScale, Colormap};
pub use confusion::confusion;
pub use confusion_matrix::confusion_matrix;
pub use convolution::convolution;
pub use curve::{Metric, curve};
pub use dataset::{class_counts, dataset};
pub use error::ViewError;
pub use features::features;
pub use figure::{Anchor, Figure, Format, TextStyle};
pub use filters::{Filters, filters};
pub use grid::{Caption, Cell, Verdict, grid};
pub use history::{history, history_in_characters};
pub use most_confused::most_confused;
pub use predictions::{predictions, top_classes};
pub use reliability::reliability;
