//! The folder of what can be had again: downloaded datasets and decoded pictures.

use std::path::PathBuf;

use super::DataError;

/// The variable that names the folder.
pub const VARIABLE: &str = "OCELLUS_CACHE";

/// Our folder in the user's cache directory (`~/.cache/ocellus`, `~/Library/Caches/ocellus`,
/// `%LOCALAPPDATA%\ocellus`), or what `OCELLUS_CACHE` names. It need not be there yet.
///
/// # Errors
///
/// Where the system names no cache directory and the variable is not set.
pub fn folder() -> Result<PathBuf, DataError> {
    match std::env::var_os(VARIABLE) {
        Some(path) if !path.is_empty() => Ok(path.into()),
        _ => dirs::cache_dir().map(|folder| folder.join("ocellus")).ok_or(DataError::NoCache),
    }
}
