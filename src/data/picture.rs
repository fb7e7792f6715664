//! One picture from a PNG or JPEG file, as a model takes it.
//!
//! What the file says about its orientation (EXIF) is respected. Channels are converted as Pillow does: alpha is
//! dropped, 16-bit values keep their upper byte, grey becomes RGB with three equal channels, and RGB becomes grey as
//! `(19595 red + 38470 green + 7471 blue + 32768) / 65536` (ITU-R 601-2). Then a picture of another size is stretched
//! to the wanted one, whatever its proportions, as Keras' `image_dataset_from_directory` does by default; unlike there,
//! a picture that shrinks is averaged over (a triangle filter with antialiasing). A picture of the wanted size keeps
//! its pixels.
//!
//! PNG gives the very pixels that were saved. JPEG leaves rounding to the decoder: where colours are stored at half the
//! resolution, this one rounds them up twice while it enlarges them and libjpeg, which Pillow uses, once up and once
//! down. On CIFAR-10 as JPEG files that is 0.3 of 255 levels per byte on average and never more than 5.

use std::{
    fs::File,
    io::{Cursor, Read},
    path::Path,
};

use image::{
    DynamicImage, ImageBuffer, ImageDecoder, ImageFormat, ImageReader, Limits, Luma, Pixel, Rgb,
    imageops::{self, FilterType},
    metadata::Orientation,
};

use super::DataError;

/// The most pixels that a picture may have: 8,192 x 8,192. A small file can announce far more.
const MOST_PIXELS: u64 = 1 << 26;
/// The most bytes of a picture while it is decoded: eight per pixel, for 16 bits of red, green, blue and alpha.
const MOST_DECODED_BYTES: u64 = 8 * MOST_PIXELS;
/// The most bytes of a file.
const MOST_FILE_BYTES: u64 = 256 << 20;

/// The endings of the files that are taken for pictures, in any case of letters.
pub(super) const ENDINGS: [&str; 3] = ["png", "jpg", "jpeg"];

/// The picture in the program as a PNG file: Chelsea the cat, 300 x 451 pixels in colour. Where it comes from and under
/// which licence is written in `assets/README.md`.
pub const CAT: &[u8] = include_bytes!("../../assets/chelsea.png");

/// A picture in its own proportions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Height, width and channels.
    pub shape: [usize; 3],
    /// Its bytes, HWC.
    pub pixels: Vec<u8>,
    /// Height and width that it has in its file, turned as that says.
    pub full_size: [usize; 2],
}

/// Loads the picture at `path` as bytes of `shape`: height, width and channels, HWC, with 1 channel (grey) or 3 (RGB).
///
/// What the file contains decides how it is read, not how its name ends.
///
/// # Errors
///
/// When the file cannot be read, is neither PNG nor JPEG, is cut off or damaged, or has more than 67,108,864 pixels, or
/// when `shape` has another number of channels or an extent of 0.
pub fn load(path: impl AsRef<Path>, shape: [usize; 3]) -> Result<Vec<u8>, DataError> {
    let path = path.as_ref();
    decode(&path.display().to_string(), &read(path)?, shape)
}

/// Loads the picture at `path` in its own proportions, with 1 channel (grey) or 3 (RGB). One that is longer than `longest`
/// pixels to any side is shrunk to this length, its pixels averaged.
///
/// # Errors
///
/// As those of [`load`].
pub fn load_within(path: impl AsRef<Path>, longest: usize, channels: usize) -> Result<Picture, DataError> {
    let path = path.as_ref();
    decode_within(&path.display().to_string(), &read(path)?, longest, channels)
}

fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    let read_error = |source| DataError::Read { path: path.into(), source };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(read_error)?;
    file.take(MOST_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(read_error)?;
    Ok(bytes)
}

/// Decodes the PNG or JPEG file whose bytes are `bytes`, as [`load`] does. Messages call it `name`.
///
/// # Errors
///
/// As those of [`load`].
pub fn decode(name: &str, bytes: &[u8], shape: [usize; 3]) -> Result<Vec<u8>, DataError> {
    check_shape(shape)?;
    let refused = |reason| DataError::Picture { file: name.into(), reason };
    fitted(decoded(bytes).map_err(refused)?, shape).ok_or_else(|| refused(FEWER_PIXELS.into()))
}

