//! `ocellus activations`: what a network's layers make of pictures.

use std::path::PathBuf;

use clap::Args;

use super::CliError;
use super::bar::Bar;
use super::picture::PictureOptions;
use super::pictures::Pictures;
use super::run_argument::{Positionals, Trained, WeightsOptions};
use super::split::SplitOptions;
use crate::data::{Images, picture};
use crate::explain::{activations_by, layer_names};
use crate::gpu::{AdapterRequest, Gpu};
use crate::ops::KernelChoice;
use crate::train::{PredictOptions, Predictor};
use crate::view::{self, Caption, Cell, Figure};

/// The options of `ocellus activations`.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Pictures of any size, PNG or JPEG; and the model: a run's folder or a .safetensors file [default: the first test
    /// picture of the run's data; the last run, else the CIFAR-10 weights in the program, and for these the cat in it]
    #[arg(value_name = "RUN|PICTURE")]
    arguments: Vec<PathBuf>,
    #[command(flatten)]
    weights: WeightsOptions,
    #[command(flatten)]
    split: SplitOptions,
    /// Which of the dataset's pictures, counted from 0; several separated by commas [default: 0]
    #[arg(long, value_name = "N", value_delimiter = ',', allow_negative_numbers = true)]
    index: Vec<usize>,
    /// The layer, or all: a row a layer [default: the first convolution]
    #[arg(long, value_name = "NAME|all")]
    layer: Option<String>,
    #[command(flatten)]
    picture: PictureOptions,
}

pub(super) async fn run(options: &Options, adapter: &AdapterRequest) -> Result<(), CliError> {
    let Positionals { run, pictures } = Positionals::new(&options.arguments)?;
    let of_data = options.split.any() || !options.index.is_empty();
    if of_data && !pictures.is_empty() {
        return Err(CliError::PicturesAndData);
    }
    let trained = Trained::load(run.as_deref(), &options.weights)?;
    let shape = trained.picture_shape()?;
    let layers = match options.layer.as_deref() {
        // The picture, which is where the layers begin, is drawn anyway.
        Some("all") => layer_names(&trained.model).split_off(1),
        layer => vec![trained.layer_or_first_convolution(layer)?],
    };
    let pictures = match (pictures.is_empty(), of_data || !trained.is_shipped) {
        (false, _) => Pictures::read(&trained, &pictures)?,
        (true, true) => of_dataset(options, &trained)?,
        (true, false) => the_cat(shape)?,
    };
    let kernels = KernelChoice::from_environment()?.unwrap_or_default();
    let file = options.picture.begin(trained.run.as_deref(), "activations.png")?;
    let gpu = Gpu::open(adapter).await?;
    let batch_size = PredictOptions::default().batch_size.min(pictures.len());
    let predict = PredictOptions { batch_size, kernels, ..PredictOptions::default() };
    let predictor = Predictor::with_options(&gpu, &trained.model, &predict).map_err(CliError::Predict)?;
    let predictions = predictor.classify(pictures.pixels(), &Bar::new()).await.map_err(CliError::Predict)?;
    let told = activations_by(&gpu, &trained.model, pictures.pixels(), &layers, kernels).await?;
    let classes = trained.class_names();
    let mut cells = Vec::new();
    let each = pictures.pixels().chunks(shape.iter().product());
    for (place, (name, pixels)) in pictures.names().into_iter().zip(each).enumerate() {
        let top = predictions.top(place, 1);
        let captions = match top.first() {
            Some((class, share)) => vec![
                Caption::note(name),
                Caption::new(format!("prediction {}", classes[*class])),
                Caption::note(format!("{:.1} %", 100.0 * share)),
            ],
            None => vec![Caption::note(name), Caption::new("no prediction")],
        };
        cells.push(Cell::new(Figure::of_picture(shape, pixels)?, captions));
    }
    let title = match layers.as_slice() {
        [layer] => format!("What {layer} sees, {}", trained.name),
        _ => format!("What the layers see, {}", trained.name),
    };
    file.finish(&view::activations(cells, &told, &title, "")?)
}

/// Pictures of a dataset by their indices, the first one where there are none.
fn of_dataset(options: &Options, trained: &Trained) -> Result<Pictures, CliError> {
    let dataset = options.split.open(trained)?;
    let indices = if options.index.is_empty() { &[0] } else { options.index.as_slice() };
    if let Some(index) = indices.iter().find(|index| **index >= dataset.len()) {
        let reason = format!("there are {} pictures, counted from 0; take a smaller number", dataset.len());
        return Err(CliError::Option { option: "--index".to_owned(), value: index.to_string(), reason });
    }
    let name = |index: usize| format!("#{index}, label {}", dataset.class_names()[dataset.labels()[index] as usize]);
    let names = indices.iter().map(|index| name(*index)).collect();
    let pixels = indices.iter().flat_map(|index| dataset.image(*index)).copied().collect();
    Ok(Pictures::Files { names, images: Images::new(dataset.shape(), pixels)? })
}

fn the_cat(shape: [usize; 3]) -> Result<Pictures, CliError> {
    log::info!("picture: the cat in the program; name pictures, or a dataset with --data");
    let pixels = picture::decode("the cat in the program", picture::CAT, shape).map_err(CliError::Picture)?;
    Ok(Pictures::Files { names: vec!["Chelsea the cat".to_owned()], images: Images::new(shape, pixels)? })
}
