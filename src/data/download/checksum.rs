//! Checksums, by which a file is known.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use md5::Md5;
use sha2::{Digest, Sha256};

/// The checksum of a file's contents.
///
/// It reads as `sha256 c4a3…`. MD5 is there for files that are published with no other; it finds what was damaged on
/// the way or exchanged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Checksum {
    /// SHA-256.
    Sha256([u8; 32]),
    /// MD5.
    Md5([u8; 16]),
}

impl Checksum {
    /// The SHA-256 checksum of these 64 hexadecimal digits. In a constant, wrong ones end the compilation; elsewhere
    /// they panic.
    pub const fn sha256(digits: &str) -> Self {
        Self::Sha256(from_hexadecimal(digits))
    }

    /// The MD5 checksum of these 32 hexadecimal digits. In a constant, wrong ones end the compilation; elsewhere they
    /// panic.
    pub const fn md5(digits: &str) -> Self {
        Self::Md5(from_hexadecimal(digits))
    }

    /// The checksum of the same kind of the file at `path`; `hear` is told how many bytes were read since it was last.
    pub(super) fn of_file(&self, path: &Path, hear: impl FnMut(u64)) -> io::Result<Self> {
        let file = File::open(path)?;
        Ok(match self {
            Self::Sha256(_) => Self::Sha256(digest::<Sha256>(file, hear)?.into()),
            Self::Md5(_) => Self::Md5(digest::<Md5>(file, hear)?.into()),
        })
    }
}

/// The digest of all that `reader` gives.
fn digest<D: Digest>(mut reader: impl Read, mut hear: impl FnMut(u64)) -> io::Result<sha2::digest::Output<D>> {
    let mut digest = D::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(digest.finalize()),
            Ok(read) => {
                digest.update(&buffer[..read]);
                hear(read as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

const fn from_hexadecimal<const N: usize>(digits: &str) -> [u8; N] {
    let digits = digits.as_bytes();
    assert!(digits.len() == 2 * N, "a checksum has two digits for each byte");
    let mut bytes = [0; N];
    let mut i = 0;
    while i < N {
        bytes[i] = value(digits[2 * i]) << 4 | value(digits[2 * i + 1]);
        i += 1;
    }
    bytes
}

const fn value(digit: u8) -> u8 {
    assert!(matches!(digit, b'0'..=b'9' | b'a'..=b'f'), "a checksum has the digits 0 to 9 and a to f");
    if digit.is_ascii_digit() { digit - b'0' } else { digit - b'a' + 10 }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, bytes) = match self {
            Self::Sha256(bytes) => ("sha256", bytes.as_slice()),
            Self::Md5(bytes) => ("md5", bytes.as_slice()),
        };
        write!(f, "{kind} ")?;
        bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
