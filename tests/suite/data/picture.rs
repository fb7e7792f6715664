//! Single pictures: how they are turned, converted and brought to a size, and what is refused.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageBuffer, ImageFormat, Luma, RgbImage, Rgba, RgbaImage};
use ocellus::data::picture;

use super::*;

pub(super) fn png(picture: &DynamicImage) -> Vec<u8> {
    encoded(picture, ImageFormat::Png)
}

pub(super) fn jpeg(picture: &DynamicImage) -> Vec<u8> {
    encoded(picture, ImageFormat::Jpeg)
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A picture of noise.
fn rgb(width: u32, height: u32) -> RgbImage {
    RgbImage::from_raw(width, height, noise((width * height * 3) as usize)).unwrap()
}

fn decode(bytes: &[u8], shape: [usize; 3]) -> Vec<u8> {
    picture::decode("a picture", bytes, shape).unwrap()
}

#[test]
fn a_picture_of_the_wanted_shape_keeps_its_pixels() {
    let picture = rgb(7, 5);
    assert_eq!(decode(&png(&picture.clone().into()), [5, 7, 3]), picture.into_raw());
    let grey = GrayImage::from_raw(3, 2, noise(6)).unwrap();
    assert_eq!(decode(&png(&grey.clone().into()), [2, 3, 1]), grey.into_raw());
}

#[test]
fn a_file_and_its_bytes_are_the_same_picture_whatever_the_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    let bytes = png(&rgb(4, 4).into());
    fs::write(&path, &bytes).unwrap();
    assert_eq!(picture::load(&path, [4, 4, 3]).unwrap(), decode(&bytes, [4, 4, 3]));
    let message = refusal(picture::load(folder.path().join("absent.png"), [4, 4, 3]));
    assert_says(&message, &["cannot read", "absent.png"]);
}

#[test]
fn channels_are_converted_as_pillow_does() {
    // What Pillow's convert("L") makes of these colours.
    let colours = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [200, 100, 50], [1, 2, 3], [255, 255, 255]];
    let picture = RgbImage::from_raw(6, 1, colours.concat()).unwrap();
    assert_eq!(decode(&png(&picture.into()), [1, 6, 1]), [76, 150, 29, 124, 2, 255]);
    let grey = GrayImage::from_raw(2, 1, vec![9, 200]).unwrap();
    assert_eq!(decode(&png(&grey.into()), [1, 2, 3]), [9, 9, 9, 200, 200, 200]);
    // Alpha is dropped, not blended.
    let clear = RgbaImage::from_pixel(1, 1, Rgba([10, 20, 30, 0]));
    assert_eq!(decode(&png(&clear.into()), [1, 1, 3]), [10, 20, 30]);
    // 16-bit values keep their upper byte.
    let deep = ImageBuffer::<Luma<u16>, _>::from_raw(2, 1, vec![0x12ff, 0xff00]).unwrap();
    assert_eq!(decode(&png(&deep.into()), [1, 2, 1]), [0x12, 0xff]);
    let deep = ImageBuffer::<Rgba<u16>, _>::from_raw(1, 1, vec![0x0180, 0x02ff, 0x0300, 0]).unwrap();
    assert_eq!(decode(&png(&deep.into()), [1, 1, 3]), [1, 2, 3]);
}

#[test]
fn a_picture_that_shrinks_is_averaged_over() {
    // Stripes one pixel wide; without antialiasing either all white or all black would be left.
    let stripes = GrayImage::from_fn(64, 64, |x, _| Luma([if x % 2 == 0 { 0 } else { 255 }]));
    let small = decode(&png(&stripes.into()), [8, 8, 1]);
    assert!(small.iter().all(|value| (120..=135).contains(value)), "{small:?}");
    // Stretched whatever the proportions: the left half stays the left half.
    let halves = GrayImage::from_fn(40, 10, |x, _| Luma([if x < 20 { 0 } else { 255 }]));
    let small = decode(&png(&halves.into()), [4, 4, 1]);
    assert_eq!((small[0], small[3], small.len()), (0, 255, 16));
}

