//! Remembering which files were verified, so that large ones are not read through every time.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::Checksum;
use crate::files::write_whole;

/// What a file was like when its checksum was right; in `.NAME.verified` beside it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    checksum: String,
    bytes: u64,
    modified: SystemTime,
}

impl Stamp {
    fn new(metadata: &Metadata, checksum: &Checksum) -> Option<Self> {
        let modified = metadata.modified().ok()?;
        Some(Self { checksum: checksum.to_string(), bytes: metadata.len(), modified })
    }
}

/// Whether the file at `path`, of this `metadata`, was found to have this checksum and was not changed since.
pub(super) fn is_valid(path: &Path, metadata: &Metadata, checksum: &Checksum) -> bool {
    let stamp = stamp_path(path).and_then(|path| fs::read(path).ok());
    let stamp: Option<Stamp> = stamp.and_then(|text| serde_json::from_slice(&text).ok());
    stamp.is_some() && stamp == Stamp::new(metadata, checksum)
}

/// Remembers that the file at `path`, of this `metadata`, has this checksum. Where that cannot be written, the file is
/// verified again the next time.
pub(super) fn remember(path: &Path, metadata: &Metadata, checksum: &Checksum) {
    let written = stamp_path(path).zip(Stamp::new(metadata, checksum)).map(|(stamp_path, stamp)| {
        let text = serde_json::to_vec(&stamp).map_err(std::io::Error::from)?;
        write_whole(&stamp_path, &text)
    });
    if let Some(Err(error)) = written {
        log::debug!("{} is verified, but that cannot be noted beside it: {error}", path.display());
    }
}

/// Forgets that the file at `path` was verified.
pub(super) fn forget(path: &Path) {
    if let Some(stamp) = stamp_path(path) {
        // Where there is none, there is nothing to forget.
        let _ = fs::remove_file(stamp);
    }
}

fn stamp_path(path: &Path) -> Option<PathBuf> {
    Some(path.with_file_name(format!(".{}.verified", path.file_name()?.to_str()?)))
}
