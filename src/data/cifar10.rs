//! CIFAR-10 in its official binary layout (Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009).
//!
//! `data_batch_1.bin` and so on hold the pictures to train on, `test_batch.bin` those to test with,
//! `batches.meta.txt` the names of the classes. A batch is any number of records of 3,073 bytes: one byte of label,
//! then 1,024 red, 1,024 green and 1,024 blue bytes, each plane row by row from the top.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufReader, ErrorKind, Read},
    path::{Path, PathBuf},
};

use super::{
    DataError, Dataset, Images, MOST_BYTES, Splits, archive,
    dataset::check_class_names,
    error::Stopped,
    records::{CLASSES, Records, SHAPE},
};

/// Where the archive can be downloaded.
pub const ADDRESS: &str = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz";

const ARCHIVE: &str = "cifar-10-binary.tar.gz";
const FOLDER: &str = "cifar-10-batches-bin";
const CLASS_NAMES: [&str; CLASSES] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// The most bytes of `batches.meta.txt`, which has about 60.
const MOST_META_BYTES: u64 = 64 << 10;

/// Loads CIFAR-10: pictures of 32 x 32 x 3 (red, green, blue), ten classes.
///
/// `path` is the folder of the `.bin` files, a folder that holds `cifar-10-batches-bin/` or `cifar-10-binary.tar.gz`
/// (looked for in this order), or a `.tar.gz` archive itself, which is read without being unpacked to disk. The
/// training pictures stand in the order of their batches' numbers. Other files are passed over. The classes' names come
/// from `batches.meta.txt`, or are the well-known ones where that file is not.
///
/// # Errors
///
/// When nothing is found at `path`, a file is missing, cannot be read or is there twice, a batch is no whole number of
/// records, a label is not below 10, the archive is cut off or damaged, or the pictures exceed 2 GiB.
pub fn load(path: impl AsRef<Path>) -> Result<Splits, DataError> {
    let mut files = Files::new();
    let place = match find(path.as_ref())? {
        Place::Folder(folder, entries) => {
            for (role, name) in entries {
                let path = folder.join(name);
                let mut reader = open(&path)?;
                files.add(role, &mut reader).map_err(|stopped| match stopped {
                    Stopped::Read(source) => DataError::Read { path: path.clone(), source },
                    Stopped::Malformed { offset, reason } => {
                        DataError::Malformed { file: path.display().to_string(), offset, reason, advice: advice() }
                    }
                })?;
            }
            folder
        }
        Place::Archive(path) => {
            archive::visit_files(&path, &advice(), |name, reader| match Role::in_archive(name) {
                Some(role) => files.add(role, reader),
                None => Ok(()),
            })?;
            path
        }
    };
    files.finish(&place)
}

fn advice() -> String {
    format!("get the files again from {ADDRESS}")
}

fn open(path: &Path) -> Result<BufReader<File>, DataError> {
    match File::open(path) {
        Ok(file) => Ok(BufReader::new(file)),
        Err(source) => Err(DataError::Read { path: path.into(), source }),
    }
}

/// Where the files are.
enum Place {
    /// A folder, and those of its files that are wanted, in a fixed order.
    Folder(PathBuf, Vec<(Role, String)>),
    Archive(PathBuf),
}

/// Finds the files at `path`.
fn find(path: &Path) -> Result<Place, DataError> {
    if path.is_file() {
        return Ok(Place::Archive(path.into()));
    }
    for folder in [path.to_path_buf(), path.join(FOLDER)] {
        let entries = wanted_files(&folder)?;
        if entries.iter().any(|(role, _)| *role != Role::ClassNames) {
            return Ok(Place::Folder(folder, entries));
        }
    }
    let archive = path.join(ARCHIVE);
    if archive.is_file() {
        return Ok(Place::Archive(archive));
    }
    Err(DataError::NotFound {
        dataset: "CIFAR-10".into(),
        path: path.into(),
        expected: format!(
            "a folder with data_batch_1.bin and so on, a folder with {FOLDER}/ or {ARCHIVE}, or that archive itself"
        ),
        address: ADDRESS.into(),
    })
}

/// The files of `folder` that are wanted, in a fixed order; none when there is no such folder.
fn wanted_files(folder: &Path) -> Result<Vec<(Role, String)>, DataError> {
    let read_error = |source| DataError::Read { path: folder.into(), source };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
        Err(error) => return Err(read_error(error)),
    };
    let mut wanted = Vec::new();
    for entry in entries {
        if let Ok(name) = entry.map_err(read_error)?.file_name().into_string()
            && let Some(role) = Role::of(&name)
        {
            wanted.push((role, name));
        }
    }
    wanted.sort();
    Ok(wanted)
}

