//! `steps.csv`: a row per step, written as the training goes.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::{RunError, StepMetrics};
use crate::files::write_whole;

const HEADER: &str = "step,loss,accuracy\n";

/// How much is kept back between two checkpoints before it is written all the same.
const MOST_BYTES: usize = 1 << 16;

/// The log of a run's steps. It grows at its end; what a killed program wrote since the last checkpoint is cut off when
/// the run goes on.
#[derive(Debug)]
pub(super) struct StepLog {
    path: PathBuf,
    file: File,
    pending: String,
}

impl StepLog {
    /// An empty log.
    pub(super) fn create(path: &Path) -> Result<Self, RunError> {
        let write = |source| RunError::Write { path: path.to_owned(), source };
        let mut file = File::create(path).map_err(write)?;
        file.write_all(HEADER.as_bytes()).map_err(write)?;
        Ok(Self { path: path.to_owned(), file, pending: String::new() })
    }

    /// The log that is there, with the rows of the steps before step `steps`, also where some of them are missing.
    pub(super) fn go_on(path: &Path, steps: usize) -> Result<Self, RunError> {
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(RunError::Read { path: path.to_owned(), source }),
        };
        if !text.starts_with(HEADER.as_bytes()) {
            if steps > 0 {
                log::warn!("{} is gone or no log of steps; it begins at step {steps}", path.display());
            }
            return Self::create(path);
        }
        let lines = text.split_inclusive(|&byte| byte == b'\n').skip(1).filter(|line| line.ends_with(b"\n"));
        // By what a row says, not by its place: after a gap rows that come later would stand where earlier ones did.
        let rows: Vec<&[u8]> = lines.filter(|line| step_of(line).is_some_and(|step| step < steps)).collect();
        if rows.len() < steps {
            log::warn!("{} lacks steps before step {steps}; the run goes on without them", path.display());
        }
        let kept = [HEADER.as_bytes(), &rows.concat()].concat();
        let write = |source| RunError::Write { path: path.to_owned(), source };
        // What is cut off stands at the end, unless the file was damaged.
        if !text.starts_with(&kept) {
            write_whole(path, &kept).map_err(write)?;
        }
        let mut file = OpenOptions::new().write(true).open(path).map_err(write)?;
        file.set_len(kept.len() as u64).and_then(|()| file.seek(SeekFrom::End(0))).map_err(write)?;
        Ok(Self { path: path.to_owned(), file, pending: String::new() })
    }

    /// Adds a row.
    pub(super) fn push(&mut self, metrics: &StepMetrics) -> Result<(), RunError> {
        let StepMetrics { step, loss, accuracy, .. } = metrics;
        // Writing to a string cannot fail.
        let _ = writeln!(self.pending, "{step},{loss},{accuracy}");
        if self.pending.len() >= MOST_BYTES { self.write() } else { Ok(()) }
    }

    /// Writes the rows that are kept back.
    pub(super) fn write(&mut self) -> Result<(), RunError> {
        let written = self.file.write_all(self.pending.as_bytes());
        self.pending.clear();
        written.map_err(|source| RunError::Write { path: self.path.clone(), source })
    }

    /// Writes the rows that are kept back, so that they are there even where the machine stops.
    pub(super) fn sync(&mut self) -> Result<(), RunError> {
        self.write()?;
        self.file.sync_data().map_err(|source| RunError::Write { path: self.path.clone(), source })
    }

    /// A log that is written into `file`, whatever that is.
    #[cfg(all(test, unix))]
    pub(super) fn into_file(path: &Path, file: File) -> Self {
        Self { path: path.to_owned(), file, pending: String::new() }
    }
}

