//! `ocellus lecture`: the lecture on convolutional networks from beginning to end, as pictures and a page that shows them.
//!
//! Every step is a command of this program, which runs just as the page tells it.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, ValueEnum};

use super::quote::quoted;
use super::{AdapterOptions, Cli, CliError};
use crate::files::write_whole;
use crate::model::WeightsFile;
use crate::train::{Run, WhichWeights};

/// The options of `ocellus lecture`.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The pictures to learn
    #[arg(long, value_enum, value_name = "NAME", default_value = "digits")]
    data: Data,
    /// Where the dataset's files are
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Train on the first N training samples only, where the adapter is slow
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    limit: Option<usize>,
    /// How often to go through the pictures [default: 3 for digits, 10 for cifar10]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    epochs: Option<usize>,
    /// The folder to write to; it is made, and must be empty
    #[arg(short, long, value_name = "DIR", default_value = "lecture")]
    output: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Data {
    /// The handwritten digits in the program
    Digits,
    /// The photographs of CIFAR-10, which are downloaded
    Cifar10,
}

impl Data {
    fn name(self) -> &'static str {
        match self {
            Data::Digits => "digits",
            Data::Cifar10 => "cifar10",
        }
    }

    /// How often to go through the pictures, so that the network knows them well and no longer.
    fn epochs(self) -> usize {
        match self {
            Data::Digits => 3,
            Data::Cifar10 => 10,
        }
    }
}

/// One step of the lecture.
struct Step {
    heading: &'static str,
    /// What is seen.
    text: &'static str,
    /// The words of the command behind `ocellus`.
    command: Vec<String>,
    /// The picture that it writes, in the lecture's folder.
    picture: Option<&'static str>,
}

/// The folder of the run within the lecture's.
const RUN: &str = "run";
/// The page.
const PAGE: &str = "lecture.md";

/// Runs the lecture; its exit status is that of the step that was interrupted, where one was.
pub(super) async fn run(options: &Options, adapter: &AdapterOptions) -> Result<ExitCode, CliError> {
    let folder = &options.output;
    check(options)?;
    claim(folder)?;
    let steps = steps(options);
    let mut out = std::io::stdout();
    for (number, step) in steps.iter().enumerate() {
        writeln!(out, "\n[{}/{}] {}\n$ {}", number + 1, steps.len(), step.heading, typed(&step.command))?;
        out.flush()?;
        let words = std::iter::once("ocellus").chain(step.command.iter().map(String::as_str));
        // The words are this file's and the user's own folders.
        let mut cli = Cli::try_parse_from(words).map_err(|error| CliError::Step { error: error.to_string() })?;
        cli.adapter = adapter.clone();
        let status = Box::pin(super::run(cli)).await?;
        if status != ExitCode::SUCCESS {
            return Ok(status);
        }
    }
    let page = folder.join(PAGE);
    let text = page_text(&steps, &folder.join(RUN))?;
    write_whole(&page, text.as_bytes()).map_err(|source| CliError::Write { path: page.clone(), source })?;
    writeln!(out, "\nThe lecture is in {}", page.display())?;
    Ok(ExitCode::SUCCESS)
}

