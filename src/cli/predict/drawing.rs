//! Predictions as a picture.

use std::path::Path;

use clap::Args;

use crate::cli::CliError;
use crate::cli::picture::{PictureFile, PictureOptions};
use crate::cli::pictures::Pictures;
use crate::cli::run_argument::Trained;
use crate::data::Dataset;
use crate::train::Predictions;
use crate::view::{self, Figure};

/// How many pictures are drawn where nothing else is said.
const COUNT: usize = 25;
/// The most pictures of one's own in a row: they have bars beside them.
const COLUMNS: usize = 3;

/// Whether and what to draw.
#[derive(Debug, Args)]
pub(super) struct DrawingOptions {
    /// Draw N pictures with what they are taken for, instead of a list [default: 25]; without pictures or data the
    /// run's own data
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "25", value_parser = count)]
    #[arg(allow_negative_numbers = true)]
    grid: Option<usize>,
    /// Draw the mistakes that the model is surest of
    #[arg(long)]
    mistakes: bool,
    /// Draw pictures at random, by this seed, instead of the first
    #[arg(long, value_name = "SEED", allow_negative_numbers = true, conflicts_with = "mistakes")]
    seed: Option<u32>,
    #[command(flatten)]
    picture: PictureOptions,
}

fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("it must be at least 1".to_owned()),
        Ok(count) => Ok(count),
        Err(_) => Err("it takes a number of pictures; name what to predict before --grid".to_owned()),
    }
}

impl DrawingOptions {
    /// Whether to draw.
    pub(super) fn any(&self) -> bool {
        self.grid.is_some() || self.mistakes || self.seed.is_some() || self.picture.any()
    }

    fn count(&self) -> usize {
        self.grid.unwrap_or(COUNT)
    }

    /// An error where there is a choice to make among so many pictures, which are all to be drawn.
    pub(super) fn refuse_choice(&self, pictures: usize) -> Result<(), CliError> {
        match (self.mistakes, self.seed, self.grid) {
            (true, _, _) => Err(CliError::NoChoice { option: "--mistakes" }),
            (_, Some(_), _) => Err(CliError::NoChoice { option: "--seed" }),
            (_, _, Some(count)) if count < pictures => {
                let reason = format!("{pictures} pictures are named, and all are drawn; name fewer");
                Err(CliError::Option { option: "--grid".to_owned(), value: count.to_string(), reason })
            }
            _ => Ok(()),
        }
    }

    /// No more of the dataset than is drawn, where it is `alone`: where nothing else is asked for.
    pub(super) fn narrow(&self, dataset: Dataset, alone: bool) -> Result<Dataset, CliError> {
        match alone && !self.mistakes && self.seed.is_none() {
            true => Ok(dataset.take(self.count())?),
            false => Ok(dataset),
        }
    }

    /// Begins the file.
    pub(super) fn begin(&self, trained: &Trained) -> Result<PictureFile, CliError> {
        let name = if self.mistakes { "mistakes.png" } else { "predictions.png" };
        self.picture.begin(trained.run.as_deref(), name)
    }

    /// Draws and writes; where there are no mistakes nothing, which is said.
    pub(super) fn finish(
        &self,
        file: PictureFile,
        trained: &Trained,
        pictures: &Pictures,
        predictions: &Predictions,
        top: usize,
    ) -> Result<(), CliError> {
        let figure = match pictures {
            Pictures::Dataset(dataset) => self.of_dataset(trained, dataset, predictions)?,
            Pictures::Files { names, images } => {
                let classes = trained.class_names();
                let name = |file: &String| Path::new(file).file_name().map(|name| name.display().to_string());
                let names: Vec<String> = names.iter().map(|file| name(file).unwrap_or_else(|| file.clone())).collect();
                let figure = view::top_classes(images, &names, predictions, &classes, top, COLUMNS)?;
                Some(figure.titled(&format!("Predictions of {}", trained.name), ""))
            }
        };
        figure.map_or(Ok(()), |figure| file.finish(&figure))
    }

    fn of_dataset(
        &self,
        trained: &Trained,
        dataset: &Dataset,
        predictions: &Predictions,
    ) -> Result<Option<Figure>, CliError> {
        let mistakes = predictions.mistakes(dataset.labels()).map_err(CliError::Predict)?;
        let all = dataset.len();
        let (indices, title, note) = if self.mistakes {
            let (wrong, count) = (mistakes.len(), self.count());
            match wrong {
                0 => {
                    log::info!("none of the {all} pictures is a mistake: nothing is drawn");
                    return Ok(None);
                }
                _ if wrong < count => log::info!("there are no more than {wrong} mistakes among the {all} pictures"),
                _ => {}
            }
            let indices: Vec<usize> = mistakes.into_iter().take(count).collect();
            let note = format!("{} of {wrong} mistakes among {all} pictures, the surest first", indices.len());
            (indices, format!("Surest mistakes of {}", trained.name), note)
        } else {
            let indices = match self.seed {
                Some(seed) => dataset.sample(self.count(), seed, None),
                None => (0..self.count().min(all)).collect(),
            };
            let right = indices.iter().filter(|index| !mistakes.contains(index)).count();
            let note = format!("{right} of {} right", indices.len());
            (indices, format!("Predictions of {}", trained.name), note)
        };
        let columns = (indices.len() as f64).sqrt().ceil() as usize;
        Ok(Some(view::predictions(dataset, predictions, &indices, columns)?.titled(&title, &note)))
    }
}
