//! Decoded pictures, kept in the cache folder so that a folder of pictures is decoded once.
//!
//! There is one file for each folder and wanted shape, so that a folder that changed replaces what was kept of it. The
//! file begins with [`MAGIC`], the digest of what it was made from, the length and the CRC-32 of what follows; then
//! come the pixels. Whatever is wrong with it, the pictures are decoded again.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use crate::files::WholeFile;

/// The first bytes of a file; the number counts the changes of the layout, and of how pictures are decoded.
const MAGIC: &[u8; 20] = b"ocellus pictures  1\n";

/// The SHA-256 of what pixels are made from.
pub(super) type Digest = [u8; 32];

const HEADER_BYTES: usize = MAGIC.len() + size_of::<Digest>() + 8 + 4;

/// The place of a folder's decoded pictures.
pub(super) struct PictureCache {
    path: PathBuf,
}

impl PictureCache {
    /// The place below `cache` of the pictures of `folder`, an absolute path, brought to `shape`.
    pub(super) fn new(cache: &Path, folder: &Path, shape: [usize; 3]) -> Self {
        let mut hash = Sha256::new();
        hash.update(folder.as_os_str().as_encoded_bytes());
        hash.update(format!("\0{shape:?}"));
        let name: String = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Self { path: cache.join("pictures").join(name) }
    }

    /// The `length` bytes of pixels that were made from `digest`, if they are there and whole.
    pub(super) fn load(&self, digest: &Digest, length: usize) -> Option<Vec<u8>> {
        let mut file = File::open(&self.path).ok()?;
        // Memory is taken by what is asked for, and only where the file is as long.
        if file.metadata().ok()?.len() != (HEADER_BYTES + length) as u64 {
            return None;
        }
        let mut header = [0; HEADER_BYTES];
        file.read_exact(&mut header).ok()?;
        let mut pixels = Vec::new();
        pixels.try_reserve_exact(length).ok()?;
        file.take(length as u64).read_to_end(&mut pixels).ok()?;
        (header == header_of(digest, &pixels)).then_some(pixels)
    }

    /// Keeps pixels. A cache that cannot be written costs time, nothing else.
    pub(super) fn store(&self, digest: &Digest, pixels: &[u8]) {
        let folder = self.path.parent().unwrap_or(&self.path);
        let header = header_of(digest, pixels);
        let store = || -> io::Result<()> {
            fs::create_dir_all(folder)?;
            let mut file = WholeFile::create(&self.path)?;
            file.write_all(&header)?;
            file.write_all(pixels)?;
            file.finish()
        };
        if let Err(error) = store() {
            log::warn!("the decoded pictures cannot be kept in {}: {error}", self.path.display());
        }
    }
}

fn header_of(digest: &Digest, pixels: &[u8]) -> [u8; HEADER_BYTES] {
    let length = (pixels.len() as u64).to_le_bytes();
    let checksum = crc32fast::hash(pixels).to_le_bytes();
    let mut header = [0; HEADER_BYTES];
    let parts = [&MAGIC[..], digest, &length, &checksum];
    for (place, byte) in header.iter_mut().zip(parts.into_iter().flatten()) {
        *place = *byte;
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_and_what_is_damaged_or_of_another_digest_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let cache = PictureCache::new(folder.path(), Path::new("/pictures"), [1, 1, 3]);
        let (digest, pixels) = ([7; 32], [1, 2, 3, 4, 5, 6]);
        assert_eq!(cache.load(&digest, 6), None);
        cache.store(&digest, &pixels);
        assert_eq!(cache.load(&digest, 6), Some(pixels.to_vec()));
        assert_eq!(cache.load(&[8; 32], 6), None);
        assert_eq!(cache.load(&digest, 3), None);
        let other = PictureCache::new(folder.path(), Path::new("/pictures"), [1, 3, 1]);
        assert_eq!(other.load(&digest, 6), None);

        let whole = fs::read(&cache.path).unwrap();
        for place in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[place] ^= 1;
            fs::write(&cache.path, damaged).unwrap();
            assert_eq!(cache.load(&digest, 6), None, "byte {place}");
            fs::write(&cache.path, &whole[..place]).unwrap();
            assert_eq!(cache.load(&digest, 6), None, "length {place}");
        }
        cache.store(&digest, &pixels);
        assert_eq!(cache.load(&digest, 6), Some(pixels.to_vec()));
    }

    #[test]
    fn a_cache_that_cannot_be_written_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        PictureCache::new(&file, Path::new("/pictures"), [1, 1, 1]).store(&[0; 32], &[1]);
    }
}
