//! CIFAR's records: a byte for each kind of label, then 1,024 red, 1,024 green and 1,024 blue bytes, each plane row by
//! row.

use std::io::Read;

use super::{error::Stopped, gzip};

/// Height, width and channels of a picture.
pub(super) const SHAPE: [usize; 3] = [32, 32, 3];

const PLANE: usize = 32 * 32;
const PIXELS: usize = 3 * PLANE;

/// A byte of label in front of a record's pixels.
pub(super) struct LabelByte {
    /// What messages call it.
    pub(super) name: &'static str,
    /// The number of classes; labels are below it.
    pub(super) classes: usize,
}

/// What stands in a record.
#[derive(Clone, Copy)]
pub(super) struct RecordFormat {
    /// The bytes of label, all of which are checked.
    pub(super) labels: &'static [LabelByte],
    /// Which of them is kept.
    pub(super) kept: usize,
}

impl RecordFormat {
    /// The number of classes of the label that is kept.
    pub(super) fn classes(&self) -> usize {
        self.labels[self.kept].classes
    }

    /// The length of a record.
    fn bytes(&self) -> usize {
        self.labels.len() + PIXELS
    }

    /// Says which label of record `number` names no class, if one does not.
    fn wrong_label(&self, number: usize, record: &[u8]) -> Option<String> {
        let (kind, label) =
            self.labels.iter().zip(record).find(|(kind, label)| usize::from(**label) >= kind.classes)?;
        let (name, last) = (kind.name, kind.classes - 1);
        Some(format!("the {name} of record {number} is {label}, but {name}s are numbered from 0 to {last}"))
    }
}

/// Labelled pictures as they were read.
#[derive(Default)]
pub(super) struct Records {
    pub(super) labels: Vec<u32>,
    /// NHWC.
    pub(super) pixels: Vec<u8>,
}

impl Records {
    /// Reads all records of `reader`, at least one. `room` is the number of bytes of pixels that may still be read, and
    /// becomes less by those that were.
    pub(super) fn read(reader: &mut dyn Read, format: RecordFormat, room: &mut u64) -> Result<Self, Stopped> {
        let mut records = Self::default();
        let mut record = vec![0; format.bytes()];
        let mut offset = 0;
        loop {
            let number = records.labels.len();
            let malformed = |reason| Err(Stopped::Malformed { offset, reason });
            match gzip::fill(reader, &mut record).map_err(Stopped::Read)? {
                filled if filled == record.len() => {}
                0 if number == 0 => return malformed("the file is empty".into()),
                0 => return Ok(records),
                rest => {
                    let (length, whole) = (offset + rest as u64, record.len());
                    return malformed(format!(
                        "the file is {length} bytes long, which is no whole number of records: \
                         {number} records of {whole} bytes end at byte {offset}, and {rest} bytes are left"
                    ));
                }
            }
            if let Some(reason) = format.wrong_label(number, &record) {
                return malformed(reason);
            }
            let Some(left) = room.checked_sub(PIXELS as u64) else {
                return malformed(format!("record {number} exceeds the bytes of pixels that are read"));
            };
            *room = left;
            let (labels, planes) = record.split_at(format.labels.len());
            records.push(labels[format.kept], planes);
            offset += record.len() as u64;
        }
    }

    /// The records of all `files`, one behind the other.
    pub(super) fn concatenate(files: Vec<Self>) -> Self {
        let count = files.iter().map(|file| file.labels.len()).sum::<usize>();
        let mut all = Self { labels: Vec::with_capacity(count), pixels: Vec::with_capacity(count * PIXELS) };
        for mut file in files {
            all.labels.append(&mut file.labels);
            all.pixels.append(&mut file.pixels);
        }
        all
    }

    /// Puts one record behind these, its planes interleaved.
    fn push(&mut self, label: u8, planes: &[u8]) {
        self.labels.push(label.into());
        let (red, others) = planes.split_at(PLANE);
        let (green, blue) = others.split_at(PLANE);
        for ((&red, &green), &blue) in red.iter().zip(green).zip(blue) {
            self.pixels.extend_from_slice(&[red, green, blue]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_pixels_than_there_is_room_for_are_refused_across_files() {
        let format = RecordFormat { labels: &[LabelByte { name: "label", classes: 10 }], kept: 0 };
        let file = vec![0; 3 * format.bytes()];
        let mut room = 5 * PIXELS as u64;
        assert!(Records::read(&mut file.as_slice(), format, &mut room).is_ok());
        assert_eq!(room, 2 * PIXELS as u64);
        let Err(Stopped::Malformed { offset, reason }) = Records::read(&mut file.as_slice(), format, &mut room) else {
            panic!("read beyond the limit");
        };
        assert_eq!(offset, 2 * format.bytes() as u64);
        assert!(reason.contains("record 2 exceeds"), "{reason}");
    }
}
