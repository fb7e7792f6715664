//! What was measured, in a file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Candidate;
use super::measurement::Timing;
use crate::files;
use crate::gpu::{AdapterIdentity, Gpu};
use crate::ops::{KernelChoice, Pass};

/// The file's name in the folder.
const NAME: &str = "kernel-choices.json";

/// More than the choices of a thousand models take.
const MOST_BYTES: u64 = 16 << 20;

/// Choices that were measured on any adapter, in a file. A file that cannot be read is an empty one, and what in it is no
/// entry is passed over.
#[derive(Debug)]
pub struct ChoiceCache {
    path: PathBuf,
    entries: Vec<Entry>,
}

/// A choice. With another adapter, driver, shader or shape it is another one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    key: Key,
    choice: KernelChoice,
    /// What each candidate took, for whoever wonders.
    microseconds: Vec<(KernelChoice, f64)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Key {
    #[serde(flatten)]
    adapter: AdapterIdentity,
    pass: String,
    /// SHA-256 of the texts of all candidates' kernels.
    shaders: String,
}

impl Key {
    fn new(gpu: &Gpu, pass: &Pass, candidates: &[Candidate]) -> Self {
        let mut hash = Sha256::new();
        for command in candidates.iter().flat_map(|candidate| &candidate.commands) {
            // What has no text does not run either.
            hash.update(command.kernel.text().unwrap_or_default());
            hash.update(&command.params);
        }
        let digest = hash.finalize();
        Self {
            adapter: AdapterIdentity::of(gpu),
            pass: pass.to_string(),
            shaders: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

impl ChoiceCache {
    /// Reads what this folder has.
    pub fn open(folder: &Path) -> Self {
        let path = folder.join(NAME);
        let entries = read(&path);
        Self { path, entries }
    }

    /// The choice for a pass, where it was measured with these candidates and took one of them.
    pub(super) fn get(&self, gpu: &Gpu, pass: &Pass, candidates: &[Candidate]) -> Option<KernelChoice> {
        let key = Key::new(gpu, pass, candidates);
        let choice = self.entries.iter().find(|entry| entry.key == key)?.choice;
        candidates.iter().any(|candidate| candidate.choice == choice).then_some(choice)
    }

    /// Remembers a choice, in the file too. Where that cannot be written, it is measured again another time.
    pub(super) fn insert(
        &mut self,
        gpu: &Gpu,
        pass: &Pass,
        candidates: &[Candidate],
        choice: KernelChoice,
        timings: &[Timing],
    ) {
        let key = Key::new(gpu, pass, candidates);
        let microseconds =
            timings.iter().map(|timing| (timing.choice, (timing.seconds * 1e7).round() / 10.0)).collect();
        let entry = Entry { key, choice, microseconds };
        let written = self.path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
            // With what other programs wrote meanwhile.
            let _lock = files::lock::lock(&self.path.with_extension("lock"))?;
            self.entries = read(&self.path);
            self.entries.retain(|other| other.key != entry.key);
            self.entries.push(entry);
            let text = serde_json::to_string_pretty(&self.entries).map_err(io::Error::other)?;
            files::write_whole(&self.path, text.as_bytes())
        });
        if let Err(error) = written {
            log::debug!("{}: {error}", self.path.display());
        }
    }
}

fn read(path: &Path) -> Vec<Entry> {
    let text = fs::metadata(path).and_then(|file| match file.len() {
        ..=MOST_BYTES => fs::read_to_string(path),
        bytes => Err(io::Error::other(format!("it has {bytes} bytes"))),
    });
    let values: Vec<serde_json::Value> = match text {
        Ok(text) => serde_json::from_str(&text).unwrap_or_default(),
        Err(error) => {
            log::debug!("{}: {error}", path.display());
            Vec::new()
        }
    };
    values.into_iter().filter_map(|value| serde_json::from_value(value).ok()).collect()
}
