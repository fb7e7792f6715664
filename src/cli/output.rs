//! Where results go: a file, written whole, or the standard output, which is called `-`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::CliError;
use crate::files::WholeFile;

/// A file in the making, or the standard output.
pub(super) enum Output {
    Standard(io::Stdout),
    File(PathBuf, WholeFile),
}

/// Whether results for `path` go to the standard output.
pub(super) fn is_standard(path: &Path) -> bool {
    path == Path::new("-")
}

impl Output {
    /// Begins to write to `path`.
    pub(super) fn create(path: &Path) -> Result<Self, CliError> {
        if is_standard(path) {
            return Ok(Self::Standard(io::stdout()));
        }
        let file = WholeFile::create(path).map_err(|source| CliError::Write { path: path.to_owned(), source })?;
        Ok(Self::File(path.to_owned(), file))
    }

    /// Does `action` with what is written to, and names it where that fails.
    pub(super) fn write(&mut self, action: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliError> {
        match self {
            Self::Standard(out) => Ok(action(out)?),
            Self::File(path, file) => action(file).map_err(|source| CliError::Write { path: path.clone(), source }),
        }
    }

    /// Ends it; a file is there from now on, and is told of on the standard error.
    pub(super) fn finish(self) -> Result<(), CliError> {
        match self {
            Self::Standard(mut out) => Ok(out.flush()?),
            Self::File(path, file) => {
                file.finish().map_err(|source| CliError::Write { path: path.clone(), source })?;
                log::info!("written to {}", path.display());
                Ok(())
            }
        }
    }
}

/// Ends `output` with a table: a header and rows, quoted where CSV asks for it.
pub(super) fn write_csv<R: IntoIterator<Item = Vec<String>>>(
    mut output: Output,
    header: &[String],
    rows: R,
) -> Result<(), CliError> {
    output.write(|out| {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(header)?;
        for row in rows {
            csv.write_record(row)?;
        }
        csv.flush()
    })?;
    output.finish()
}
