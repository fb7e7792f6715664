//! IDX files.

use ocellus::data::{Images, idx};

use super::*;

#[test]
fn idx_files_are_read_plain_and_packed() {
    let images = Images::new([2, 4, 1], noise(24)).unwrap();
    assert_eq!(idx::read_images("pictures", &idx_images()).unwrap(), images);
    assert_eq!(idx::read_images("pictures", &gzip(&idx_images())).unwrap(), images);
    let labels = idx_file(0x801, &[3], &[7, 0, 255]);
    assert_eq!(idx::read_labels("labels", &labels).unwrap(), [7, 0, 255]);
    assert_eq!(idx::read_labels("labels", &gzip(&labels)).unwrap(), [7, 0, 255]);
}

#[test]
fn gzip_data_in_several_parts_is_read_to_its_end() {
    let file = idx_images();
    let packed = [gzip(&file[..20]), gzip(&file[20..])].concat();
    assert_eq!(idx::read_images("pictures", &packed).unwrap().pixels(), noise(24));
}

#[test]
fn a_wrong_magic_number_is_refused_with_its_meaning() {
    let labels = idx_file(0x801, &[3], &[1, 2, 3]);
    let message = refusal(idx::read_images("a.idx", &labels));
    assert_says(&message, &["a.idx, byte 0", "0x00000801", "of labels", "0x00000803", "mistaken"]);
    let message = refusal(idx::read_labels("b.idx", &idx_images()));
    assert_says(&message, &["b.idx, byte 0", "0x00000803", "of pictures", "0x00000801"]);
    let floats = refusal(idx::read_images("c.idx", &idx_file(0xd03, &[1, 1, 1], &[0; 4])));
    assert_says(&floats, &["c.idx, byte 0", "0x00000d03", "not unsigned bytes"]);
    let flat = refusal(idx::read_images("d.idx", &idx_file(0x802, &[2, 2, 2], &[0; 8])));
    assert_says(&flat, &["d.idx, byte 0", "more or fewer extents"]);
    let png = refusal(idx::read_images("e.png", b"\x89PNG\r\n\x1a\n0123456789"));
    assert_says(&png, &["e.png, byte 0", "0x89504e47", "no IDX file"]);
}

#[test]
fn a_header_that_is_cut_off_is_refused() {
    for length in 0..16 {
        let message = refusal(idx::read_images("cut.idx", &idx_images()[..length]));
        assert_says(&message, &[&format!("cut.idx, byte {length}:"), "header of 16 bytes"]);
    }
    let message = refusal(idx::read_labels("cut.idx", &idx_file(0x801, &[], &[])));
    assert_says(&message, &["cut.idx, byte 4:", "header of 8 bytes"]);
}

#[test]
fn an_idx_file_that_is_too_short_is_refused_with_its_end() {
    let file = idx_images();
    let message = refusal(idx::read_images("short.idx", &file[..39]));
    assert_says(&message, &["short.idx, byte 39:", "after 23 of the announced 3 x 2 x 4 bytes"]);
    let message = refusal(idx::read_images("short.idx.gz", &gzip(&file[..39])));
    assert_says(&message, &["short.idx.gz (unpacked), byte 39:", "after 23 of the announced 3 x 2 x 4 bytes"]);
}

#[test]
fn an_idx_file_that_is_too_long_is_refused_with_the_place() {
    let file = [idx_images(), vec![0]].concat();
    let message = refusal(idx::read_images("long.idx", &file));
    assert_says(&message, &["long.idx, byte 40:", "goes on after the announced 3 x 2 x 4 bytes"]);
    let message = refusal(idx::read_images("long.idx.gz", &gzip(&file)));
    assert_says(&message, &["long.idx.gz (unpacked), byte 40:", "goes on"]);
}

#[test]
fn an_extent_of_zero_is_refused_with_its_place() {
    for (extents, place, what) in [([0, 2, 4], 4, "0 pictures"), ([3, 0, 4], 8, "0 rows"), ([3, 2, 0], 12, "0 columns")]
    {
        let message = refusal(idx::read_images("zero.idx", &idx_file(0x803, &extents, &[])));
        assert_says(&message, &[&format!("zero.idx, byte {place}:"), what]);
    }
    assert_says(&refusal(idx::read_labels("zero.idx", &idx_file(0x801, &[0], &[]))), &["byte 4:", "0 labels"]);
}

#[test]
fn extents_that_overflow_or_exceed_two_gibibytes_are_refused() {
    for extents in [[u32::MAX; 3], [1 << 31, 1 << 31, 4], [3, 1 << 15, 1 << 15]] {
        let message = refusal(idx::read_images("huge.idx", &idx_file(0x803, &extents, &[0; 100])));
        assert_says(&message, &["huge.idx, byte 4:", &extents[1].to_string(), "more than the 2147483648"]);
    }
}

#[test]
fn a_header_that_lies_about_its_size_costs_no_memory() {
    // Two gibibytes announced, a hundred bytes there: where memory were taken at once, small machines would fail here.
    let file = idx_file(0x803, &[2, 1 << 15, 1 << 15], &[0; 100]);
    assert_says(&refusal(idx::read_images("lie.idx", &file)), &["lie.idx, byte 116:", "after 100 of"]);
    assert_says(&refusal(idx::read_images("lie.gz", &gzip(&file))), &["lie.gz (unpacked), byte 116:", "after 100 of"]);
}

#[test]
fn a_gzip_bomb_is_unpacked_no_further_than_announced() {
    let packed = gzip(&idx_file(0x803, &[3, 2, 4], &vec![0; 64 << 20]));
    assert!(packed.len() < 1 << 20);
    assert_says(&refusal(idx::read_images("bomb.gz", &packed)), &["bomb.gz (unpacked), byte 40:", "goes on"]);
}

#[test]
fn a_truncated_gzip_is_refused_with_file_and_offset() {
    let packed = gzip(&idx_images());
    for length in 2..packed.len() {
        let message = refusal(idx::read_images("cut.idx.gz", &packed[..length]));
        assert_says(&message, &["cut.idx.gz, byte ", "ends in the middle of its gzip data", "get the file again"]);
    }
    let message = refusal(idx::read_images("cut.idx.gz", &packed[..packed.len() - 3]));
    assert_says(&message, &[&format!("cut.idx.gz, byte {}:", packed.len() - 3)]);
}

#[test]
fn a_wrong_checksum_is_refused_with_file_and_offset() {
    let mut packed = gzip(&idx_images());
    let end = packed.len();
    packed[end - 8] ^= 1;
    let message = refusal(idx::read_images("damaged.gz", &packed));
    assert_says(&message, &[&format!("damaged.gz, byte {end}:"), "cannot be unpacked", "checksum"]);
}

#[test]
fn bytes_behind_the_gzip_data_are_refused() {
    let packed = [gzip(&idx_images()), b"and something else entirely".to_vec()].concat();
    assert_says(&refusal(idx::read_images("behind.gz", &packed)), &["behind.gz, byte ", "cannot be unpacked"]);
}
