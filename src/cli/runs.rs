//! `ocellus runs`: what was trained, and how it went.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::CliError;
use crate::table::framed;
use crate::train::{Run, RunError, last_run, list_runs};

/// The options of `ocellus runs`.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The folder of the runs, or one of them [default: runs]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A run as it is listed.
#[derive(Serialize)]
struct Listed {
    run: PathBuf,
    /// Whether it is the newest, which commands take by default.
    last: bool,
    #[serde(flatten)]
    summary: Option<Summary>,
    /// Why it cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    damaged: Option<String>,
}

#[derive(Serialize)]
struct Summary {
    model: String,
    data: String,
    epochs_done: usize,
    epochs_asked: usize,
    /// The best accuracy, of validation where there was any, and its epoch.
    best_accuracy: Option<f64>,
    best_epoch: Option<usize>,
    seconds: f64,
    images_per_second: Option<f64>,
}

pub(super) fn run(options: &Options) -> Result<(), CliError> {
    let folder = options.folder.as_deref().unwrap_or(Path::new("runs"));
    // Without a run there is no such folder yet, which is no error.
    let mut found = if options.folder.is_none() && !folder.exists() { Vec::new() } else { list_runs(folder)? };
    let last = last_run().ok().flatten();
    // Commands take the last run by default, wherever it lies.
    if let (None, Some(last)) = (&options.folder, &last)
        && found.iter().all(|(path, _)| path != last)
    {
        found.push((last.clone(), Run::open(last)));
    }
    let listed: Vec<Listed> = found.into_iter().map(|(path, run)| list(path, run, last.as_deref())).collect();
    let mut out = std::io::stdout();
    if options.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&listed)?)?;
    } else if listed.is_empty() {
        log::info!("there are no runs in {}; `ocellus train` makes one", folder.display());
    } else {
        write!(out, "{}", describe(&listed))?;
    }
    Ok(())
}

fn list(path: PathBuf, run: Result<Run, RunError>, last: Option<&Path>) -> Listed {
    let last = last.is_some_and(|last| last == path);
    match run {
        Ok(run) => Listed { run: path, last, summary: Some(summary(&run)), damaged: None },
        Err(error) => Listed { run: path, last, summary: None, damaged: Some(reason(&error)) },
    }
}

/// An error with its causes in one line.
fn reason(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

fn summary(run: &Run) -> Summary {
    let best = run.history.best();
    Summary {
        model: run.config.model_name().unwrap_or("model").to_owned(),
        data: run.config.data.name.clone(),
        epochs_done: run.history.epochs.len(),
        epochs_asked: run.config.training.epochs,
        best_accuracy: best.map(|best| best.val_accuracy.unwrap_or(best.accuracy)),
        best_epoch: best.map(|best| best.epoch),
        seconds: run.history.seconds(),
        images_per_second: run.history.images_per_second(),
    }
}

/// The runs as a table, and below it what is wrong with those that are damaged.
fn describe(listed: &[Listed]) -> String {
    let header = ["Run", "Model", "Data", "Epochs", "Best accuracy", "Time", "Images/s"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let mut damages = String::new();
    for Listed { run, last, summary, damaged } in listed {
        let mark = if *last { " (last)" } else { "" };
        let mut row = vec![format!("{}{mark}", run.display())];
        let Some(summary) = summary else {
            row.extend(["damaged", "", "", "", "", ""].map(str::to_owned));
            rows.push(row);
            damages += &format!("{}: {}\n", run.display(), damaged.as_deref().unwrap_or_default());
            continue;
        };
        let Summary { model, data, epochs_done, epochs_asked, seconds, images_per_second, .. } = summary;
        let best = match (summary.best_accuracy, summary.best_epoch) {
            (Some(accuracy), Some(epoch)) => format!("{accuracy:.4} (epoch {epoch})"),
            _ => String::new(),
        };
        row.extend([model.clone(), data.clone(), format!("{epochs_done}/{epochs_asked}"), best]);
        row.push(duration(*seconds));
        row.push(images_per_second.map_or_else(String::new, |rate| format!("{rate:.0}")));
        rows.push(row);
    }
    framed(&rows, &[3, 4, 5, 6]) + &damages
}

/// `1 h 02 min`, `3 min 20 s` or `12 s`.
fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, _) if seconds < 10.0 => format!("{seconds:.1} s"),
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_in_the_units_that_a_person_takes() {
        assert_eq!(duration(0.449), "0.4 s");
        assert_eq!(duration(59.4), "59 s");
        assert_eq!(duration(200.0), "3 min 20 s");
        assert_eq!(duration(3720.0), "1 h 02 min");
    }
}
