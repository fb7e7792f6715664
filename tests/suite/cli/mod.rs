//! The program as a user runs it: in a folder of its own, by its options, its messages and what it leaves on disk.

mod activations;
mod bench;
mod config;
mod confusion;
mod convolve;
mod doctor;
mod evaluate;
mod faults;
mod filters;
mod folder;
mod history;
mod kernel_choice;
mod lecture;
mod predict;
mod predict_grid;
mod refusals;
mod resume;
mod runs;
mod show;
mod train;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ocellus::data::{cifar10, digits};
use ocellus::gpu::list_adapters;
use ocellus::model::{Metadata, WeightsFile, lecture};
use ocellus::train::{History, ModelSource, Optimizer, RunConfig};
use pollster::block_on;
use tempfile::TempDir;

use crate::support::{gpu, skipped};

/// Two epochs of three steps, the last of them smaller.
const SHORT: [&str; 7] = ["train", "--limit", "64", "--epochs", "2", "--batch-size", "24"];

/// What a run of the program left behind it.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The program in `folder`, untouched by variables that change what it says or how it computes.
pub(crate) fn ocellus(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ocellus"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    // Nothing is measured but where a test is about that.
    let own = ["--resume", "--print-config", "--kernel-choice"];
    let measures = arguments.first().is_some_and(|command| ["train", "bench"].contains(command));
    if measures && !arguments.iter().any(|argument| own.contains(argument)) {
        command.args(["--kernel-choice", "fixed"]);
    }
    command.env_remove("RUST_LOG").env_remove("OCELLUS_KERNELS");
    // The user's own cache is no test's business.
    command.env("OCELLUS_CACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    command
}

pub(crate) fn finish(mut command: Command) -> Ran {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Runs the program and expects it to succeed.
pub(crate) fn succeeds(folder: &Path, arguments: &[&str]) -> Ran {
    let ran = finish(ocellus(folder, arguments));
    assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.stderr);
    ran
}

/// Expects `command` to end with an error that says each of `words`, and to leave `folder` as it was.
pub(crate) fn refuses_command(folder: &Path, command: Command, words: &[&str]) {
    let before = files(folder);
    let shown = format!("{command:?}");
    let Ran { code, stderr, .. } = finish(command);
    assert!(matches!(code, Some(1 | 2)), "{shown} ended with {code:?}: {stderr}");
    assert!(!stderr.contains("panicked"), "{shown}: {stderr}");
    for word in ["error: "].iter().chain(words) {
        assert!(stderr.contains(word), "{shown}: '{word}' is not in: {stderr}");
    }
    assert_eq!(files(folder), before, "{shown} wrote something");
}

/// The same for the program in an empty folder.
pub(crate) fn refuses(arguments: &[&str], words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    refuses_command(folder.path(), ocellus(folder.path(), arguments), words);
}

/// Every file and folder below `folder`, with the files' lengths.
pub(crate) fn files(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let (path, metadata) = (entry.path(), entry.metadata().unwrap());
            if metadata.is_dir() {
                open.push(path.clone());
            }
            found.push((path, if metadata.is_dir() { 0 } else { metadata.len() }));
        }
    }
    found.sort();
    found
}

/// The names in `folder`, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

pub(crate) fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// Writes the digits' or another lecture model with fresh weights.
pub(crate) fn write_weights(path: &Path, input: [usize; 3], classes: usize) {
    let model = lecture(input, classes).unwrap();
    model.initialize(7);
    WeightsFile::save(path, &model, &Metadata::new(&model, "digits", &[])).unwrap();
}
