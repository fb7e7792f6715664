//! Pictures, folders of them, and what is kept of these.

use std::io::Cursor;
use std::path::Path;
use std::sync::PoisonError;

use image::{DynamicImage, ImageFormat, RgbImage};
use ocellus::data::{folder, picture};

use crate::allocator::taken;
use crate::{TURN, survives};

/// Gives every chunk of a PNG file whose end can be found the checksum of its contents.
fn mend_png(file: &mut [u8]) {
    let mut start = 8;
    while let Some(header) = file.get(start..start + 8) {
        let length = u32::from_be_bytes([header[0], header[1], header[2], header[3]]) as usize;
        let end = start + 8 + length;
        let Some(contents) = file.get(start + 4..end) else { return };
        let checksum = crc32fast::hash(contents).to_be_bytes();
        let Some(place) = file.get_mut(end..end + 4) else { return };
        place.copy_from_slice(&checksum);
        start = end + 4;
    }
}

/// The picture in this format.
fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn drawing() -> DynamicImage {
    RgbImage::from_fn(17, 11, |x, y| image::Rgb([(x * 15) as u8, (y * 23) as u8, (x * y) as u8])).into()
}

fn decodes(bytes: &[u8]) -> bool {
    let _ = picture::decode_within("picture", bytes, 16, 3);
    picture::decode("picture", bytes, [8, 8, 1]).is_ok()
}

/// How many bytes a decoded picture can have for each of its file: a bit for a pixel, deflated, becomes eight bytes in the
/// decoder, and as many again where it is shrunk.
const DECODED: usize = 1100 * 8 * 16;

#[test]
fn pictures_in_png_and_jpeg() {
    let png = [drawing(), drawing().into_rgba16().into(), drawing().into_luma8().into()];
    let png = png.map(|picture| encoded(&picture, ImageFormat::Png));
    let jpeg = [drawing(), drawing().into_luma8().into()].map(|picture| encoded(&picture, ImageFormat::Jpeg));
    survives(1000, DECODED, &png, decodes);
    survives(1500, DECODED, &png, |bytes| {
        let mut bytes = bytes.to_vec();
        mend_png(&mut bytes);
        decodes(&bytes)
    });
    survives(1000, DECODED, &jpeg, decodes);
}

#[test]
fn a_picture_announced_larger_than_its_file_could_be_is_not_decoded() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let announce = |depth: u8, side: u32| {
        let mut png = encoded(&drawing(), ImageFormat::Png);
        png[16..20].copy_from_slice(&side.to_be_bytes());
        png[20..24].copy_from_slice(&side.to_be_bytes());
        png[24] = depth;
        mend_png(&mut png);
        png
    };
    let mut jpeg = encoded(&drawing(), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x1f, 0xff, 0x1f, 0xff]);
    for file in [announce(8, 8000), announce(16, 8000), announce(8, 60_000), jpeg] {
        let bytes = taken(|| {
            let error = picture::decode("picture", &file, [8, 8, 3]).unwrap_err().to_string();
            assert!(error.contains("picture"), "{error}");
        });
        assert!(bytes < 1 << 20, "{bytes} bytes for a file of {}", file.len());
    }
}

#[test]
fn folders_of_pictures_and_what_is_kept_of_them() {
    let place = tempfile::tempdir().unwrap();
    let (pictures, cache) = (place.path().join("pictures"), place.path().join("cache"));
    let png = encoded(&drawing(), ImageFormat::Png);
    for class in ["one", "two"] {
        std::fs::create_dir_all(pictures.join(class)).unwrap();
        std::fs::write(pictures.join(class).join("a.png"), &png).unwrap();
    }
    let load = |cache: Option<&Path>| folder::load(&pictures, [8, 8, 3], cache, &());
    survives(300, DECODED, std::slice::from_ref(&png), |bytes| {
        std::fs::write(pictures.join("one/a.png"), bytes).unwrap();
        load(None).is_ok()
    });
    std::fs::write(pictures.join("one/a.png"), &png).unwrap();
    let expected = load(Some(&cache)).unwrap().train;
    let kept: Vec<_> = std::fs::read_dir(cache.join("pictures")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(kept.len(), 1);
    let valid = std::fs::read(&kept[0]).unwrap();
    // Whatever becomes of it, the pictures are the same.
    survives(500, DECODED, &[valid], |bytes| {
        std::fs::write(&kept[0], bytes).unwrap();
        load(Some(&cache)).unwrap().train.pixels() == expected.pixels()
    });
}
