//! Downloads from a server that cuts off, stalls, redirects, lies and changes its mind; and what is on disk afterwards.

mod disk;
mod known;
mod lies;
mod mirrors;
mod ranges;
mod resumed;
mod server;
mod whole;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ocellus::data::download::{AddressError, Checksum, DownloadError, DownloadOptions, FileState, RemoteFile};
use ocellus::data::{Unit, Watch};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use server::{Answer, Request, Server, nowhere};

const NAME: &str = "pictures.bin";
const BYTES: usize = 200_000;
const TAG: &str = "\"first\"";

/// A file's contents, different for each `seed` and nowhere repeating within reach of a wrong offset.
fn contents(seed: u32) -> Vec<u8> {
    (0..BYTES as u32).map(|i| ((i ^ seed).wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn checksum(contents: &[u8]) -> Checksum {
    Checksum::Sha256(Sha256::digest(contents).into())
}

/// Waits and pauses short enough for tests.
fn options() -> DownloadOptions {
    DownloadOptions {
        connect: Duration::from_secs(5),
        stall: Duration::from_secs(5),
        tries: 3,
        pause: Duration::from_millis(1),
        redirects: 4,
        proxy: false,
    }
}

/// The same, for servers that fall silent.
fn impatient() -> DownloadOptions {
    DownloadOptions { stall: Duration::from_millis(150), ..options() }
}

/// A place for the file, and what is there.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("sets").join(NAME)
    }

    fn file(&self, contents: &[u8], addresses: &[String]) -> RemoteFile {
        let (path, bytes, checksum) = (self.path(), contents.len() as u64, checksum(contents));
        RemoteFile { addresses: addresses.to_vec(), path, bytes, checksum }
    }

    /// The names beside the file's place that stand for its contents.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path().join("sets")).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| name != ".lock");
        names.sort();
        names
    }

    /// Expects the file to be there with these contents, and nothing else but the note that it is right.
    fn holds(&self, contents: &[u8]) {
        assert!(fs::read(self.path()).unwrap() == contents, "other contents than those of the file");
        assert_eq!(self.names(), [format!(".{NAME}.verified"), NAME.to_owned()]);
    }

    /// Puts the part there that an earlier program could have left.
    fn put_part(&self, part: &[u8], origin: &str) {
        let path = |suffix| self.path().with_file_name(format!("{NAME}{suffix}"));
        put(&path(".part"), part);
        put(&path(".part.json"), origin.as_bytes());
    }

    fn holds_nothing(&self) {
        assert_eq!(self.names(), [""; 0]);
    }

    /// Expects the beginning of `contents` and where it is from, and nothing else.
    fn holds_part(&self, contents: &[u8]) {
        assert_eq!(self.names(), [format!("{NAME}.part"), format!("{NAME}.part.json")]);
        let part = fs::read(self.path().with_file_name(format!("{NAME}.part"))).unwrap();
        assert!(part == contents, "{} bytes, expected {}", part.len(), contents.len());
    }
}

/// Downloads from a server with these answers; the result, what it was asked, and the place.
fn download(
    contents: &[u8],
    options: &DownloadOptions,
    answer: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static,
) -> (Result<(), DownloadError>, Server, Place) {
    let (server, place) = (Server::start(answer), Place::new());
    let result = place.file(contents, &[server.address("/file")]).ensure(options, &());
    (result, server, place)
}

/// Why the only address did not give the file.
fn reason(result: Result<(), DownloadError>) -> AddressError {
    match result {
        Err(DownloadError::Failed { mut tried, .. }) if tried.len() == 1 => tried.remove(0).1,
        other => panic!("{other:?}"),
    }
}

#[derive(Default)]
struct Told {
    begun: Mutex<Vec<(String, Option<u64>, Unit)>>,
    advanced: AtomicU64,
    ended: AtomicU64,
}

impl Watch for Told {
    fn begin(&self, what: &str, total: Option<u64>, unit: Unit) {
        self.begun.lock().unwrap().push((what.to_owned(), total, unit));
    }

    fn advance(&self, amount: u64) {
        self.advanced.fetch_add(amount, Ordering::SeqCst);
    }

    fn end(&self) {
        self.ended.fetch_add(1, Ordering::SeqCst);
    }
}

/// Puts a file in its place as a person does.
fn put(path: &Path, contents: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, contents).unwrap();
}
