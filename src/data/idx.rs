//! IDX files, the format of MNIST and Fashion-MNIST, plain or packed with gzip.
//!
//! A header of big-endian 32-bit numbers comes first: the magic number, `0x00000803` for pictures and `0x00000801` for
//! labels, then the extents (count, height, width; or count). Then one unsigned byte per value, the last extent
//! running fastest. Nothing follows.

use std::io::Read;

use byteorder::{BigEndian, ByteOrder};

use super::{DataError, Images, MOST_BYTES, gzip};

const IMAGES_MAGIC: u32 = 0x0000_0803;
const LABELS_MAGIC: u32 = 0x0000_0801;

/// How many bytes are unpacked at a time.
const CHUNK: usize = 64 << 10;

/// Reads pictures of one channel.
///
/// `bytes` is the whole file, `name` what to call it in messages.
///
/// # Errors
///
/// When the magic number is not that of pictures, an extent is 0, the extents announce more than 2 GiB, fewer or more
/// bytes follow than they announce, or the gzip data is cut off or damaged.
pub fn read_images(name: &str, bytes: &[u8]) -> Result<Images, DataError> {
    let ([_, height, width], pixels) = read(name, bytes, IMAGES_MAGIC, ["pictures", "rows", "columns"])?;
    Images::new([height as usize, width as usize, 1], pixels)
}

/// Reads labels, one for each picture in the same order.
///
/// `bytes` is the whole file, `name` what to call it in messages. Whether a label names a class is for
/// [`Dataset::from_memory`](super::Dataset::from_memory) to say.
///
/// # Errors
///
/// As those of [`read_images`].
pub fn read_labels(name: &str, bytes: &[u8]) -> Result<Vec<u32>, DataError> {
    let ([_], labels) = read(name, bytes, LABELS_MAGIC, ["labels"])?;
    Ok(labels.into_iter().map(u32::from).collect())
}

/// Reads a file with this magic number and `N` extents, named for messages; returns the extents and the values.
fn read<const N: usize>(
    name: &str,
    bytes: &[u8],
    magic: u32,
    extent_names: [&str; N],
) -> Result<([u32; N], Vec<u8>), DataError> {
    let mut source = Source::new(name, bytes);

    let mut header = [0; 16];
    let header = &mut header[..4 + 4 * N];
    let filled = source.fill(header)?;
    let found = BigEndian::read_u32(header);
    if filled >= 4 && found != magic {
        return Err(source.malformed(0, wrong_magic(found, magic)));
    }
    if filled < header.len() {
        let reason = format!("the file ends within its header of {} bytes", header.len());
        return Err(source.malformed(filled as u64, reason));
    }
    let mut extents = [0; N];
    BigEndian::read_u32_into(&header[4..], &mut extents);
    if let Some(zero) = extents.iter().position(|&extent| extent == 0) {
        let reason = format!("the header announces 0 {}", extent_names[zero]);
        return Err(source.malformed(4 + 4 * zero as u64, reason));
    }

    let product = extents.iter().try_fold(1u64, |product, &extent| product.checked_mul(extent.into()));
    let announced = extents.map(|extent| extent.to_string()).join(" x ");
    let Some(announced_bytes) = product.filter(|&product| product <= MOST_BYTES) else {
        let reason = format!("the header announces {announced} bytes, more than the {MOST_BYTES} that are read");
        return Err(source.malformed(4, reason));
    };
    let values = source.values(announced_bytes, header.len() as u64, &announced)?;
    Ok((extents, values))
}

/// Says what a wrong magic number means.
fn wrong_magic(found: u32, expected: u32) -> String {
    let [zero, also_zero, value_type, _] = found.to_be_bytes();
    let meaning = match found {
        IMAGES_MAGIC => "that of a file of pictures",
        LABELS_MAGIC => "that of a file of labels",
        _ if (zero, also_zero) != (0, 0) => "and this is no IDX file",
        _ if value_type != 8 => "whose third byte says that the values are not unsigned bytes",
        _ => "whose fourth byte says that there are more or fewer extents",
    };
    format!("the magic number is 0x{found:08x}, {meaning}, but it should be 0x{expected:08x}")
}

/// The bytes of a file, unpacked on the way if it is packed.
struct Source<'a> {
    name: &'a str,
    /// The length of the file itself, packed or not.
    length: usize,
    packed: bool,
    reader: Box<dyn Read + 'a>,
    /// The number of bytes of the file itself that were taken so far.
    taken: Box<dyn Fn() -> u64 + 'a>,
}

impl<'a> Source<'a> {
    fn new(name: &'a str, bytes: &'a [u8]) -> Self {
        let packed = gzip::is_gzip(bytes);
        if packed {
            let (reader, taken) = gzip::unpack(bytes);
            Self { name, length: bytes.len(), packed, reader: Box::new(reader), taken: Box::new(move || taken.get()) }
        } else {
            Self { name, length: bytes.len(), packed, reader: Box::new(bytes), taken: Box::new(|| 0) }
        }
    }

    /// Fills `buffer` and says how much of it there was.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, DataError> {
        // Bytes in memory can always be read: what fails is the unpacking.
        gzip::fill(&mut self.reader, buffer).map_err(|error| DataError::Malformed {
            file: self.name.into(),
            offset: (self.taken)(),
            reason: gzip::reason(&error),
            advice: ADVICE.into(),
        })
    }

    /// The announced values, which begin at byte `start` and must end the file.
    fn values(&mut self, announced_bytes: u64, start: u64, announced: &str) -> Result<Vec<u8>, DataError> {
        let wanted = announced_bytes as usize;
        let mut values = Vec::with_capacity(wanted.min(self.length));
        let mut chunk = [0; CHUNK];
        while values.len() < wanted {
            let ask = CHUNK.min(wanted - values.len());
            let filled = self.fill(&mut chunk[..ask])?;
            // The memory grows with what is really there, twofold at a time, and never beyond what was announced.
            if values.capacity() < values.len() + filled {
                let capacity = (2 * values.capacity()).max(values.len() + filled).min(wanted);
                values.reserve_exact(capacity - values.len());
            }
            values.extend_from_slice(&chunk[..filled]);
            if filled < ask {
                let reason = format!("the file ends after {} of the announced {announced} bytes", values.len());
                return Err(self.malformed(start + values.len() as u64, reason));
            }
        }
        // Asking once more also checks the checksum at the end of packed data.
        if self.fill(&mut chunk[..1])? != 0 {
            let reason = format!("the file goes on after the announced {announced} bytes");
            return Err(self.malformed(start + announced_bytes, reason));
        }
        Ok(values)
    }

    /// An error at byte `offset` of the unpacked file.
    fn malformed(&self, offset: u64, reason: String) -> DataError {
        let file = if self.packed { format!("{} (unpacked)", self.name) } else { self.name.into() };
        DataError::Malformed { file, offset, reason, advice: ADVICE.into() }
    }
}

const ADVICE: &str = "get the file again, and check that pictures and labels are not mistaken for each other";
