//! Locks that keep programs from getting in each other's way.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;

/// Locks the file at `path`, made where it is not there, until the result is dropped or the program ends in whatever way;
/// `None` where it is locked already. What the file holds is of no account.
///
/// Where the file system has no locks, as some over the network have not, this says so and goes on without.
pub fn try_lock(path: &Path) -> io::Result<Option<File>> {
    let file = open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => without(path, file, error).map(Some),
    }
}

/// The same, but waits until the file is free.
pub fn lock(path: &Path) -> io::Result<File> {
    let file = open(path)?;
    match file.lock() {
        Ok(()) => Ok(file),
        Err(error) => without(path, file, error),
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).open(path)
}

/// The file as it is, where there are no locks.
fn without(path: &Path, file: File, error: io::Error) -> io::Result<File> {
    if error.kind() != ErrorKind::Unsupported {
        return Err(error);
    }
    log::warn!("{} cannot be locked here: let no other program write beside it", path.display());
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_keeps_others_out_until_it_is_dropped_and_leaves_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".lock");
        let first = lock(&path).unwrap();
        assert!(try_lock(&path).unwrap().is_none());
        std::thread::scope(|scope| {
            let second = scope.spawn(|| lock(&path).unwrap());
            drop(first);
            second.join().unwrap();
        });
        assert!(try_lock(&path).unwrap().is_some());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
