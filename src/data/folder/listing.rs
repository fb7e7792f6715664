//! What is in a folder of classes, in an order that no file system has a say in.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::data::{DataError, order::spread_order, picture::ENDINGS, picture_cache::Digest};

/// What a folder of pictures should look like.
const LAYOUTS: &str = "expected are PNG and JPEG files (.png, .jpg, .jpeg) in a folder for each class: \
     train/CLASS/ and test/CLASS/, or CLASS/ alone";

/// The classes and pictures of a folder.
pub(super) struct Listing {
    folder: PathBuf,
    classes: Vec<String>,
    paths: Vec<PathBuf>,
    facts: Vec<Facts>,
}

/// What is known of a picture without reading it.
#[derive(Clone, Copy)]
struct Facts {
    label: u32,
    length: u64,
    /// Nanoseconds since 1970; `None` where the file system does not know.
    modified: Option<i128>,
}

impl Listing {
    /// Lists `folder`, whose folders are the classes.
    pub(super) fn read(folder: &Path) -> Result<Self, DataError> {
        let mut found = Found::default();
        let mut classes = Vec::new();
        let mut pictures = Vec::new();
        for path in entries(folder)? {
            if !path.is_dir() {
                found.count(&path);
                continue;
            }
            let Some(class) = path.file_name().and_then(|name| name.to_str()) else {
                return Err(refuse(&path, "the folder's name is not UTF-8 text, so it can name no class"));
            };
            let (files, others): (Vec<_>, Vec<_>) = entries(&path)?.into_iter().partition(|path| is_picture(path));
            found.others += others.len();
            if files.is_empty() {
                return Err(refuse(&path, "there are no pictures in the folder of this class"));
            }
            classes.push(class.to_owned());
            pictures.push(files);
        }
        if classes.is_empty() {
            let reason = if found.pictures > 0 { "the pictures are in no classes" } else { "there are no pictures" };
            return Err(refuse(folder, reason));
        }
        found.tell(folder);

        let counts: Vec<usize> = pictures.iter().map(Vec::len).collect();
        let order = spread_order(&counts);
        let mut take = |(class, picture): (u32, u32)| std::mem::take(&mut pictures[class as usize][picture as usize]);
        let paths: Vec<PathBuf> = order.iter().map(|&place| take(place)).collect();
        let facts = paths.par_iter().zip(&order).map(|(path, &(label, _))| Facts::of(path, label));
        let facts = facts.collect::<Result<_, _>>()?;
        Ok(Self { folder: folder.into(), classes, paths, facts })
    }

    /// The folder that was listed.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The number of pictures, at least 1.
    pub(super) fn len(&self) -> usize {
        self.paths.len()
    }

    /// The pictures' paths.
    pub(super) fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// The names of the classes, sorted.
    pub(super) fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The pictures' labels, and the names of the classes.
    pub(super) fn into_labels(self) -> (Vec<u32>, Vec<String>) {
        (self.facts.iter().map(|facts| facts.label).collect(), self.classes)
    }

    /// A digest of the pictures' names, lengths and times of change and the shape they are to be brought to.
    pub(super) fn digest(&self, shape: [usize; 3]) -> Digest {
        let mut hash = Sha256::new();
        hash.update(format!("{shape:?}"));
        for (path, facts) in self.paths.iter().zip(&self.facts) {
            let name = path.strip_prefix(&self.folder).unwrap_or(path).as_os_str().as_encoded_bytes();
            hash.update((name.len() as u64).to_le_bytes());
            hash.update(name);
            hash.update(facts.length.to_le_bytes());
            // -1 is a nanosecond that no file is of.
            hash.update(facts.modified.unwrap_or(-1).to_le_bytes());
        }
        hash.finalize().into()
    }
}

impl Facts {
    fn of(path: &Path, label: u32) -> Result<Self, DataError> {
        let metadata = fs::metadata(path).map_err(|source| DataError::Read { path: path.into(), source })?;
        let modified = metadata.modified().ok().map(nanoseconds);
        Ok(Self { label, length: metadata.len(), modified })
    }
}

fn nanoseconds(time: SystemTime) -> i128 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_nanos() as i128,
        Err(before) => -(before.duration().as_nanos() as i128),
    }
}

/// What was found beside the classes.
#[derive(Default)]
struct Found {
    pictures: usize,
    others: usize,
}

impl Found {
    fn count(&mut self, path: &Path) {
        if is_picture(path) { self.pictures += 1 } else { self.others += 1 }
    }

    fn tell(&self, folder: &Path) {
        let folder = folder.display();
        if self.pictures > 0 {
            log::warn!("data: {folder}: {} pictures that are in no class are passed over", self.pictures);
        }
        if self.others > 0 {
            log::info!("data: {folder}: {} files and folders that are no pictures are passed over", self.others);
        }
    }
}

/// Whether a file's name ends as a picture's; a folder is none.
fn is_picture(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known))) && !path.is_dir()
}

/// What is in `folder`, sorted by name, but for what is hidden.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let read_error = |source| DataError::Read { path: folder.into(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(read_error)? {
        let entry = entry.map_err(read_error)?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            paths.push(entry.path());
        }
    }
    paths.sort_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
    Ok(paths)
}

fn refuse(path: &Path, reason: &str) -> DataError {
    DataError::PictureFolder { path: path.into(), reason: reason.into(), advice: LAYOUTS.into() }
}
