//! What has arrived of a file so far.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::DownloadError;
use crate::files::write_whole;

/// The first bytes of a file in `NAME.part`, and in `NAME.part.json` where they are from.
///
/// It outlives the program, so that a later one can go on. The caller holds the folder's lock.
pub(super) struct Part {
    path: PathBuf,
    origin_path: PathBuf,
    file: File,
    bytes: u64,
    origin: Option<Origin>,
    resumed: bool,
}

/// Which file on the network a part is the beginning of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Origin {
    /// The address that was asked for.
    pub(super) address: String,
    /// What the server calls this state of the file: its strong `ETag`, else its `Last-Modified`.
    pub(super) validator: String,
}

impl Part {
    /// Opens the part of `target`; an empty one where there is none that could be gone on with. The file has at most
    /// `most` bytes.
    pub(super) fn open(target: &Path, most: u64) -> Result<Self, DownloadError> {
        let (path, origin_path) = (beside(target, ".part"), beside(target, ".part.json"));
        let opened = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let mut file = opened.map_err(|source| write_error(&path, source))?;
        let bytes = file.seek(SeekFrom::End(0)).map_err(|source| write_error(&path, source))?;
        // Whatever is wrong with what stands there, starting over mends it.
        let origin = fs::read(&origin_path).ok().and_then(|text| serde_json::from_slice(&text).ok());
        let usable = origin.is_some() && bytes <= most;
        let mut part = Self { path, origin_path, file, bytes, origin, resumed: bytes > 0 };
        if !usable {
            part.restart(None)?;
        }
        Ok(part)
    }

    /// The bytes that are there.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Where the bytes are.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the bytes come from more than one answer of the server.
    pub(super) fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// What these bytes' server calls this state of the file, where `address` can be asked to go on from here.
    pub(super) fn validator_at(&self, address: &str) -> Option<&str> {
        let origin = self.origin.as_ref().filter(|origin| self.bytes > 0 && origin.address == address)?;
        Some(&origin.validator)
    }

    /// Throws the bytes away; those that follow are the beginning of `origin`, where that is known.
    pub(super) fn restart(&mut self, origin: Option<Origin>) -> Result<(), DownloadError> {
        // In this order, so that no origin ever stands beside the bytes of another one.
        self.forget_origin()?;
        let emptied = self.file.set_len(0).and_then(|()| self.file.rewind());
        emptied.map_err(|source| write_error(&self.path, source))?;
        (self.bytes, self.resumed) = (0, false);
        if let Some(origin) = &origin {
            let text = serde_json::to_vec(origin).map_err(|error| write_error(&self.origin_path, error.into()))?;
            write_whole(&self.origin_path, &text).map_err(|source| write_error(&self.origin_path, source))?;
        }
        self.origin = origin;
        Ok(())
    }

    /// Notes that what is appended from now on comes from another answer of the server.
    pub(super) fn resume(&mut self) {
        self.resumed = true;
    }

    /// Puts bytes behind those that are there.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), DownloadError> {
        if let Err(source) = self.file.write_all(bytes) {
            // How much was written is unknown: the disk is asked for it.
            self.bytes = self.file.stream_position().unwrap_or(0);
            return Err(write_error(&self.path, source));
        }
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Makes the part, complete and right, the file `target`.
    pub(super) fn finish(self, target: &Path) -> Result<(), DownloadError> {
        self.file.sync_all().map_err(|source| write_error(&self.path, source))?;
        let Self { path, origin_path, file, .. } = self;
        // Some systems do not rename what is open.
        drop(file);
        fs::rename(&path, target).map_err(|source| write_error(target, source))?;
        remove(&origin_path)
    }

    /// Leaves the part for another time where there is something to go on with, else leaves nothing.
    pub(super) fn leave(self) -> Result<(), DownloadError> {
        if self.bytes > 0 && self.origin.is_some() {
            return Ok(());
        }
        self.forget_origin()?;
        let Self { path, file, .. } = self;
        drop(file);
        remove(&path)
    }

    fn forget_origin(&self) -> Result<(), DownloadError> {
        remove(&self.origin_path)
    }
}

/// `path` with `suffix` behind its name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn remove(path: &Path) -> Result<(), DownloadError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(write_error(path, error)),
        _ => Ok(()),
    }
}

pub(super) fn write_error(path: &Path, source: std::io::Error) -> DownloadError {
    DownloadError::Write { path: path.into(), source }
}
