//! What CIFAR-10 and CIFAR-100 share: where the files are looked for, in folders or an archive, and how they make a
//! dataset.

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
    records::{RecordFormat, Records, SHAPE},
};

/// The most bytes of a file of class names, which has at most about 1,000.
const MOST_NAMES_BYTES: u64 = 64 << 10;

/// The files of a dataset.
pub(super) struct Layout {
    /// What messages call the dataset.
    pub(super) title: &'static str,
    /// The name by which the dataset is chosen.
    pub(super) name: &'static str,
    /// The folder of the files, on disk and in the archive.
    pub(super) folder: &'static str,
    pub(super) archive: &'static str,
    /// Where the archive can be downloaded.
    pub(super) address: &'static str,
    pub(super) train: TrainFiles,
    pub(super) test: &'static str,
    /// The file of the classes' names, which need not be there.
    pub(super) names: &'static str,
    /// The names where that file is not.
    pub(super) known_names: &'static [&'static str],
    pub(super) record: RecordFormat,
}

/// The files of the pictures to train on.
#[derive(Clone, Copy)]
pub(super) enum TrainFiles {
    One(&'static str),
    /// One or more, whose numbers follow each other.
    Numbered {
        prefix: &'static str,
        suffix: &'static str,
    },
}

/// What a file is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    /// Pictures to train on, with the number in the file's name.
    Train(u32),
    Test,
    ClassNames,
}

/// Where the files are.
enum Place {
    /// A folder, and those of its files that are wanted, in a fixed order.
    Folder(PathBuf, Vec<(Role, String)>),
    Archive(PathBuf),
}

impl TrainFiles {
    fn name(self, number: u64) -> String {
        match self {
            Self::One(name) => name.into(),
            Self::Numbered { prefix, suffix } => format!("{prefix}{number}{suffix}"),
        }
    }

    /// The number of the file of this name; `None` when it is none of these files.
    fn number(self, name: &str) -> Option<u32> {
        match self {
            Self::One(only) => (name == only).then_some(1),
            Self::Numbered { prefix, suffix } => {
                let number = name.strip_prefix(prefix)?.strip_suffix(suffix)?;
                // Parsing alone would also take a sign.
                let digits = number.bytes().all(|byte| byte.is_ascii_digit());
                number.parse().ok().filter(|_| digits)
            }
        }
    }
}

impl Layout {
    /// Loads the dataset from a folder of the files, a folder that holds `self.folder` or `self.archive`, or an
    /// archive.
    pub(super) fn load(&self, path: &Path) -> Result<Splits, DataError> {
        let mut files = Files::new(self);
        let place = match self.find(path)? {
            Place::Folder(folder, entries) => {
                for (role, name) in entries {
                    let path = folder.join(name);
                    let mut reader = open(&path)?;
                    files.add(role, &mut reader).map_err(|stopped| stopped.in_file(&path, &self.advice()))?;
                }
                folder
            }
            Place::Archive(path) => {
                archive::visit_files(&path, &self.advice(), |name, reader| match self.role_in_archive(name) {
                    Some(role) => files.add(role, reader),
                    None => Ok(()),
                })?;
                path
            }
        };
        files.finish(&place)
    }

    fn advice(&self) -> String {
        format!("get the files again from {}", self.address)
    }

    /// Finds the files at `path`.
    fn find(&self, path: &Path) -> Result<Place, DataError> {
        if path.is_file() {
            return Ok(Place::Archive(path.into()));
        }
        for folder in [path.to_path_buf(), path.join(self.folder)] {
            let entries = self.wanted_files(&folder)?;
            if entries.iter().any(|(role, _)| *role != Role::ClassNames) {
                return Ok(Place::Folder(folder, entries));
            }
        }
        let archive = path.join(self.archive);
        if archive.is_file() {
            return Ok(Place::Archive(archive));
        }
        let files = match self.train {
            TrainFiles::One(name) => format!("{name} and {}", self.test),
            TrainFiles::Numbered { .. } => format!("{} and so on", self.train.name(1)),
        };
        let (folder, archive) = (self.folder, self.archive);
        Err(DataError::NotFound {
            dataset: self.title.into(),
            path: path.into(),
            expected: format!("a folder with {files}, a folder with {folder}/ or {archive}, or that archive itself"),
            address: self.address.into(),
        })
    }

