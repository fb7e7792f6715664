//! Folders of pictures: a folder for each class, named as it, of PNG and JPEG files.
//!
//! Two layouts are known: `DIR/train/CLASS/…` with `DIR/test/CLASS/…` beside it (or `val`, or `validation`, where there
//! is no `test`), and `DIR/CLASS/…` without a part to test with. The classes are numbered by their names in the order
//! of the alphabet. Each picture is brought to one shape, as [`picture`] says.
//!
//! The pictures stand in an order that depends on the files' names alone: each class is shuffled by counted random
//! numbers, and the classes take turns as often as they have pictures. So the first pictures ([`Dataset::take`]) and
//! the last share ([`Dataset::split_last`]) have their part of every class, in every file system.
//!
//! Hidden files are passed over, and so are other files and deeper folders, which the log counts. Links are followed.
//! A picture that cannot be read is refused by name, never passed over.

mod listing;

use std::{
    fs,
    path::{Path, PathBuf},
};

use rayon::prelude::*;

use super::{DataError, Dataset, Images, Opened, Unit, Watch, picture, picture_cache::PictureCache};
use listing::Listing;

/// The shape of the pictures where nothing else is asked for: height, width, channels.
pub const DEFAULT_SHAPE: [usize; 3] = [32, 32, 3];

/// The folder of the pictures to train on, where there are two parts.
const TRAIN: &str = "train";
/// The folders of the pictures to test with, the first of which is taken.
const TEST: [&str; 3] = ["test", "val", "validation"];

/// The most pictures that cannot be read of which the log tells each.
const MOST_TOLD: usize = 20;

/// Loads the folder of pictures at `path`, each brought to `shape` (height, width and channels, 1 or 3 of them).
///
/// Decoding runs on all processors, and `watch` hears how far it is. The decoded pictures are kept below `cache`, for
/// which [`cache::folder`](super::cache::folder) names the user's own; without it they are decoded every time. What is
/// kept is used as long as names, lengths and times of change of all files and the shape are the same.
///
/// The dataset's name is the last component of `path`.
///
/// # Errors
///
/// When the folder cannot be read or has neither of the layouts, a class has no pictures, the two parts have different
/// classes, `shape` is none for pictures, the pictures do not fit in memory, or any of them cannot be read; the message
/// names the first of these and how many there are.
pub fn load(
    path: impl AsRef<Path>,
    shape: [usize; 3],
    cache: Option<&Path>,
    watch: &dyn Watch,
) -> Result<Opened, DataError> {
    let path = path.as_ref();
    picture::check_shape(shape)?;
    let absolute = fs::canonicalize(path).map_err(|source| DataError::Read { path: path.into(), source })?;
    let (train, test) = parts(path);
    // Both are listed before any is decoded, so that what is missing is said at once.
    let train = Listing::read(&train)?;
    let test = test.as_deref().map(Listing::read).transpose()?;
    if let Some(test) = &test {
        check_classes(&train, test)?;
    }
    let dataset = |listing: Listing| {
        let absolute = absolute.join(listing.folder().strip_prefix(path).unwrap_or(listing.folder()));
        let kept = cache.map(|cache| PictureCache::new(cache, &absolute, shape));
        let pixels = pixels(&listing, shape, kept, watch)?;
        let (labels, classes) = listing.into_labels();
        Dataset::from_memory(Images::new(shape, pixels)?, labels, classes)
    };
    Ok(Opened { name: name(path, &absolute), train: dataset(train)?, test: test.map(dataset).transpose()? })
}

/// The classes of the folder of pictures at `path`, in the order of their numbers; no picture is read.
///
/// # Errors
///
/// When the folder cannot be read or has neither of the layouts, or a class has no pictures.
pub fn class_names(path: impl AsRef<Path>) -> Result<Vec<String>, DataError> {
    let (train, _) = parts(path.as_ref());
    Ok(Listing::read(&train)?.into_labels().1)
}

/// The last component of the folder's path, without what leads to it.
fn name(path: &Path, absolute: &Path) -> String {
    let name = path.file_name().or(absolute.file_name());
    name.map_or("pictures".into(), |name| name.to_string_lossy().into_owned())
}

/// The folders of the classes to train on and to test with.
fn parts(path: &Path) -> (PathBuf, Option<PathBuf>) {
    let train = path.join(TRAIN);
    if !train.is_dir() {
        return (path.into(), None);
    }
    let mut tests = TEST.iter().map(|name| path.join(name)).filter(|folder| folder.is_dir());
    let test = tests.next();
    for other in tests {
        log::info!("data: {} is passed over, since {} is there", other.display(), TEST[0]);
    }
    (train, test)
}

/// Refuses parts that have different classes.
fn check_classes(train: &Listing, test: &Listing) -> Result<(), DataError> {
    for (with, without) in [(train, test), (test, train)] {
        if let Some(class) = with.classes().iter().find(|class| !without.classes().contains(class)) {
            return Err(DataError::PictureFolder {
                path: without.folder().into(),
                reason: format!("the class {class} is missing, although it is in {}", with.folder().display()),
                advice: "give both parts the same classes; if these are classes themselves, rename them".into(),
            });
        }
    }
    Ok(())
}

/// The pixels of all pictures, from what was kept of them or decoded.
fn pixels(
    listing: &Listing,
    shape: [usize; 3],
    kept: Option<PictureCache>,
    watch: &dyn Watch,
) -> Result<Vec<u8>, DataError> {
    let count = listing.len();
    let no_memory = || DataError::Memory { count, shape };
    // The product of a picture's extents was checked to be small.
    let picture_bytes = shape.iter().product::<usize>();
    let length = count.checked_mul(picture_bytes).ok_or_else(no_memory)?;
    let digest = listing.digest(shape);
    if let Some(pixels) = kept.as_ref().and_then(|kept| kept.load(&digest, length)) {
        log::debug!("{}: {count} pictures from the cache", listing.folder().display());
        return Ok(pixels);
    }

    let mut pixels = Vec::new();
    pixels.try_reserve_exact(length).map_err(|_| no_memory())?;
    pixels.resize(length, 0);
    let name = listing.folder().file_name().unwrap_or(listing.folder().as_os_str()).to_string_lossy();
    watch.begin(&format!("decoding {name}/"), Some(count as u64), Unit::Pictures);
    let decode = |(pixels, path): (&mut [u8], &PathBuf)| {
        let decoded = picture::load(path, shape);
        watch.advance(1);
        decoded.map(|decoded| pixels.copy_from_slice(&decoded)).err()
    };
    let failed: Vec<DataError> =
        pixels.par_chunks_exact_mut(picture_bytes).zip(listing.paths()).filter_map(decode).collect();
    watch.end();
    refuse(failed, listing.folder())?;
    if let Some(kept) = kept {
        kept.store(&digest, &pixels);
    }
    Ok(pixels)
}

/// Refuses pictures that could not be read: the first by name, with the number of the others.
fn refuse(failed: Vec<DataError>, folder: &Path) -> Result<(), DataError> {
    let mut failed = failed.into_iter().map(|error| match error {
        // In one message, for the operating system's words would be lost beside the number of the others.
        DataError::Read { path, source } => {
            DataError::Picture { file: path.display().to_string(), reason: source.to_string() }
        }
        error => error,
    });
    let Some(first) = failed.next() else { return Ok(()) };
    let others = failed.len();
    if others == 0 {
        return Err(first);
    }
    failed.take(MOST_TOLD).for_each(|error| log::warn!("{error}"));
    Err(DataError::Pictures { first: Box::new(first), others, path: folder.into() })
}