/// The step that a row is of: a number and two figures.
fn step_of(row: &[u8]) -> Option<usize> {
    let mut fields = str::from_utf8(row).ok()?.trim_end_matches('\n').split(',');
    let step = fields.next()?.parse().ok()?;
    let figures: Vec<f64> = fields.map(|field| field.parse().ok()).collect::<Option<_>>()?;
    (figures.len() == 2).then_some(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics(step: usize) -> StepMetrics {
        StepMetrics { step, loss: 0.5, accuracy: 0.25, running_loss: 0.0, running_accuracy: 0.0 }
    }

    #[test]
    fn rows_after_the_step_and_half_rows_are_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("steps.csv");
        let mut log = StepLog::create(&path).unwrap();
        (0..3).for_each(|step| log.push(&metrics(step)).unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), HEADER);
        log.write().unwrap();
        let whole = std::fs::read_to_string(&path).unwrap();
        assert_eq!(whole, format!("{HEADER}0,0.5,0.25\n1,0.5,0.25\n2,0.5,0.25\n"));
        for (left, steps) in [(whole.len(), 2), (whole.len() - 2, 2), (whole.len(), 3)] {
            std::fs::write(&path, &whole[..left]).unwrap();
            let mut log = StepLog::go_on(&path, steps).unwrap();
            (steps..3).for_each(|step| log.push(&metrics(step)).unwrap());
            log.write().unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), whole, "{left} bytes, {steps} steps");
        }
    }

    #[test]
    fn no_step_stands_twice_after_a_gap_however_often_a_run_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("steps.csv");
        let rows = |steps: &[usize]| -> String { steps.iter().map(|step| format!("{step},0.5,0.25\n")).collect() };
        // Steps 1 and 2 are missing, and the run was killed in step 7 after a checkpoint at step 5.
        std::fs::write(&path, format!("{HEADER}{}6,0.", rows(&[0, 3, 4, 5]))).unwrap();
        for (checkpoint, next) in [(5, 8), (6, 9)] {
            let mut log = StepLog::go_on(&path, checkpoint).unwrap();
            (checkpoint..next).for_each(|step| log.push(&metrics(step)).unwrap());
            log.write().unwrap();
        }
        let expected = format!("{HEADER}{}", rows(&[0, 3, 4, 5, 6, 7, 8]));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
        // What is no row is left out, and those after it stay.
        std::fs::write(&path, format!("{HEADER}{}\0\0\0,,\n{}", rows(&[0, 1]), rows(&[3, 4, 5]))).unwrap();
        drop(StepLog::go_on(&path, 5).unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{HEADER}{}", rows(&[0, 1, 3, 4])));
    }

    #[test]
    fn whatever_bit_of_it_is_changed_no_later_step_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("steps.csv");
        let valid = format!("{HEADER}0,0.5,0.25\n1,0.5,0.25\n2,0.5,0.25\n3,0.5,0.25\n").into_bytes();
        for (place, bit) in (0..valid.len()).flat_map(|place| (0..8).map(move |bit| (place, bit))) {
            let mut changed = valid.clone();
            changed[place] ^= 1 << bit;
            std::fs::write(&path, changed).unwrap();
            let mut log = StepLog::go_on(&path, 2).unwrap();
            log.push(&metrics(2)).unwrap();
            log.write().unwrap();
            let text = std::fs::read(&path).unwrap();
            let rows = text.strip_prefix(HEADER.as_bytes()).unwrap().split_inclusive(|&byte| byte == b'\n');
            let (last, before): (Vec<_>, Vec<_>) = rows.partition(|row| *row == b"2,0.5,0.25\n");
            assert_eq!(last.len(), 1, "byte {place}, bit {bit}");
            assert!(before.into_iter().all(|row| step_of(row).is_some_and(|step| step < 2)), "byte {place}, bit {bit}");
        }
    }

    #[test]
    fn a_log_that_is_gone_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("steps.csv");
        let mut log = StepLog::go_on(&path, 7).unwrap();
        log.push(&metrics(7)).unwrap();
        log.write().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{HEADER}7,0.5,0.25\n"));
    }
}
