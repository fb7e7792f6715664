//! The lock that keeps two programs from training in one folder.

use std::fs::File;
use std::path::Path;

use super::RunError;
use crate::files::lock;

/// The name of the file that is locked; what it holds is of no account.
pub(super) const LOCK: &str = ".lock";

/// Locks the run's folder `path` until the result is dropped, or the program ends in whatever way.
///
/// # Errors
///
/// When another program trains in it, or the file cannot be written.
pub(super) fn lock(path: &Path) -> Result<File, RunError> {
    let file = path.join(LOCK);
    match lock::try_lock(&file) {
        Ok(Some(file)) => Ok(file),
        Ok(None) => Err(RunError::Locked(path.to_owned())),
        Err(source) => Err(RunError::Write { path: file, source }),
    }
}
