//! CIFAR-10's records: one byte of label, then 1,024 red, 1,024 green and 1,024 blue bytes, each plane row by row.

use std::io::Read;

use super::{error::Stopped, gzip};

/// Height, width and channels of a picture.
pub(super) const SHAPE: [usize; 3] = [32, 32, 3];
/// The number of classes; labels are below it.
pub(super) const CLASSES: usize = 10;

const PLANE: usize = 32 * 32;
const PIXELS: usize = 3 * PLANE;
const RECORD: usize = 1 + PIXELS;

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
    pub(super) fn read(reader: &mut dyn Read, room: &mut u64) -> Result<Self, Stopped> {
        let mut records = Self::default();
        let mut record = [0; RECORD];
        let mut offset = 0;
        loop {
            let number = records.labels.len();
            let malformed = |reason| Err(Stopped::Malformed { offset, reason });
            match gzip::fill(reader, &mut record).map_err(Stopped::Read)? {
                RECORD => {}
                0 if number == 0 => return malformed("the file is empty".into()),
                0 => return Ok(records),
                rest => {
                    let length = offset + rest as u64;
                    return malformed(format!(
                        "the file is {length} bytes long, which is no whole number of records: \
                         {number} records of {RECORD} bytes end at byte {offset}, and {rest} bytes are left"
                    ));
                }
            }
            let label = record[0];
            if usize::from(label) >= CLASSES {
                return malformed(format!(
                    "the label of record {number} is {label}, but labels are numbered from 0 to {}",
                    CLASSES - 1
                ));
            }
            let Some(left) = room.checked_sub(PIXELS as u64) else {
                return malformed(format!("record {number} exceeds the bytes of pixels that are read"));
            };
            *room = left;
            records.push(&record);
            offset += RECORD as u64;
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
    fn push(&mut self, record: &[u8; RECORD]) {
        self.labels.push(record[0].into());
        let (red, others) = record[1..].split_at(PLANE);
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
        let file = [0; 3 * RECORD];
        let mut room = 5 * PIXELS as u64;
        assert!(Records::read(&mut file.as_slice(), &mut room).is_ok());
        assert_eq!(room, 2 * PIXELS as u64);
        let Err(Stopped::Malformed { offset, reason }) = Records::read(&mut file.as_slice(), &mut room) else {
            panic!("read beyond the limit");
        };
        assert_eq!(offset, 2 * RECORD as u64);
        assert!(reason.contains("record 2 exceeds"), "{reason}");
    }
}
