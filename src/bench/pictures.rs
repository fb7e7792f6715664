//! Pictures and labels that are made up.

use super::BenchOptions;
use crate::data::{Dataset, Images};
use crate::model::Model;
use crate::random::pcg4d;
use crate::train::TrainError;

/// So many pictures of the shape that `model` takes, every pixel and label random by the seed.
pub(super) fn made_up(model: &Model, pictures: usize, options: &BenchOptions) -> Result<Dataset, TrainError> {
    let input = model.input_shape();
    let Ok(shape) = <[usize; 3]>::try_from(input.extents()) else {
        return Err(TrainError::NoPictures { model: model.name().to_owned(), input: input.to_string() });
    };
    let words = |kind: u32, number: usize| pcg4d([options.seed, kind, 0, number as u32]);
    let bytes = pictures * shape.iter().product::<usize>();
    let mut pixels: Vec<u8> = Vec::with_capacity(bytes.next_multiple_of(16));
    for number in 0..bytes.div_ceil(16) {
        pixels.extend(words(0, number).into_iter().flat_map(u32::to_le_bytes));
    }
    pixels.truncate(bytes);
    let classes = model.output_shape().channels();
    let labels = (0..pictures).map(|number| words(1, number)[0] % classes as u32).collect();
    let names = (0..classes).map(|class| class.to_string()).collect();
    Ok(Dataset::from_memory(Images::new(shape, pixels)?, labels, names)?)
}
