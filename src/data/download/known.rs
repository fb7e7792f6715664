//! The files of the datasets that are known by name, in the cache.

use std::path::{Path, PathBuf};

use super::{Checksum, DownloadError, DownloadOptions, RemoteFile};
use crate::data::catalogue::{self, Distribution, KnownFile, KnownSet};
use crate::data::{DataError, Watch, cache};

/// Whether a dataset's files are there, by their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetState {
    /// It is part of the program.
    InProgram,
    /// All files are there.
    Downloaded,
    /// Some of the files are there.
    Incomplete,
    /// No file is there.
    Missing,
}

/// What a file is found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// The file that is known.
    Right,
    /// It is not there.
    Missing,
    /// Another file.
    Different {
        /// The checksum it must have.
        expected: Checksum,
        /// The checksum it has.
        found: Checksum,
    },
}

/// Downloads the dataset `name`, unless it is there, and returns the folder of its files, each of which has the checksum
/// that is pinned in [`catalogue`]. `watch` hears how far it is.
///
/// # Errors
///
/// When the name is not known or is that of a dataset inside the program, there is no cache directory, a file there is
/// another, or one cannot be downloaded; then the message names the addresses and the place where it can be put by hand.
pub fn fetch(name: &str, watch: &dyn Watch) -> Result<PathBuf, DataError> {
    let distribution = distribution(name)?;
    let folder = folder_of(&distribution)?;
    fetch_into(&folder, &distribution, &DownloadOptions::default(), watch)?;
    Ok(folder)
}

/// Downloads the files of `distribution` into `folder`, unless they are there.
///
/// # Errors
///
/// Those of [`RemoteFile::ensure`].
pub fn fetch_into(
    folder: &Path,
    distribution: &Distribution,
    options: &DownloadOptions,
    watch: &dyn Watch,
) -> Result<(), DataError> {
    for (number, file) in distribution.files.iter().enumerate() {
        remote_file(folder, distribution, file).ensure(options, watch).map_err(|mut error| {
            // Whoever gets one file by hand wants to know of the others.
            if let DownloadError::Failed { others, .. } = &mut error {
                let behind = distribution.files[number + 1..].iter().map(|file| file.name);
                others.extend(behind.filter(|name| !folder.join(name).exists()).map(str::to_owned));
            }
            error
        })?;
    }
    Ok(())
}

/// The folder of the dataset `name`, which need not be there.
///
/// # Errors
///
/// When the name is not known or is that of a dataset inside the program, or there is no cache directory.
pub fn path(name: &str) -> Result<PathBuf, DataError> {
    folder_of(&distribution(name)?)
}

/// Reads all files of the dataset `name` that are there and compares their checksums: each file's path and what it was
/// found to be. None for a dataset inside the program.
///
/// # Errors
///
/// When the name is not known, there is no cache directory, or a file cannot be read.
pub fn verify(name: &str, watch: &dyn Watch) -> Result<Vec<(PathBuf, FileState)>, DataError> {
    let Some(distribution) = catalogue::find(name)?.distribution else {
        return Ok(Vec::new());
    };
    let folder = folder_of(&distribution)?;
    let files = distribution.files.iter().map(|file| {
        let file = remote_file(&folder, &distribution, file);
        let state = file.verify(watch)?;
        Ok((file.path, state))
    });
    files.collect()
}

/// Whether the files of `set` are there. They are looked for by their names; [`verify`] reads them.
///
/// # Errors
///
/// When there is no cache directory.
pub fn state(set: &KnownSet) -> Result<SetState, DataError> {
    let Some(distribution) = &set.distribution else {
        return Ok(SetState::InProgram);
    };
    let folder = folder_of(distribution)?;
    let there = distribution.files.iter().filter(|file| folder.join(file.name).is_file()).count();
    Ok(match there {
        0 => SetState::Missing,
        all if all == distribution.files.len() => SetState::Downloaded,
        _ => SetState::Incomplete,
    })
}

fn distribution(name: &str) -> Result<Distribution, DataError> {
    catalogue::find(name)?.distribution.ok_or_else(|| DataError::NoFiles { name: name.to_owned() })
}

fn folder_of(distribution: &Distribution) -> Result<PathBuf, DataError> {
    Ok(cache::folder()?.join("datasets").join(distribution.folder))
}

fn remote_file(folder: &Path, distribution: &Distribution, file: &KnownFile) -> RemoteFile {
    RemoteFile {
        addresses: distribution.mirrors.iter().map(|mirror| format!("{mirror}{}", file.name)).collect(),
        path: folder.join(file.name),
        bytes: file.bytes,
        checksum: file.checksum,
    }
}