    /// The files of `folder` that are wanted, in a fixed order; none when there is no such folder.
    fn wanted_files(&self, folder: &Path) -> Result<Vec<(Role, String)>, DataError> {
        let read_error = |source| DataError::Read { path: folder.into(), source };
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(read_error(error)),
        };
        let mut wanted = Vec::new();
        for entry in entries {
            if let Ok(name) = entry.map_err(read_error)?.file_name().into_string()
                && let Some(role) = self.role(&name)
            {
                wanted.push((role, name));
            }
        }
        wanted.sort();
        Ok(wanted)
    }

    /// The role of the file of this name; `None` when it has none.
    fn role(&self, name: &str) -> Option<Role> {
        if name == self.test {
            Some(Role::Test)
        } else if name == self.names {
            Some(Role::ClassNames)
        } else {
            self.train.number(name).map(Role::Train)
        }
    }

    /// The role of an archive's member: a file of that name at the top, or in a folder of the official name.
    fn role_in_archive(&self, member: &Path) -> Option<Role> {
        let folder = member.parent()?;
        let at_home = folder == Path::new("") || folder == Path::new(".") || folder.ends_with(self.folder);
        self.role(member.file_name()?.to_str()?).filter(|_| at_home)
    }
}

fn open(path: &Path) -> Result<BufReader<File>, DataError> {
    match File::open(path) {
        Ok(file) => Ok(BufReader::new(file)),
        Err(source) => Err(DataError::Read { path: path.into(), source }),
    }
}

/// What was read so far.
struct Files<'a> {
    layout: &'a Layout,
    train: BTreeMap<u32, Records>,
    test: Option<Records>,
    class_names: Option<Vec<String>>,
    /// The bytes of pixels that may still be read.
    room: u64,
}

impl<'a> Files<'a> {
    fn new(layout: &'a Layout) -> Self {
        Self { layout, train: BTreeMap::new(), test: None, class_names: None, room: MOST_BYTES }
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
        let record = self.layout.record;
        match role {
            Role::Train(number) => {
                self.train.insert(number, Records::read(reader, record, &mut self.room)?);
            }
            Role::Test => self.test = Some(Records::read(reader, record, &mut self.room)?),
            Role::ClassNames => self.class_names = Some(read_class_names(reader, record.classes())?),
        }
        Ok(())
    }

    /// The datasets, when all files were there. `place` is where they were, for messages.
    fn finish(self, place: &Path) -> Result<Splits, DataError> {
        let layout = self.layout;
        let missing = |file: String, reason: &str| DataError::Missing {
            file,
            place: place.into(),
            reason: reason.into(),
            advice: layout.advice(),
        };
        let Some(&first) = self.train.keys().next() else {
            let reason = match layout.train {
                TrainFiles::One(_) => format!("although {} is there", layout.test),
                TrainFiles::Numbered { .. } => "and so is every other training batch".into(),
            };
            return Err(missing(layout.train.name(1), &reason));
        };
        // In 64 bits, for the largest number of 32 bits has no next.
        let numbers = self.train.keys().map(|&number| u64::from(number));
        if let Some((gap, next)) = (u64::from(first)..).zip(numbers).find(|(expected, found)| expected != found) {
            let reason = format!("although {} is there", layout.train.name(next));
            return Err(missing(layout.train.name(gap), &reason));
        }
        let Some(test) = self.test else {
            return Err(missing(layout.test.into(), "although training batches are there"));
        };
        let train = Records::concatenate(self.train.into_values().collect());

        let known_names = || layout.known_names.iter().map(|name| name.to_string()).collect();
        let class_names = self.class_names.unwrap_or_else(known_names);
        let dataset = |records: Records| {
            Dataset::from_memory(Images::new(SHAPE, records.pixels)?, records.labels, class_names.clone())
        };
        Ok(Splits { name: layout.name.into(), train: dataset(train)?, test: dataset(test)? })
    }
}

/// Reads the names of so many classes: one in a line, empty lines aside.
fn read_class_names(reader: &mut dyn Read, classes: usize) -> Result<Vec<String>, Stopped> {
    let malformed = |offset, reason| Stopped::Malformed { offset, reason };
    let mut bytes = Vec::new();
    reader.take(MOST_NAMES_BYTES + 1).read_to_end(&mut bytes).map_err(Stopped::Read)?;
    if bytes.len() as u64 > MOST_NAMES_BYTES {
        let reason = format!("the file is longer than {MOST_NAMES_BYTES} bytes, too long for {classes} class names");
        return Err(malformed(MOST_NAMES_BYTES, reason));
    }
    let text = str::from_utf8(&bytes)
        .map_err(|error| malformed(error.valid_up_to() as u64, "the class names are not UTF-8 text".into()))?;
    let names: Vec<String> = text.lines().map(|line| line.trim().to_string()).filter(|line| !line.is_empty()).collect();
    if names.len() != classes {
        let reason = format!("the file names {} classes instead of {classes}, one in each line", names.len());
        return Err(malformed(0, reason));
    }
    check_class_names(&names).map_err(|reason| malformed(0, reason))?;
    Ok(names)
}