/// Decodes the PNG or JPEG file whose bytes are `bytes`, as [`load_within`] does. Messages call it `name`.
///
/// # Errors
///
/// As those of [`load`].
pub fn decode_within(name: &str, bytes: &[u8], longest: usize, channels: usize) -> Result<Picture, DataError> {
    let refused = |reason| DataError::Picture { file: name.into(), reason };
    let picture = decoded(bytes).map_err(refused)?;
    let full_size = [picture.height() as usize, picture.width() as usize];
    let most = full_size[0].max(full_size[1]);
    // To the nearest pixel, and never to none.
    let shrunk = |extent: usize| ((extent * longest * 2 + most) / (2 * most)).max(1);
    let [height, width] = if most > longest { full_size.map(shrunk) } else { full_size };
    let shape = [height, width, channels];
    check_shape(shape)?;
    let pixels = fitted(picture, shape).ok_or_else(|| refused(FEWER_PIXELS.into()))?;
    Ok(Picture { shape, pixels, full_size })
}

const FEWER_PIXELS: &str = "the decoder gave fewer pixels than announced";

/// Refuses a shape that no picture can be given.
pub(super) fn check_shape(shape: [usize; 3]) -> Result<(), DataError> {
    let [height, width, channels] = shape;
    let pixels = (height as u64).checked_mul(width as u64);
    let fits = pixels.is_some_and(|pixels| (1..=MOST_PIXELS).contains(&pixels));
    if fits && matches!(channels, 1 | 3) { Ok(()) } else { Err(DataError::PictureShape { shape, most: MOST_PIXELS }) }
}

/// The picture, turned as the file says.
fn decoded(bytes: &[u8]) -> Result<DynamicImage, String> {
    if bytes.len() as u64 > MOST_FILE_BYTES {
        return Err(format!("the file is longer than {MOST_FILE_BYTES} bytes"));
    }
    let format = match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg)) => format,
        Ok(other) => return Err(format!("it is {other:?} data, but only PNG and JPEG are read")),
        Err(_) if bytes.is_empty() => return Err("the file is empty".into()),
        Err(_) => return Err("it begins as neither PNG nor JPEG data does".into()),
    };
    if format == ImageFormat::Jpeg && !jpeg_has_its_end(bytes) {
        return Err("the JPEG data is cut off before its end".into());
    }

    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_DECODED_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(|error| error.to_string())?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 {
        return Err(format!("the picture is {height} x {width}, which is nothing"));
    }
    if pixels > MOST_PIXELS || decoder.total_bytes() > MOST_DECODED_BYTES {
        return Err(format!("the picture is {height} x {width}, but at most {MOST_PIXELS} pixels are decoded"));
    }
    if !is_justified(bytes, format, decoder.total_bytes()) {
        let length = bytes.len();
        return Err(format!("the picture is {height} x {width}, more than a file of {length} bytes can hold"));
    }
    // Damaged words about the orientation do not damage the picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| error.to_string())?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Whether a whole file of these bytes can hold a picture that takes so many bytes when it is decoded.
fn is_justified(bytes: &[u8], format: ImageFormat, decoded: u64) -> bool {
    /// The most bytes that one byte of deflated data stands for.
    const INFLATED: u64 = 1032;
    /// The same for JPEG: at least a bit for each block of 8 x 8 values, which may stand for 4 x 4 of them.
    const JPEG: u64 = 8 * 64 * 16;
    let length = bytes.len() as u64;
    match format {
        // The header comes first in every file: width, height, bits of a value, kind of colour.
        ImageFormat::Png if bytes.len() > 25 => {
            let number = |place: usize| u64::from(u32::from_be_bytes([0, 1, 2, 3].map(|byte| bytes[place + byte])));
            let values = match bytes[25] {
                2 => 3,
                4 => 2,
                6 => 4,
                _ => 1,
            };
            let row = (number(16) * values * u64::from(bytes[24])).div_ceil(8);
            row.saturating_mul(number(20)) <= length.saturating_mul(INFLATED)
        }
        _ => decoded <= length.saturating_mul(JPEG),
    }
}

/// Whether JPEG data goes on to its end marker; without it the decoder would fill what is missing with grey.
fn jpeg_has_its_end(bytes: &[u8]) -> bool {
    const END: u8 = 0xd9;
    // In a scan, 0xff before 0 is a value, and before 0xd0 to 0xd7 a place to start again.
    let is_marker = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0x01 | 0xd0..=0xd8 | 0xff);
    let mut rest = bytes;
    while let Some(marker) = rest.windows(2).position(is_marker) {
        if rest[marker + 1] == END {
            return true;
        }
        // All other markers are followed by the length of their segment, which may hold a thumbnail with its own end.
        rest = &rest[marker + 2..];
        let &[high, low, ..] = rest else { return false };
        let length = usize::from(u16::from_be_bytes([high, low]));
        rest = rest.get(length..).unwrap_or_default();
    }
    false
}

