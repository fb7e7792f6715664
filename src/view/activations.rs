//! What the layers of a network make of pictures.

use super::kernels::mapped;
use super::{Caption, Cell, ColorScale, Figure, TextStyle, ViewError, cells, grid, style};
use crate::explain::{LayerActivations, Matrix};

/// The most maps of a layer that is drawn alone.
const MOST_MAPS: usize = 64;
/// How long such a map is drawn, about.
const MAP: f32 = 60.0;
/// The most maps of a layer that is one row of many, and how long one is drawn, about.
const MOST_IN_ROW: usize = 16;
const SMALL_MAP: f32 = 36.0;
/// How long the maps of such a row are together, at most, and its words in front of them.
const ROW: f32 = 640.0;
const WORDS: f32 = 180.0;
/// Between maps of a row.
const GAP: f32 = 3.0;
/// The most cells in a row, and the most rows of them.
const MOST_CELLS: usize = 64;
const MOST_CELL_ROWS: usize = 2;
/// Up to so many cells have their numbers in them.
const MOST_NUMBERS: usize = 16;

/// The feature maps of `layers` for each of `pictures`, which stand in the same order and come first. One layer alone is
/// drawn beside each picture, up to 64 maps with their numbers; several layers have a row each, with name and shape, up to
/// 16 maps, "16 of 64", and outputs without height and width as cells in a row.
///
/// All maps that a layer makes of a picture are on one scale: viridis from 0 where none is below it, else blue to red around a nearly white zero.
///
/// # Errors
///
/// When there is no picture or no layer, or the layers tell of another number of pictures.
pub fn activations(
    pictures: Vec<Cell>,
    layers: &[LayerActivations],
    title: &str,
    note: &str,
) -> Result<Figure, ViewError> {
    let refused = |reason: String| ViewError::Numbers { what: "activations", reason };
    if let Some(layer) = layers.iter().find(|layer| layer.pictures() != pictures.len()) {
        let (name, count) = (&layer.layer, layer.pictures());
        return Err(refused(format!("layer {name} tells of {count} pictures, but {} are given", pictures.len())));
    }
    if pictures.is_empty() || layers.is_empty() {
        return Err(refused("there is nothing to draw; give at least one picture and one layer".to_owned()));
    }
    let mut blocks = Vec::new();
    for (index, picture) in pictures.into_iter().enumerate() {
        let picture = grid(vec![picture], 1);
        blocks.push(match layers {
            [layer] => Figure::row(vec![picture, alone(layer, index)?], 3.0 * style::GAP),
            layers => {
                let rows = layers.iter().map(|layer| row(layer, index)).collect::<Result<Vec<_>, _>>()?;
                Figure::column(vec![picture, Figure::column(rows, style::GAP)], 2.0 * style::GAP)
            }
        });
    }
    Ok(Figure::column(blocks, 3.0 * style::GAP).titled(title, note))
}

/// The maps of one layer.
fn alone(layer: &LayerActivations, picture: usize) -> Result<Figure, ViewError> {
    let maps = layer.maps(picture)?;
    let scale = ColorScale::of(maps.values());
    let (drawn, count) = match layer.shape.picture() {
        None => strip(maps.values(), &scale)?,
        Some([_, _, channels]) => {
            let cell = |channel: usize| {
                let map = mapped(&maps.channel(channel), &scale, MAP)?;
                Ok(Cell::new(map, [Caption::note(channel.to_string())]))
            };
            let count = channels.min(MOST_MAPS);
            (grid((0..count).map(cell).collect::<Result<Vec<_>, ViewError>>()?, 8), count)
        }
    };
    let legend = scale.legend(drawn.height().clamp(SMALL_MAP, 120.0));
    let body = Figure::row(vec![drawn, legend], 2.0 * style::GAP);
    Ok(Figure::column(vec![words(layer, count), body], style::GAP))
}

/// A layer as one row of many.
fn row(layer: &LayerActivations, picture: usize) -> Result<Figure, ViewError> {
    let maps = layer.maps(picture)?;
    let scale = ColorScale::of(maps.values());
    let (drawn, count) = match layer.shape.picture() {
        None => strip(maps.values(), &scale)?,
        Some([_, _, channels]) => {
            let first = mapped(&maps.channel(0), &scale, SMALL_MAP)?;
            let room = (ROW / (first.width() + GAP)) as usize;
            let count = channels.min(MOST_IN_ROW).min(room.max(1));
            let map = |channel| mapped(&maps.channel(channel), &scale, SMALL_MAP);
            (Figure::row((0..count).map(map).collect::<Result<Vec<_>, _>>()?, GAP), count)
        }
    };
    let legend = scale.legend(drawn.height().clamp(SMALL_MAP, 2.0 * SMALL_MAP));
    let mut words = words(layer, count);
    words.widen(WORDS);
    Ok(Figure::row(vec![words, drawn, legend], style::GAP))
}

/// A layer's name and shape, and how much of it is drawn.
fn words(layer: &LayerActivations, count: usize) -> Figure {
    let (name, note) = (TextStyle::caption(), TextStyle::note());
    let extents: Vec<String> = layer.shape.extents().iter().map(usize::to_string).collect();
    let all = layer.shape.channels();
    let part = if count < all { format!(", {count} of {all}") } else { String::new() };
    let shape = format!("{}{part}", extents.join(" x "));
    let mut figure = Figure::new(note.width(&shape), 30.0);
    figure.text_within(&layer.layer, [0.0, name.size], &name, WORDS);
    figure.text(&shape, [0.0, 2.0 * name.size + 2.0], &note);
    figure
}

/// Numbers as cells in rows, with their numbers in them where they are few; and how many are drawn.
fn strip(values: &[f32], scale: &ColorScale) -> Result<(Figure, usize), ViewError> {
    let count = values.len().min(MOST_CELLS * MOST_CELL_ROWS);
    let size = if count <= MOST_NUMBERS { SMALL_MAP } else { ROW / MOST_CELLS as f32 - 1.0 };
    let row = |row: &[f32]| Ok(cells(&Matrix::new(1, row.len(), row.to_vec())?, scale, size));
    let rows = values[..count].chunks(MOST_CELLS).map(row).collect::<Result<Vec<_>, ViewError>>()?;
    Ok((Figure::column(rows, 2.0), count))
}