#[test]
fn a_picture_that_grows_keeps_its_colour() {
    let grown = decode(&png(&RgbImage::from_pixel(1, 1, image::Rgb([7, 8, 9])).into()), [3, 2, 3]);
    assert_eq!(grown, [7, 8, 9].repeat(6));
}

/// JPEG data with an EXIF segment that says nothing but this orientation.
fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
}

#[test]
fn the_orientation_in_the_file_is_respected() {
    // Bright above, dark below.
    let picture = GrayImage::from_fn(8, 16, |_, y| Luma([if y < 8 { 230 } else { 20 }]));
    let file = jpeg(&picture.into());
    let corners = |orientation: u8, [height, width]: [usize; 2]| {
        let pixels = decode(&with_orientation(&file, orientation), [height, width, 1]);
        [pixels[0] > 128, pixels[width - 1] > 128, pixels[(height - 1) * width] > 128]
    };
    assert_eq!(corners(1, [16, 8]), [true, true, false], "as it is");
    assert_eq!(corners(3, [16, 8]), [false, false, true], "half a turn");
    assert_eq!(corners(6, [8, 16]), [false, true, false], "a quarter clockwise");
    assert_eq!(corners(8, [8, 16]), [true, false, true], "a quarter the other way");
}

#[test]
fn what_is_no_picture_is_refused_with_its_name() {
    let refused = |bytes: &[u8]| refusal(picture::decode("x.png", bytes, [4, 4, 3]));
    assert_says(&refused(b""), &["x.png: the file is empty", "replace the picture"]);
    assert_says(&refused(b"no picture at all"), &["x.png: ", "neither PNG nor JPEG"]);
    assert_says(&refused(b"GIF89a and so on"), &["x.png: ", "Gif data", "only PNG and JPEG"]);
    let bytes = png(&rgb(4, 4).into());
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    assert_says(&refused(&flipped), &["x.png: ", "replace the picture"]);
}

#[test]
fn pictures_that_are_cut_off_are_refused_wherever_it_was() {
    let picture = rgb(40, 30);
    for (name, bytes) in [("png", png(&picture.clone().into())), ("jpeg", jpeg(&picture.into()))] {
        // PNG's last chunk has nothing in it, and a decoder need not ask for it.
        for length in 0..bytes.len() - 12 {
            let result = picture::decode("cut", &bytes[..length], [4, 4, 3]);
            assert!(result.is_err(), "{length} of {} bytes of {name}", bytes.len());
        }
    }
}

#[test]
fn a_small_file_that_announces_a_huge_picture_is_refused() {
    // The extents of a PNG stand behind its signature, with a checksum behind them; those of a JPEG in its frame.
    let mut bytes = png(&rgb(4, 4).into());
    bytes[16..20].copy_from_slice(&60_000u32.to_be_bytes());
    bytes[20..24].copy_from_slice(&60_000u32.to_be_bytes());
    let checksum = crc32fast::hash(&bytes[12..29]).to_be_bytes();
    bytes[29..33].copy_from_slice(&checksum);
    let message = refusal(picture::decode("huge.png", &bytes, [4, 4, 3]));
    assert_says(&message, &["huge.png: "]);

    let mut bytes = jpeg(&rgb(4, 4).into());
    let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    bytes[frame + 5..frame + 9].copy_from_slice(&[0xea, 0x60, 0xea, 0x60]);
    let message = refusal(picture::decode("huge.jpg", &bytes, [4, 4, 3]));
    assert_says(&message, &["huge.jpg: ", "60000 x 60000", "at most 67108864 pixels"]);
}

#[test]
fn shapes_that_no_picture_has_are_refused() {
    let bytes = png(&rgb(4, 4).into());
    for shape in [[0, 4, 3], [4, 0, 3], [4, 4, 0], [4, 4, 2], [4, 4, 4], [usize::MAX, 2, 1], [1 << 20, 1 << 20, 3]] {
        let message = refusal(picture::decode("x.png", &bytes, shape));
        assert_says(&message, &["1 channel for grey or 3 for RGB", &format!("x {} x {}", shape[1], shape[2])]);
    }
}
