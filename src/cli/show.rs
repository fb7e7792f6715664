//! `ocellus show`: pictures of a dataset with their classes, and how many there are of each.

use std::io::Write;

use clap::{Args, ValueEnum};

use super::CliError;
use super::data::DataOptions;
use super::picture::PictureOptions;
use super::split::no_such_part;
use crate::data::Dataset;
use crate::settings::suggestion;
use crate::table::framed;
use crate::train::DataConfig;
use crate::view::{self, Figure, TextStyle};

/// The options of `ocellus show`.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    data: DataOptions,
    /// Its part
    #[arg(long, value_enum, value_name = "PART", default_value = "train")]
    split: Split,
    /// How many pictures to draw, taken at random
    #[arg(long, value_name = "N", default_value_t = 25, allow_negative_numbers = true)]
    count: usize,
    /// Draw pictures of this class only
    #[arg(long, value_name = "NAME")]
    class: Option<String>,
    /// The seed of the choice
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    seed: u32,
    #[command(flatten)]
    picture: PictureOptions,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Split {
    /// What there is to train on
    Train,
    /// What there is to test with
    Test,
}

pub(super) fn run(options: &Options) -> Result<(), CliError> {
    CliError::at_least_one("--count", options.count)?;
    let mut config = DataConfig::default();
    options.data.merge_into(&mut config);
    let opened = super::data::open(&config, None)?;
    let (part, dataset) = match options.split {
        Split::Train => ("training split", opened.train),
        Split::Test => ("test split", opened.test.ok_or_else(|| no_such_part(&opened.name, "test"))?),
    };
    let class = options.class.as_deref().map(|name| class_of(&dataset, name)).transpose()?;
    let indices = dataset.sample(options.count, options.seed, class);
    if let (Some(name), true) = (&options.class, indices.is_empty()) {
        let reason = format!("{}'s {part} has no pictures of this class; take another", opened.name);
        return Err(CliError::Option { option: "--class".to_owned(), value: name.clone(), reason });
    }
    let file = options.picture.begin(None, "show.png")?;
    let of_class = options.class.as_ref().map_or_else(String::new, |name| format!(" of class {name}"));
    let all = class.map_or(dataset.len(), |class| dataset.class_counts()[class]);
    let title = format!("{}, {part}: {} of {all} pictures{of_class}", opened.name, indices.len());
    let figure = draw(&dataset, &indices)?.titled(&title, "");
    write!(std::io::stdout(), "{}", table(&dataset))?;
    file.finish(&figure)
}

/// The pictures, as many beside as below one another, a few in one row; and beside them the classes.
fn draw(dataset: &Dataset, indices: &[usize]) -> Result<Figure, CliError> {
    let columns = (indices.len() as f64).sqrt().ceil().max(indices.len().min(5) as f64) as usize;
    let pictures = view::dataset(dataset, indices, columns)?;
    let text = TextStyle::note();
    let heading = format!("All {} pictures by their class", dataset.len());
    let mut head = Figure::new(text.width(&heading), text.size);
    head.text(&heading, [0.0, text.size * 0.8], &text);
    let counts = Figure::column(vec![head, view::class_counts(dataset)], 6.0);
    Ok(Figure::row(vec![pictures, counts], 32.0))
}

/// The number of the class of this name.
fn class_of(dataset: &Dataset, name: &str) -> Result<usize, CliError> {
    let names = dataset.class_names();
    names.iter().position(|known| known == name).ok_or_else(|| {
        let known = suggestion(name, names.iter().map(String::as_str));
        let reason = format!("there is no such class{known}");
        CliError::Option { option: "--class".to_owned(), value: name.to_owned(), reason }
    })
}

fn table(dataset: &Dataset) -> String {
    let counts = dataset.class_names().iter().zip(dataset.class_counts());
    let mut rows = vec![["Class", "Pictures"].map(str::to_owned).to_vec()];
    rows.extend(counts.map(|(name, count)| vec![name.clone(), count.to_string()]));
    rows.push(vec!["all".to_owned(), dataset.len().to_string()]);
    framed(&rows, &[1])
}
