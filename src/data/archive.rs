//! Walking through a `.tar.gz` without unpacking it to disk.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use super::{DataError, error::Stopped, gzip};

/// Hands every regular file of the archive at `path` to `visit`: its name in the archive and its bytes.
///
/// Links, folders and other members are passed over, and nothing is ever written. An error of `visit` ends the walk
/// and is told with the names of archive and member. `advice` says what to do about a bad archive.
///
/// Names longer than a tar header holds are handed over cut off: the extensions for them are of any size, and reading
/// them would let an archive decide how much memory is used.
pub(super) fn visit_files(
    path: &Path,
    advice: &str,
    mut visit: impl FnMut(&Path, &mut dyn Read) -> Result<(), Stopped>,
) -> Result<(), DataError> {
    let read_error = |source| DataError::Read { path: path.into(), source };
    let malformed = |member: Option<&Path>, offset, reason| {
        let archive = path.display();
        let file = member.map_or(archive.to_string(), |member| format!("{archive}: {}", member.display()));
        DataError::Malformed { file, offset, reason, advice: advice.into() }
    };

    let mut file = BufReader::new(File::open(path).map_err(read_error)?);
    if !gzip::is_gzip(file.fill_buf().map_err(read_error)?) {
        return Err(malformed(None, 0, "this is no .tar.gz archive: it does not begin as gzip data does".into()));
    }
    let (unpacked, taken) = gzip::unpack(file);
    // The disk's errors carry a number of the operating system; all others come from the archive's own bytes.
    let unpacking_error = |error: io::Error| match error.raw_os_error() {
        Some(_) => read_error(error),
        None => malformed(None, taken.get(), gzip::reason(&error)),
    };

    let mut archive = tar::Archive::new(unpacked);
    for entry in archive.entries().map_err(unpacking_error)?.raw(true) {
        let entry = entry.map_err(unpacking_error)?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = entry.path().map_err(unpacking_error)?.into_owned();
        let mut member = Member { left: entry.size(), bytes: entry };
        visit(&name, &mut member).map_err(|stopped| match stopped {
            Stopped::Malformed { offset, reason } => malformed(Some(&name), offset, reason),
            Stopped::Read(error) => unpacking_error(error),
        })?;
    }
    // What follows the last member is padding, and then the checksum of all.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(unpacking_error)?;
    Ok(())
}

/// A member's bytes; an error where the archive ends before the member does.
struct Member<R> {
    bytes: R,
    /// The bytes that the member's header still promises.
    left: u64,
}

impl<R: Read> Read for Member<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(into)?;
        self.left = self.left.saturating_sub(read as u64);
        if read == 0 && self.left > 0 && !into.is_empty() {
            let reason = format!("the archive ends {} bytes before the end of a member", self.left);
            return Err(io::Error::other(reason));
        }
        Ok(read)
    }
}
