//! `ocellus data`: the datasets that are known by name, and their files.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;

use super::CliError;
use super::bar::Bar;
use crate::data::catalogue::{KNOWN, KnownSet};
use crate::data::download::{self, FileState, SetState};
use crate::data::{DataError, catalogue};
use crate::table::framed;

/// The options of `ocellus data`.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the datasets that are known by name
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Download datasets, unless they are there
    Fetch {
        /// The datasets
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
    /// Print the folder of a dataset's files
    Path {
        /// The dataset
        name: String,
    },
    /// Read the downloaded files and compare their checksums
    Verify {
        /// The datasets [default: all that are there]
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
}

pub(super) fn run(options: &Options) -> Result<(), CliError> {
    match &options.command {
        Command::List { json } => list(*json),
        Command::Fetch { names } => fetch(names),
        Command::Path { name } => path(name),
        Command::Verify { names } => verify(names),
    }
}

/// A dataset as `list` shows it.
#[derive(Serialize)]
struct Listed {
    name: &'static str,
    description: &'static str,
    source: &'static str,
    train: usize,
    test: usize,
    classes: usize,
    shape: [usize; 3],
    /// Bytes to download.
    bytes: Option<u64>,
    state: &'static str,
    folder: Option<PathBuf>,
}

impl Listed {
    fn new(set: &KnownSet) -> Result<Self, DataError> {
        let KnownSet { name, description, source, shape, train, test, classes, .. } = *set;
        let state = match download::state(set)? {
            SetState::InProgram => "in the program",
            SetState::Downloaded => "downloaded",
            SetState::Incomplete => "incomplete",
            SetState::Missing => "not downloaded",
        };
        let bytes = set.distribution.map(|distribution| distribution.bytes());
        let folder = set.distribution.map(|_| download::path(name)).transpose()?;
        Ok(Self { name, description, source, train, test, classes, shape, bytes, state, folder })
    }

    fn row(&self) -> Vec<String> {
        let [height, width, channels] = self.shape;
        vec![
            self.name.to_owned(),
            format!("{} + {}", self.train, self.test),
            format!("{height}x{width}x{channels}"),
            self.classes.to_string(),
            self.bytes.map_or("-".to_owned(), |bytes| format!("{:.1} MB", bytes as f64 / 1e6)),
            self.state.to_owned(),
            self.folder.as_deref().map_or("-".to_owned(), |folder| folder.display().to_string()),
        ]
    }
}

fn list(json: bool) -> Result<(), CliError> {
    let sets = KNOWN.iter().map(Listed::new).collect::<Result<Vec<_>, _>>()?;
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(&sets)?)?;
        return Ok(());
    }
    let header = ["Name", "Train + test", "Picture", "Classes", "Download", "State", "Folder"];
    let mut table = vec![header.map(str::to_owned).to_vec()];
    table.extend(sets.iter().map(Listed::row));
    // Numbers end under one another.
    write!(out, "{}", framed(&table, &[1, 2, 3, 4]))?;
    Ok(())
}

fn fetch(names: &[String]) -> Result<(), CliError> {
    // A mistyped name is told before anything is downloaded.
    let sets = find(names)?;
    let mut out = std::io::stdout().lock();
    for set in sets {
        match set.distribution {
            None => writeln!(out, "{}: in the program", set.name)?,
            Some(_) => writeln!(out, "{}: {}", set.name, download::fetch(set.name, &Bar::new())?.display())?,
        }
    }
    Ok(())
}

fn path(name: &str) -> Result<(), CliError> {
    let set = catalogue::find(name)?;
    if set.distribution.is_none() {
        let reason = "it is in the program and has no folder".to_owned();
        return Err(CliError::Option { option: "NAME".to_owned(), value: name.to_owned(), reason });
    }
    let folder = download::path(name)?;
    // The folder is told in any case: files can be put there by hand.
    writeln!(std::io::stdout(), "{}", folder.display())?;
    match download::state(set)? {
        SetState::Downloaded | SetState::InProgram => Ok(()),
        SetState::Incomplete | SetState::Missing => Err(CliError::NotDownloaded { name: name.to_owned() }),
    }
}

fn verify(names: &[String]) -> Result<(), CliError> {
    let mut sets = find(names)?;
    if names.is_empty() {
        sets = KNOWN.iter().collect();
        // Datasets made of the same files are verified once.
        sets.dedup_by_key(|set| set.distribution.map(|distribution| distribution.folder));
    }
    let mut out = std::io::stdout().lock();
    let (mut read, mut wrong) = (0, Vec::new());
    for set in sets {
        if set.distribution.is_none() && !names.is_empty() {
            writeln!(out, "{}: in the program", set.name)?;
            continue;
        }
        let files = download::verify(set.name, &Bar::new())?;
        // Of what was not asked for by its name, only what is there is told.
        let tells = !names.is_empty() || files.iter().any(|(_, state)| *state != FileState::Missing);
        for (path, state) in files.into_iter().filter(|_| tells) {
            read += 1;
            writeln!(out, "{}", line(&path, state))?;
            if state != FileState::Right {
                wrong.push(path);
            }
        }
    }
    if read == 0 && names.is_empty() {
        writeln!(out, "nothing is downloaded")?;
    }
    if wrong.is_empty() { Ok(()) } else { Err(CliError::Verify { wrong: wrong.len(), read }) }
}

fn line(path: &Path, state: FileState) -> String {
    let path = path.display();
    match state {
        FileState::Right => format!("{path}: right"),
        FileState::Missing => format!("{path}: missing"),
        FileState::Different { expected, found } => format!("{path}: WRONG, {found} instead of {expected}"),
    }
}

fn find(names: &[String]) -> Result<Vec<&'static KnownSet>, DataError> {
    names.iter().map(|name| catalogue::find(name)).collect()
}
