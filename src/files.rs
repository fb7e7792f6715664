//! Files that are written whole or not at all.

pub mod checksum;
pub mod lock;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

/// What the names of temporary files begin with.
const UNFINISHED: &str = ".ocellus-";

/// Removes the files that a killed program left unfinished in `folder`, in which no other program may be writing.
pub fn remove_unfinished(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Writes `contents` to `path`: into a temporary file beside it, flushed to the disk and then renamed, so that a full
/// disk or a crash never leaves half a file under that name.
pub fn write_whole(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut file = WholeFile::create(path)?;
    file.write_all(contents)?;
    file.finish()
}

/// A file in the making, piece by piece: it has its name only once [`WholeFile::finish`] is called, and leaves nothing
/// where it is not.
#[derive(Debug)]
pub struct WholeFile {
    path: PathBuf,
    file: BufWriter<NamedTempFile<File>>,
    // Dropped after the file, so that what is there is in the account.
    _entry: Entry,
}

impl WholeFile {
    /// Begins the file that will be called `path`.
    pub fn create(path: &Path) -> io::Result<Self> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut making = in_the_making();
        // A temporary file of the crate's is private; what a user asked to have written is not.
        let file = tempfile::Builder::new().prefix(UNFINISHED).make_in(folder, |path| File::create_new(path))?;
        making.insert(file.path().to_owned());
        let entry = Entry(file.path().to_owned());
        Ok(Self { path: path.to_owned(), file: BufWriter::new(file), _entry: entry })
    }

    /// Flushes it to the disk and gives it its name, in place of a file that has it already.
    pub fn finish(self) -> io::Result<()> {
        let file = self.file.into_inner().map_err(|error| error.into_error())?;
        file.as_file().sync_all()?;
        file.persist(self.path).map_err(|error| error.error)?;
        Ok(())
    }
}

/// The temporary files of all files in the making.
static IN_THE_MAKING: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn in_the_making() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    // Each change is a single one, so that a panic beside it leaves nothing half done.
    IN_THE_MAKING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A temporary file in the account of those in the making.
#[derive(Debug)]
struct Entry(PathBuf);

impl Drop for Entry {
    fn drop(&mut self) {
        in_the_making().remove(&self.0);
    }
}

/// Ends the program at once with the exit status `code`. Files in the making are taken away, and none is begun meanwhile.
pub fn exit_without_unfinished(code: i32) -> ! {
    let making = in_the_making();
    for path in making.iter() {
        // One that was finished just now is not there any more, and nobody is left to hear of another that stays.
        let _ = std::fs::remove_file(path);
    }
    // The account stays locked to the end. What the driver would take down at an orderly exit its own threads still use,
    // which ends in a crash now and then.
    signal_hook::low_level::exit(code)
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights");
        write_whole(&path, b"old").unwrap();
        write_whole(&path, b"new and longer").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new and longer");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_a_killed_program_left_unfinished_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights");
        write_whole(&path, b"whole").unwrap();
        let mut file = WholeFile::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        // As a kill does: nothing is cleaned up.
        std::mem::forget(file);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
        remove_unfinished(folder.path()).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(std::fs::read(&path).unwrap(), b"whole");
    }

    #[test]
    fn a_file_that_is_given_up_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = WholeFile::create(&folder.path().join("weights")).unwrap();
        file.write_all(b"half").unwrap();
        file.flush().unwrap();
        drop(file);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_is_not_there_is_told_without_the_temporary_files_name() {
        let folder = tempfile::tempdir().unwrap();
        let error = WholeFile::create(&folder.path().join("absent/weights")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(!error.to_string().contains(".ocellus-"), "{error}");
    }

    #[test]
    fn the_account_of_files_in_the_making_has_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let listed = || in_the_making().iter().filter(|path| path.starts_with(folder.path())).count();
        let [first, second] = ["a", "b"].map(|name| WholeFile::create(&folder.path().join(name)).unwrap());
        assert_eq!(listed(), 2);
        first.finish().unwrap();
        assert_eq!(listed(), 1);
        drop(second);
        assert_eq!(listed(), 0);
    }
}
