//! The values of an inner layer, for NumPy.

use crate::cli::CliError;
use crate::cli::bar::Bar;
use crate::cli::output::Output;
use crate::cli::pictures::Pictures;
use crate::cli::run_argument::Trained;
use crate::data::{Unit, Watch};
use crate::npy;
use crate::train::Predictor;

/// Writes the layer's values for all pictures.
pub(super) async fn write(
    predictor: &Predictor,
    trained: &Trained,
    layer: &str,
    pictures: &Pictures,
    mut output: Output,
) -> Result<(), CliError> {
    let node = &trained.model.nodes()[trained.model.find(layer)?];
    let mut shape = vec![pictures.len()];
    shape.extend(node.shape.extents());
    output.write(|out| npy::write_head(out, &shape))?;
    let bar = Bar::new();
    bar.begin("predicting", Some(pictures.len() as u64), Unit::Pictures);
    // Batch by batch, since the values of all pictures can be more than the memory holds.
    for batch in pictures.pixels().chunks(predictor.batch_size() * trained.model.input_shape().elements()) {
        let values = predictor.predict_picture_layers(batch, &[layer]).await.map_err(CliError::Predict)?;
        output.write(|out| npy::write_values(out, &values.concat()))?;
        bar.advance((batch.len() / trained.model.input_shape().elements()) as u64);
    }
    bar.end();
    output.finish()
}
