//! The lock that keeps two programs from training in one folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::Path;

use super::RunError;

/// The name of the file that is locked; what it holds is of no account.
pub(super) const LOCK: &str = ".lock";

/// Locks the run's folder `path` until the result is dropped, or the program ends in whatever way.
///
/// # Errors
///
/// When another program trains in it, or the file cannot be written.
pub(super) fn lock(path: &Path) -> Result<File, RunError> {
    let file_path = path.join(LOCK);
    let write = |source| RunError::Write { path: file_path.clone(), source };
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(&file_path).map_err(write)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(RunError::Locked(path.to_owned())),
        // Some network file systems have no locks.
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
            log::warn!("{} cannot be locked here: let no other program train in it", path.display());
            Ok(file)
        }
        Err(TryLockError::Error(source)) => Err(write(source)),
    }
}