/// What a file is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    /// Pictures to train on, with the number in the file's name.
    Train(u32),
    Test,
    ClassNames,
}

impl Role {
    /// The role of the file of this name; `None` when it has none.
    fn of(name: &str) -> Option<Self> {
        match name {
            "test_batch.bin" => Some(Role::Test),
            "batches.meta.txt" => Some(Role::ClassNames),
            _ => {
                let number = name.strip_prefix("data_batch_")?.strip_suffix(".bin")?;
                // Parsing alone would also take a sign.
                let digits = number.bytes().all(|byte| byte.is_ascii_digit());
                number.parse().ok().filter(|_| digits).map(Role::Train)
            }
        }
    }

    /// The role of an archive's member: a file of that name at the top, or in a folder of the official name.
    fn in_archive(member: &Path) -> Option<Self> {
        let folder = member.parent()?;
        let at_home = folder == Path::new("") || folder == Path::new(".") || folder.ends_with(FOLDER);
        Self::of(member.file_name()?.to_str()?).filter(|_| at_home)
    }
}

/// What was read so far.
struct Files {
    train: BTreeMap<u32, Records>,
    test: Option<Records>,
    class_names: Option<Vec<String>>,
    /// The bytes of pixels that may still be read.
    room: u64,
}

impl Files {
    fn new() -> Self {
        Self { train: BTreeMap::new(), test: None, class_names: None, room: MOST_BYTES }
    }

    /// Reads one file.
    fn add(&mut self, role: Role, reader: &mut dyn Read) -> Result<(), Stopped> {
        let known = match role {
            Role::Train(number) => self.train.contains_key(&number),
            Role::Test => self.test.is_some(),
            Role::ClassNames => self.class_names.is_some(),
        };
        if known {
            let reason = "this file is there twice, under this or an equal name".into();
            return Err(Stopped::Malformed { offset: 0, reason });
        }
        match role {
            Role::Train(number) => {
                self.train.insert(number, Records::read(reader, &mut self.room)?);
            }
            Role::Test => self.test = Some(Records::read(reader, &mut self.room)?),
            Role::ClassNames => self.class_names = Some(read_class_names(reader)?),
        }
        Ok(())
    }

    /// The datasets, when all files were there. `place` is where they were, for messages.
    fn finish(self, place: &Path) -> Result<Splits, DataError> {
        let missing = |file: String, reason: &str| DataError::Missing {
            file,
            place: place.into(),
            reason: reason.into(),
            advice: advice(),
        };
        let Some(&first) = self.train.keys().next() else {
            return Err(missing("data_batch_1.bin".into(), "and so is every other training batch"));
        };
        // In 64 bits, for the largest number of 32 bits has no next.
        let numbers = self.train.keys().map(|&number| u64::from(number));
        if let Some((gap, next)) = (u64::from(first)..).zip(numbers).find(|(expected, found)| expected != found) {
            let reason = format!("although data_batch_{next}.bin is there");
            return Err(missing(format!("data_batch_{gap}.bin"), &reason));
        }
        let Some(test) = self.test else {
            return Err(missing("test_batch.bin".into(), "although training batches are there"));
        };
        let train = Records::concatenate(self.train.into_values().collect());

        let class_names = self.class_names.unwrap_or_else(|| CLASS_NAMES.map(String::from).to_vec());
        let dataset = |records: Records| {
            Dataset::from_memory(Images::new(SHAPE, records.pixels)?, records.labels, class_names.clone())
        };
        Ok(Splits { name: "cifar10".into(), train: dataset(train)?, test: dataset(test)? })
    }
}

/// Reads the names of the classes: one in a line, empty lines aside.
fn read_class_names(reader: &mut dyn Read) -> Result<Vec<String>, Stopped> {
    let malformed = |offset, reason| Stopped::Malformed { offset, reason };
    let mut bytes = Vec::new();
    reader.take(MOST_META_BYTES + 1).read_to_end(&mut bytes).map_err(Stopped::Read)?;
    if bytes.len() as u64 > MOST_META_BYTES {
        let reason = format!("the file is longer than {MOST_META_BYTES} bytes, too long for {CLASSES} class names");
        return Err(malformed(MOST_META_BYTES, reason));
    }
    let text = str::from_utf8(&bytes)
        .map_err(|error| malformed(error.valid_up_to() as u64, "the class names are not UTF-8 text".into()))?;
    let names: Vec<String> = text.lines().map(|line| line.trim().to_string()).filter(|line| !line.is_empty()).collect();
    if names.len() != CLASSES {
        let reason = format!("the file names {} classes instead of {CLASSES}, one in each line", names.len());
        return Err(malformed(0, reason));
    }
    check_class_names(&names).map_err(|reason| malformed(0, reason))?;
    Ok(names)
}