/// An error for what a later step would refuse.
fn check(options: &Options) -> Result<(), CliError> {
    if let Some(epochs) = options.epochs {
        CliError::at_least_one("--epochs", epochs)?;
    }
    if let Some(limit) = options.limit {
        CliError::at_least_one("--limit", limit)?;
    }
    match (&options.data_dir, options.data) {
        (Some(folder), Data::Digits) => Err(CliError::Option {
            option: "--data-dir".to_owned(),
            value: folder.display().to_string(),
            reason: "the digits are in the program; leave it out, or name --data cifar10".to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Makes the folder; what there is already is not written over.
fn claim(folder: &Path) -> Result<(), CliError> {
    let refused = |source| CliError::Write { path: folder.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(refused)?;
    if std::fs::read_dir(folder).map_err(refused)?.next().is_some() {
        let reason = "there is something in it already; take another folder, or remove what is there".to_owned();
        return Err(CliError::Option { option: "--output".to_owned(), value: folder.display().to_string(), reason });
    }
    Ok(())
}

/// The lecture, in its order.
fn steps(options: &Options) -> Vec<Step> {
    let within = |name: &str| options.output.join(name).display().to_string();
    let run = within(RUN);
    let words = |command: &str| command.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let mut data = vec!["--data".to_owned(), options.data.name().to_owned()];
    if let Some(folder) = &options.data_dir {
        data.extend(["--data-dir".to_owned(), folder.display().to_string()]);
    }
    let mut training = words("train --epochs");
    training.push(options.epochs.unwrap_or(options.data.epochs()).to_string());
    training.extend(options.limit.iter().flat_map(|limit| ["--limit".to_owned(), limit.to_string()]));
    training.extend(["--seed".to_owned(), "1".to_owned(), "--out".to_owned(), run.clone()]);
    let mut steps = Vec::new();
    let mut step = |heading, text, command: Vec<Vec<String>>, picture: Option<&'static str>| {
        let mut command = command.concat();
        command.extend(picture.iter().flat_map(|picture| ["--output".to_owned(), within(picture)]));
        steps.push(Step { heading, text, command, picture });
    };
    step(
        "The data",
        "Pictures, and what they are: a network learns to tell one from the other by being shown both.",
        vec![words("show"), data.clone()],
        Some("data.png"),
    );
    step(
        "A convolution",
        "A small window slides over the input. At each place its numbers are multiplied by the kernel's and added up: that \
         sum is the output's number there.",
        vec![
            words("convolve --input"),
            vec!["0 1 2; 3 4 5; 6 7 8".into(), "--kernel".into(), "0 1; 2 3".into(), "--explain".into(), "0,0".into()],
        ],
        Some("convolution.png"),
    );
    step(
        "A kernel made by hand",
        "This kernel gives nothing where all is equal, and much where a pixel differs from those around it: it finds edges.",
        vec![words("convolve --kernel edge")],
        Some("edges.png"),
    );
    step(
        "Kernels of chance",
        "A layer has many kernels and begins with random ones. Each finds something else; training will make them useful.",
        vec![words("convolve --random 8")],
        Some("random.png"),
    );
    step(
        "Training",
        "A picture goes through the network, its mistake goes back through it, and every weight is moved a little so that the \
         mistake shrinks; an epoch is once through all pictures. The thick line is on pictures that the network never learns \
         from: where it stays behind the thin one, the network learns its pictures by heart.",
        vec![training, data],
        None,
    );
    step(
        "How it went",
        "Accuracy is the share of pictures that are told right; the loss also counts how sure the network was.",
        vec![words("history"), vec![run.clone()]],
        Some("history.png"),
    );
    step(
        "How good it is",
        "The share of the test pictures that it tells right; the command tells the loss too, and both class by class.",
        vec![words("evaluate"), vec![run.clone()]],
        None,
    );
    step(
        "Predicted and true",
        "Pictures that the network did not learn from, what it takes them for and how sure it is of that.",
        vec![words("predict --grid 25"), vec![run.clone()], words("--split test")],
        Some("predictions.png"),
    );
    step(
        "The surest mistakes",
        "Where it is wrong and surest of itself; often a person would have to look twice as well.",
        vec![words("predict --grid 25 --mistakes"), vec![run.clone()], words("--split test")],
        Some("mistakes.png"),
    );
    step(
        "What is taken for what",
        "A row for each class, a column for each prediction: what stands beside the diagonal is confused. The other diagram \
         tells whether the network is right as often as it is sure.",
        vec![words("confusion"), vec![run.clone()]],
        Some("confusion.png"),
    );
    step(
        "What it has learned",
        "The first layer's kernels before training, when they were chance, and after it.",
        vec![words("filters"), vec![run.clone()]],
        Some("filters.png"),
    );
    step(
        "What it sees",
        "A second model, which ends at the first convolution and shares its weights, gives a map for each kernel: bright \
         where the picture has what the kernel looks for.",
        vec![words("activations --layer conv2d"), vec![run.clone()]],
        Some("activations.png"),
    );
    step(
        "Through the network",
        "The same for every layer: the maps become smaller and their meaning larger, until the last layer has one number for \
         each class.",
        vec![words("activations --layer all"), vec![run]],
        Some("network.png"),
    );
    steps
}

/// A command as it is typed.
fn typed(words: &[String]) -> String {
    format!("ocellus {}", words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "))
}

/// The page: a heading, a sentence, the picture and the command of each step.
fn page_text(steps: &[Step], run: &Path) -> Result<String, CliError> {
    let mut page = "# The lecture on convolutional networks\n".to_owned();
    for step in steps {
        // Writing to a string cannot fail.
        let _ = write!(page, "\n## {}\n\n{}\n", step.heading, step.text);
        if let Some(picture) = step.picture {
            let _ = write!(page, "\n![{}]({picture})\n", step.heading);
        } else if step.command[0] == "train" {
            let weights = WeightsFile::load(&run.join(WhichWeights::Best.file_name()))?;
            let _ = write!(page, "\n```text\n{}```\n", weights.model()?.summary());
        } else {
            page += &outcome(&Run::open(run)?);
        }
        let _ = write!(page, "\n```sh\n{}\n```\n", typed(&step.command));
    }
    Ok(page)
}

/// How the training ended.
fn outcome(run: &Run) -> String {
    let Some(best) = run.history.best() else { return String::new() };
    let accuracy = best.val_accuracy.unwrap_or(best.accuracy);
    let (epoch, epochs) = (best.epoch, run.history.epochs.len());
    format!(
        "\nEpoch {epoch} of {epochs} was the best: it told {:.1} % of the test pictures right. Since these pictures chose the \
         epoch too, new ones would be told a little worse.\n",
        100.0 * accuracy
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_of_the_lecture_can_be_typed() {
        let folder = PathBuf::from("a folder");
        let options =
            Options { data: Data::Digits, data_dir: Some("there".into()), limit: None, epochs: None, output: folder };
        for step in steps(&options) {
            let words = std::iter::once("ocellus").chain(step.command.iter().map(String::as_str));
            if let Err(error) = Cli::try_parse_from(words) {
                panic!("{}: {error}", typed(&step.command));
            }
        }
    }
}