/// The picture in the wanted channels and of the wanted size; none where it has fewer bytes than its size says.
fn fitted(picture: DynamicImage, [height, width, channels]: [usize; 3]) -> Option<Vec<u8>> {
    let extents = [picture.width(), picture.height()];
    let wanted = [width as u32, height as u32];
    let bytes = with_channels(picture, channels);
    match channels {
        _ if extents == wanted => Some(bytes),
        1 => stretched::<Luma<u8>>(bytes, extents, wanted),
        _ => stretched::<Rgb<u8>>(bytes, extents, wanted),
    }
}

/// The picture's bytes with 1 or 3 channels.
fn with_channels(picture: DynamicImage, wanted: usize) -> Vec<u8> {
    let upper = |values: Vec<u16>| values.into_iter().map(|value| (value >> 8) as u8).collect();
    let (channels, bytes): (usize, Vec<u8>) = match picture {
        DynamicImage::ImageLuma8(pixels) => (1, pixels.into_raw()),
        DynamicImage::ImageLumaA8(pixels) => (2, pixels.into_raw()),
        DynamicImage::ImageRgb8(pixels) => (3, pixels.into_raw()),
        DynamicImage::ImageRgba8(pixels) => (4, pixels.into_raw()),
        DynamicImage::ImageLuma16(pixels) => (1, upper(pixels.into_raw())),
        DynamicImage::ImageLumaA16(pixels) => (2, upper(pixels.into_raw())),
        DynamicImage::ImageRgb16(pixels) => (3, upper(pixels.into_raw())),
        DynamicImage::ImageRgba16(pixels) => (4, upper(pixels.into_raw())),
        other => (3, other.into_rgb8().into_raw()),
    };
    if channels == wanted {
        return bytes;
    }
    let pixels = bytes.chunks_exact(channels);
    match wanted {
        1 if channels >= 3 => pixels.map(grey).collect(),
        1 => pixels.map(|pixel| pixel[0]).collect(),
        _ if channels >= 3 => pixels.flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect(),
        _ => pixels.flat_map(|pixel| [pixel[0]; 3]).collect(),
    }
}

/// The brightness of a pixel of red, green and blue, as Pillow computes it.
fn grey(pixel: &[u8]) -> u8 {
    let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
    ((19_595 * red + 38_470 * green + 7_471 * blue + 32_768) >> 16) as u8
}

/// The pixels stretched from one width and height to another.
fn stretched<P: Pixel<Subpixel = u8> + 'static>(bytes: Vec<u8>, from: [u32; 2], to: [u32; 2]) -> Option<Vec<u8>> {
    let pixels = ImageBuffer::<P, Vec<u8>>::from_raw(from[0], from[1], bytes)?;
    Some(imageops::resize(&pixels, to[0], to[1], FilterType::Triangle).into_raw())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_shrinks_in_its_proportions_and_never_to_nothing() {
        let cat = decode_within("cat", CAT, 300, 3).unwrap();
        assert_eq!((cat.shape, cat.full_size, cat.pixels.len()), ([200, 300, 3], [300, 451], 180_000));
        let grey = decode_within("cat", CAT, 451, 1).unwrap();
        assert_eq!(grey.shape, [300, 451, 1]);
        assert_eq!(grey.pixels, decode("cat", CAT, [300, 451, 1]).unwrap());
        assert_eq!(decode_within("cat", CAT, 1, 1).unwrap().shape, [1, 1, 1]);
        assert!(decode_within("cat", CAT, 300, 2).is_err());
        assert!(decode_within("cat", CAT, 0, 3).is_ok_and(|picture| picture.shape == [1, 1, 3]));
    }

    #[test]
    fn the_end_of_jpeg_data_is_not_that_of_its_thumbnail() {
        // Start, a segment that holds another picture's end, a scan with a value of 0xff and a restart, the end.
        let whole = [
            &[0xff, 0xd8, 0xff, 0xe1, 0, 6, 0xff, 0xd9, 7, 7][..],
            &[0xff, 0xda, 0, 3, 1, 50, 0xff, 0, 51, 0xff, 0xd0, 52, 0xff, 0xd9],
        ]
        .concat();
        assert!(jpeg_has_its_end(&whole));
        for length in 2..whole.len() {
            assert!(!jpeg_has_its_end(&whole[..length]), "{length}");
        }
    }
}
