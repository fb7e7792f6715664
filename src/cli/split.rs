//! The labelled pictures that a trained model is tried on.

use clap::{Args, ValueEnum};

use super::CliError;
use super::data::DataOptions;
use super::run_argument::Trained;
use crate::data::{DataError, Dataset, Opened};
use crate::train::DataConfig;

/// Which pictures of which dataset.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct SplitOptions {
    #[command(flatten)]
    pub(super) data: DataOptions,
    /// Its part: as the run took them where it is the run's own data [default: test, where there is one]
    #[arg(long, value_enum, value_name = "PART")]
    split: Option<Part>,
    /// The first N pictures of the part only
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    limit: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// What was trained on
    Train,
    /// What was validated on: the share that --validation-split kept back, else the test split
    Validation,
    /// What the dataset has for testing
    Test,
}

impl SplitOptions {
    /// Whether any of them is given.
    pub(super) fn any(&self) -> bool {
        self.data.any() || self.split.is_some() || self.limit.is_some()
    }

    /// Loads the pictures: by default those that tell how good the model is, of the data it was trained on. Says on the
    /// standard error which they are, and refuses those that are not of the model's classes. Classes of the same names in
    /// another order are brought to the model's.
    pub(super) fn open(&self, trained: &Trained) -> Result<Dataset, CliError> {
        let mut config = trained.data.clone();
        if let Some(name) = self.data.data.as_ref().filter(|name| **name != config.name) {
            // How the run took its own data says nothing of another's.
            config = DataConfig { name: name.clone(), ..DataConfig::default() };
        }
        self.data.merge_into(&mut config);
        let opened = super::data::open(&config, Some(trained.model.input_shape()))?;
        let name = opened.name.clone();
        let (part, dataset) = self.part(opened, &config)?;
        let mut dataset = match self.limit {
            Some(limit) => dataset.take(limit).map_err(|error| refused("--limit", limit.to_string(), error))?,
            None => dataset,
        };
        log::info!("data: {name}, {} pictures of its {part}", dataset.len());
        trained.check_pictures(dataset.shape())?;
        dataset.order_classes(trained.known_class_names());
        check_classes(trained, &name, &dataset)?;
        Ok(dataset)
    }

    /// The part that was asked for, and what it is called.
    fn part(&self, opened: Opened, config: &DataConfig) -> Result<(&'static str, Dataset), CliError> {
        let Opened { train, test, name } = opened;
        let none = |part| no_such_part(&name, part);
        let part = self.split.unwrap_or(if test.is_some() { Part::Test } else { Part::Validation });
        if part == Part::Test {
            return test.map(|test| ("test split", test)).ok_or_else(|| none("test"));
        }
        let (train, validation) = config.divide(train)?;
        match (part, validation, test) {
            (Part::Train, Some(_), _) => Ok(("training part", train)),
            (Part::Train, None, _) => Ok(("training split", train)),
            (_, Some(validation), _) => Ok(("validation part", validation)),
            (_, None, Some(test)) => Ok(("test split, which validated", test)),
            // Pictures that nothing divides are all there is to try the model on.
            (_, None, None) if self.split.is_none() => Ok(("pictures", train)),
            (_, None, None) => Err(none("validation")),
        }
    }
}

/// That the dataset `name` has not this part.
pub(super) fn no_such_part(name: &str, part: &str) -> CliError {
    CliError::Option {
        option: "--split".to_owned(),
        value: part.to_owned(),
        reason: format!("{name} has no such part; take another, for example --split train"),
    }
}

fn refused(option: &str, value: String, error: DataError) -> CliError {
    CliError::Option { option: option.to_owned(), value, reason: error.to_string() }
}

/// Whether the dataset has the classes that the model tells apart.
fn check_classes(trained: &Trained, data: &str, dataset: &Dataset) -> Result<(), CliError> {
    let known = trained.known_class_names();
    let outputs = if known.is_empty() { trained.model.output_shape().channels() } else { known.len() };
    if dataset.classes() != outputs {
        let (model, data) = (trained.name.clone(), data.to_owned());
        return Err(CliError::Classes { model, outputs, data, classes: dataset.classes() });
    }
    if let Some((class, (mine, other))) =
        known.iter().zip(dataset.class_names()).enumerate().find(|(_, (mine, other))| mine != other)
    {
        log::warn!(
            "class {class} is '{mine}' for the model and '{other}' in {data}; the labels count by their numbers"
        );
    }
    Ok(())
}
