//! Downloads: files that are known by their checksums, fetched whole or not at all.
//!
//! A file arrives in `NAME.part` beside its place, is checked there, and gets its name when it is right. What a
//! cut-off, a stall or Ctrl-C leaves in the part is gone on with the next time, as long as the server says that the file
//! is still the same. A file that someone put in its place by hand is checked before its first use. [`fetch`] does it
//! for the datasets that are known by name.

mod checksum;
mod error;
mod known;
mod part;
mod stamp;
mod transfer;

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use ureq::Agent;

pub use checksum::Checksum;
pub use error::{AddressError, DownloadError};
pub use known::{FileState, SetState, fetch, fetch_into, path, state, verify};

use super::{Unit, Watch};
use crate::files::lock;
use error::Trouble;
use part::{Part, write_error};
use transfer::Transfer;

/// A file that can be downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteFile {
    /// Where it can be had; tried in this order.
    pub addresses: Vec<String>,
    /// Where it belongs on disk.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// The checksum of its contents.
    pub checksum: Checksum,
}

/// How servers are asked, and how long they are waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownloadOptions {
    /// How long connecting may take; 15 s.
    pub connect: Duration,
    /// How long a server may be silent; 30 s.
    pub stall: Duration,
    /// How often in a row an address is tried without getting ahead; 5 times.
    pub tries: u32,
    /// The pause before the second try, doubled before every further one up to a minute; 1 s.
    pub pause: Duration,
    /// How many redirects are followed; 8.
    pub redirects: u32,
    /// Whether to use the proxy that `ALL_PROXY`, `HTTPS_PROXY` or `HTTP_PROXY` names, except for the hosts of
    /// `NO_PROXY`; yes.
    pub proxy: bool,
}

impl Default for DownloadOptions {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(15), stall: seconds(30), tries: 5, pause: seconds(1), redirects: 8, proxy: true }
    }
}

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Getting ahead is to come further than ever before by this part of the file. Less does not count, so that the number
/// of tries is bounded.
const STEP: u64 = 100;

