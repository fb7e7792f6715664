//! The list of kernels that failed, in the user's cache folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::sweep::Extent;
use super::{DoctorError, OpReport};
use crate::data::cache;
use crate::files::{self, lock};
use crate::gpu::{FailedKernels, Gpu};

/// The list's name in the folder.
const NAME: &str = "failed-kernels.json";

/// The name of the file that is locked while the list is changed.
const LOCK: &str = ".failed-kernels.lock";

/// More than a list of all kernels on many adapters takes.
const MOST_BYTES: u64 = 4 << 20;

/// The kernels that failed on any adapter of this user's. A list that cannot be read is none.
pub fn known_failures() -> FailedKernels {
    match cache::folder() {
        Ok(folder) => read_failures(&folder),
        Err(error) => {
            log::debug!("no list of kernels that failed: {error}");
            FailedKernels::default()
        }
    }
}

/// The list in this folder. What in it is no entry is passed over, and a file that is no list is an empty one.
pub fn read_failures(folder: &Path) -> FailedKernels {
    let path = folder.join(NAME);
    let text = fs::metadata(&path).and_then(|file| match file.len() {
        ..=MOST_BYTES => fs::read_to_string(&path),
        bytes => Err(io::Error::other(format!("it has {bytes} bytes"))),
    });
    match text {
        Ok(text) => FailedKernels::from_json(&text),
        Err(error) => {
            log::debug!("{}: {error}", path.display());
            FailedKernels::default()
        }
    }
}

/// What an examination found that changes the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    right: FailedKernels,
    wrong: FailedKernels,
}

impl Findings {
    /// What was found of kernels on this device. Those that are wrong come on the list. One that was right in a full
    /// examination comes off; a quick one is too little for that, and so is one that did not come to its end.
    pub fn new(gpu: &Gpu, ops: &[OpReport], extent: Extent) -> Self {
        let mut findings = Self::default();
        for op in ops {
            let is_whole = extent == Extent::Full && op.faults.is_empty();
            for kernel in &op.kernels {
                match kernel.wrong {
                    0 if kernel.runs > 0 && is_whole => findings.right.insert(gpu, &kernel.kernel),
                    0 => {}
                    _ => findings.wrong.insert(gpu, &kernel.kernel),
                }
            }
        }
        findings
    }

    /// Brings a list up to what was found.
    pub fn update(&self, list: &mut FailedKernels) {
        list.update(&self.right, &self.wrong);
    }
}

/// Brings the list up to what was found, in the user's cache folder or the one that is given; where it is, or `None` where
/// that changes nothing. It is read anew under a lock: what other programs write at the same time stays in it.
///
/// # Errors
///
/// When the folder cannot be written.
pub fn remember_failures(findings: &Findings, folder: Option<&Path>) -> Result<Option<PathBuf>, DoctorError> {
    let folder = folder.map_or_else(cache::folder, |folder| Ok(folder.to_owned()))?;
    let path = folder.join(NAME);
    let changed = || {
        let before = read_failures(&folder);
        let mut list = before.clone();
        findings.update(&mut list);
        (list != before).then_some(list)
    };
    // A folder that cannot be written does not matter where nothing has to be.
    if changed().is_none() {
        return Ok(None);
    }
    let write = || {
        fs::create_dir_all(&folder)?;
        let _lock = lock::lock(&folder.join(LOCK))?;
        changed().map_or(Ok(()), |list| files::write_whole(&path, list.to_json().as_bytes()))
    };
    match write() {
        Ok(()) => Ok(Some(path)),
        Err(source) => Err(DoctorError::List { path, source }),
    }
}
