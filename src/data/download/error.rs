//! What can go wrong between a file's address and its place on disk.

use std::fmt::{self, Display};
use std::{io, path::PathBuf};

use super::Checksum;

/// An error of a download; each message says what was wrong, where, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// No address gave the file.
    #[error(
        "cannot download {file}: {}; check the connection and try again, or get the file elsewhere and put it at {}, \
         where it is taken if its checksum is {checksum}{}", List(tried), path.display(), Likewise(others)
    )]
    Failed {
        /// The file's name.
        file: String,
        /// Where it belongs.
        path: PathBuf,
        /// The checksum it must have.
        checksum: Checksum,
        /// Every address that was tried, and why it did not give the file.
        tried: Vec<(String, AddressError)>,
        /// The names of the other files of the same dataset that are missing.
        others: Vec<String>,
    },
    /// A file that is there already is another than the one that is known.
    #[error(
        "{} is not the file that is known by this name: its checksum is {found} instead of {expected}; \
         delete it to have it downloaded from {address}", path.display()
    )]
    Different {
        /// The file.
        path: PathBuf,
        /// The checksum it must have.
        expected: Checksum,
        /// The checksum it has.
        found: Checksum,
        /// Where the right one can be had.
        address: String,
    },
    /// The operating system would not let a file be written.
    #[error("cannot write {}; check that the disk has room and that you may write there", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's own words.
        source: io::Error,
    },
    /// The operating system would not let a file be read.
    #[error("cannot read {}; check that it is a file and that you may read it", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The operating system's own words.
        source: io::Error,
    },
}

/// Why an address did not give the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// No server could be asked.
    #[error("no server can be reached{}: {reason}", Through(via))]
    Unreachable {
        /// The proxy that the environment names, if any.
        via: Option<String>,
        /// What the network said.
        reason: String,
    },
    /// The server answered with something other than the file.
    #[error("the server answers with status {0}")]
    Status(u16),
    /// The server sent the program from address to address.
    #[error("the server redirects more than {0} times")]
    Redirects(u32),
    /// The connection ended too early, every time.
    #[error("the connection was cut off after {arrived} of {bytes} bytes")]
    CutOff {
        /// The bytes that were there by then.
        arrived: u64,
        /// The file's length.
        bytes: u64,
    },
    /// The server fell silent, every time.
    #[error("the server fell silent after {arrived} of {bytes} bytes")]
    Stalled {
        /// The bytes that were there by then.
        arrived: u64,
        /// The file's length.
        bytes: u64,
    },
    /// The file there is longer or shorter.
    #[error("the file there has {found} bytes instead of {bytes}")]
    Length {
        /// The length that the server announced.
        found: u64,
        /// The length of the file that is known.
        bytes: u64,
    },
    /// The server did not stop at the end of the file.
    #[error("the server sends more than the {0} bytes of the file")]
    TooLong(u64),
    /// The server sent another part of the file than it was asked for.
    #[error("the server does not send the rest of the file: {0}")]
    Rest(String),
    /// The server's answer makes no sense.
    #[error("the server's answer cannot be understood: {0}")]
    Answer(String),
    /// The file there is another than the one that is known.
    #[error("the file there is another: its checksum is {found} instead of {expected}")]
    Different {
        /// The checksum it must have.
        expected: Checksum,
        /// The checksum it has.
        found: Checksum,
    },
}

impl AddressError {
    /// Whether the same address may give the file later.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::CutOff { .. } | Self::Stalled { .. } | Self::Rest(_) => true,
            Self::Status(status) => matches!(status, 408 | 425 | 429 | 500 | 502..=504),
            _ => false,
        }
    }
}

/// `ADDRESS: why; ADDRESS: why`
struct List<'a>(&'a [(String, AddressError)]);

impl Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (address, error)) in self.0.iter().enumerate() {
            let separator = if number == 0 { "" } else { "; " };
            write!(f, "{separator}{address}: {error}")?;
        }
        Ok(())
    }
}

struct Likewise<'a>(&'a [String]);

impl Display for Likewise<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, "; {} belong beside it", self.0.join(", ")) }
    }
}

struct Through<'a>(&'a Option<String>);

impl Display for Through<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|proxy| write!(f, " through the proxy {proxy}"))
    }
}

/// Why a transfer ended before the file was there.
pub(super) enum Trouble {
    /// The address is to blame; another may do.
    Address(AddressError),
    /// This machine is to blame; no other address helps.
    Here(DownloadError),
}

impl From<AddressError> for Trouble {
    fn from(error: AddressError) -> Self {
        Self::Address(error)
    }
}

impl From<DownloadError> for Trouble {
    fn from(error: DownloadError) -> Self {
        Self::Here(error)
    }
}