impl RemoteFile {
    /// Makes sure that the file is there and right: takes it as it stands on disk, or downloads it. `watch` hears how
    /// far it is.
    ///
    /// A file that was found right is not read again until its length or time of change differ. Processes that want
    /// files of the same folder wait for each other; it holds the file `.lock` for it.
    ///
    /// # Errors
    ///
    /// When a file stands there that is another, no address gives the file, or the folder cannot be written. A part
    /// that can be gone on with is left beside the file's place, otherwise nothing is.
    pub fn ensure(&self, options: &DownloadOptions, watch: &dyn Watch) -> Result<(), DownloadError> {
        if self.is_there(watch)? {
            return Ok(());
        }
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|source| write_error(folder, source))?;
        let _lock = locked(&folder.join(".lock"), watch)?;
        // Whoever held the lock may have brought it.
        if self.is_there(watch)? { Ok(()) } else { self.download(options, watch) }
    }

    /// Reads the whole file, whatever is remembered of it.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn verify(&self, watch: &dyn Watch) -> Result<FileState, DownloadError> {
        let Some(metadata) = self.metadata()? else {
            return Ok(FileState::Missing);
        };
        let found = self.checksum_of(&self.path, metadata.len(), watch)?;
        if found == self.checksum {
            stamp::remember(&self.path, &metadata, &self.checksum);
            Ok(FileState::Right)
        } else {
            stamp::forget(&self.path);
            Ok(FileState::Different { expected: self.checksum, found })
        }
    }

    /// Whether the file is there; an error when it is another.
    fn is_there(&self, watch: &dyn Watch) -> Result<bool, DownloadError> {
        if let Some(metadata) = self.metadata()?
            && stamp::is_valid(&self.path, &metadata, &self.checksum)
        {
            return Ok(true);
        }
        match self.verify(watch)? {
            FileState::Right => Ok(true),
            FileState::Missing => Ok(false),
            FileState::Different { expected, found } => {
                let address = self.addresses.join(" or ");
                Err(DownloadError::Different { path: self.path.clone(), expected, found, address })
            }
        }
    }

    fn metadata(&self) -> Result<Option<fs::Metadata>, DownloadError> {
        match fs::metadata(&self.path) {
            Ok(metadata) => Ok(Some(metadata)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(DownloadError::Read { path: self.path.clone(), source }),
        }
    }

    /// The checksum of the `bytes` bytes at `path`, of the kind of this file's.
    fn checksum_of(&self, path: &Path, bytes: u64, watch: &dyn Watch) -> Result<Checksum, DownloadError> {
        let work = Work::begin(watch, &format!("checking {}", self.name()), Some(bytes), Unit::Bytes);
        let found = self.checksum.of_file(path, |read| work.advance(read));
        found.map_err(|source| DownloadError::Read { path: path.into(), source })
    }

    fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Downloads the file from the first address that gives it.
    fn download(&self, options: &DownloadOptions, watch: &dyn Watch) -> Result<(), DownloadError> {
        let agent = transfer::agent(options);
        let mut part = Part::open(&self.path, self.bytes)?;
        let mut tried = Vec::new();
        for address in &self.addresses {
            match self.download_from(address, &agent, &mut part, options, watch) {
                Ok(()) => {
                    part.finish(&self.path)?;
                    if let Some(metadata) = self.metadata()? {
                        stamp::remember(&self.path, &metadata, &self.checksum);
                    }
                    return Ok(());
                }
                Err(Trouble::Address(error)) => tried.push((address.clone(), error)),
                Err(Trouble::Here(error)) => {
                    // The first error says more than one of tidying up after it.
                    let _ = part.leave();
                    return Err(error);
                }
            }
        }
        part.leave()?;
        let (file, path, checksum) = (self.name(), self.path.clone(), self.checksum);
        Err(DownloadError::Failed { file, path, checksum, tried, others: Vec::new() })
    }

    /// Fills `part` from one address, in as many tries as get ahead, until the file is there and right.
    fn download_from(
        &self,
        address: &str,
        agent: &Agent,
        part: &mut Part,
        options: &DownloadOptions,
        watch: &dyn Watch,
    ) -> Result<(), Trouble> {
        let transfer = Transfer { agent, address, name: &self.name(), bytes: self.bytes, watch };
        let (mut tries, mut pause) = (options.tries, options.pause);
        // What another address has sent does not count here.
        let start = part.validator_at(address).map_or(0, |_| part.bytes());
        let mut furthest = start;
        let mut begun_again = false;
        log::info!("downloading {address} ({:.1} MB) to {}", self.bytes as f64 / 1e6, self.path.display());
        loop {
            // The part may be complete already, only not yet checked.
            let transferred = if part.bytes() == self.bytes { Ok(()) } else { transfer.run(part) };
            let error = match transferred.and_then(|()| self.check(part, watch)) {
                Ok(()) => return Ok(()),
                Err(Trouble::Address(error)) => error,
                Err(here) => return Err(here),
            };
            if let AddressError::Different { .. } = error {
                let resumed = part.is_resumed();
                part.restart(None)?;
                // What was put together of several answers may not belong together.
                if resumed && !begun_again {
                    (begun_again, furthest) = (true, start);
                    log::warn!("{address}: {error}; it came in pieces, so it is downloaded again from its start");
                    continue;
                }
            }
            // A server that has sent something may be away for a moment only.
            let away = matches!(error, AddressError::Unreachable { .. }) && furthest > start;
            if part.bytes() > furthest && part.bytes() - furthest >= self.bytes / STEP {
                (tries, pause, furthest) = (options.tries, options.pause, part.bytes());
            }
            tries = tries.saturating_sub(1);
            if tries == 0 || !(error.is_passing() || away) {
                return Err(error.into());
            }
            log::warn!("{address}: {error}; trying again in {pause:?}");
            thread::sleep(pause);
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }

    /// An error unless the part is the file that is known.
    fn check(&self, part: &Part, watch: &dyn Watch) -> Result<(), Trouble> {
        let (expected, found) = (self.checksum, self.checksum_of(part.path(), part.bytes(), watch)?);
        if found != expected {
            return Err(AddressError::Different { expected, found }.into());
        }
        Ok(())
    }
}

/// Locks the file at `path`, made where it is not there, until the result is dropped.
fn locked(path: &Path, watch: &dyn Watch) -> Result<File, DownloadError> {
    let wait = || {
        let _work = Work::begin(watch, "waiting for another download of the same files", None, Unit::Bytes);
        lock::lock(path)
    };
    lock::try_lock(path).and_then(|file| file.map_or_else(wait, Ok)).map_err(|source| write_error(path, source))
}

/// A piece of work that a watch hears of, from its begin to its end.
struct Work<'a>(&'a dyn Watch);

impl<'a> Work<'a> {
    fn begin(watch: &'a dyn Watch, what: &str, total: Option<u64>, unit: Unit) -> Self {
        watch.begin(what, total, unit);
        Self(watch)
    }

    fn advance(&self, amount: u64) {
        self.0.advance(amount);
    }
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}
