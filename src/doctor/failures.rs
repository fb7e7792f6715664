//! The list of kernels that failed, in the user's cache folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::sweep::Extent;
use super::{DoctorError, OpReport};
use crate::data::cache;
use crate::files;
use crate::gpu::{FailedKernels, Gpu};

/// The list's name in the folder.
const NAME: &str = "failed-kernels.json";

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

/// Writes the list, into the user's cache folder or the one that is given; where it went.
pub fn remember_failures(failed: &FailedKernels, folder: Option<&Path>) -> Result<PathBuf, DoctorError> {
    let folder = folder.map_or_else(cache::folder, |folder| Ok(folder.to_owned()))?;
    let path = folder.join(NAME);
    let written = fs::create_dir_all(&folder).and_then(|()| files::write_whole(&path, failed.to_json().as_bytes()));
    written.map(|()| path.clone()).map_err(|source| DoctorError::List { path, source })
}

/// Brings `list` up to what was found on this device: kernels that are wrong come on it. One that was right in a full
/// examination comes off; a quick one is too little for that.
pub fn update_failures(list: &mut FailedKernels, gpu: &Gpu, ops: &[OpReport], extent: Extent) {
    for kernel in ops.iter().flat_map(|op| &op.kernels) {
        match kernel.wrong {
            0 if kernel.runs > 0 && extent == Extent::Full => list.remove(gpu, &kernel.kernel),
            0 => {}
            _ => list.insert(gpu, &kernel.kernel),
        }
    }
}
