//! `ocellus convolve`: the lecture's numbers, pictures, and what is refused.

use std::fs;

use image::{GrayImage, ImageFormat, RgbImage};
use tempfile::TempDir;

use super::{names, ocellus, refuses, refuses_command, succeeds};
use crate::support::gpu;

/// Its picture's width and height.
fn size(folder: &TempDir, file: &str) -> (u32, u32) {
    image::open(folder.path().join(file)).unwrap().into_rgb8().dimensions()
}

const INPUT: [&str; 5] = ["convolve", "--input", "0 1 2; 3 4 5; 6 7 8", "--kernel", "0 1; 2 3"];

#[test]
fn the_lectures_example_is_printed_and_drawn() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let ran = succeeds(folder.path(), &INPUT);
    assert_eq!(ran.stdout, "19 25\n37 43\n");
    assert!(ran.stderr.contains("written to convolution.png"), "{}", ran.stderr);
    assert_eq!(names(folder.path()), ["convolution.png"]);
    let explained = [INPUT.as_slice(), &["--explain", "0,0", "-o", "explained.svg"]].concat();
    let expected = "19 25\n37 43\n\nRow 0, column 0:\nwindow   kernel   products\n0 1      0 1       0  1\n3 4      2 3       6 12\n\
                    0·0 + 1·1 + 3·2 + 4·3 = 19\n";
    assert_eq!(succeeds(folder.path(), &explained).stdout, expected);
    assert!(fs::read_to_string(folder.path().join("explained.svg")).unwrap().starts_with("<svg"));
    let same = [INPUT.as_slice(), &["--padding", "same"]].concat();
    assert_eq!(succeeds(folder.path(), &same).stdout, "19 25 10\n37 43 16\n 7  8  0\n");
    // A number below 0 is no option.
    let negative = ["convolve", "--input", "-1 2", "--kernel", "-1 1"];
    assert_eq!(succeeds(folder.path(), &negative).stdout, "3\n");
}

#[test]
fn pictures_are_drawn_grey_or_in_colour_and_large_ones_shrunk() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let ran = succeeds(folder.path(), &["convolve", "--kernel", "blur"]);
    assert!(ran.stderr.contains("the cat in the program") && ran.stdout.is_empty(), "{}", ran.stderr);
    let cat = size(&folder, "convolution.png");
    assert!(cat.0 > 1400 && cat.1 > 400, "{cat:?}");
    let large = RgbImage::from_fn(1200, 60, |x, _| image::Rgb([x as u8, 9, 200]));
    large.save_with_format(folder.path().join("large"), ImageFormat::Png).unwrap();
    succeeds(folder.path(), &["convolve", "large", "--color", "--explain", "12,297", "-o", "large.png"]);
    let refused = ["convolve", "large", "--explain", "13,0", "-o", "no.png"];
    refuses_command(folder.path(), ocellus(folder.path(), &refused), &["row 13, column 0", "13 rows, 298 columns"]);
    succeeds(folder.path(), &["convolve", "large", "--random", "3", "--color", "--seed", "4", "-o", "random.png"]);
    assert!(size(&folder, "random.png").0 > 1000, "{:?}", size(&folder, "random.png"));
}

#[test]
fn what_cannot_be_convolved_is_refused() {
    refuses(&["convolve", "--input", "0 1; 2"], &["--input", "row 2 of the matrix has 1 number but row 1 has 2"]);
    refuses(&["convolve", "--kernel", "0 1; 2"], &["--kernel 0 1; 2", "row 2 of the matrix has 1 number"]);
    refuses(&["convolve", "--kernel", "egde"], &["--kernel egde", "did you mean 'edge'?", "sobel-x"]);
    refuses(&["convolve", "--kernel", "0 x"], &["'x' in row 1, column 2"]);
    refuses(&["convolve", "--random", "0"], &["--random 0", "at least 1"]);
    refuses(&["convolve", "--explain", "1"], &["--explain", "counted from 0, such as 0,0"]);
    refuses(&["convolve", "--padding", "full"], &["full", "valid", "same"]);
    for arguments in [["convolve"], ["activations"]] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = ocellus(folder.path(), &arguments);
        command.env("OCELLUS_KERNELS", "wrong");
        refuses_command(folder.path(), command, &["OCELLUS_KERNELS is 'wrong'", "naive"]);
    }
    refuses(&["convolve", "-o", "cat.gif"], &["cat.gif", ".png", ".svg"]);
    for conflict in [
        ["--random", "2", "--kernel", "edge"],
        ["--random", "2", "--explain", "0,0"],
        ["--input", "1", "--random", "2"],
    ] {
        refuses(&[&["convolve"], conflict.as_slice()].concat(), &[conflict[0], conflict[2], "cannot be used with"]);
    }
    refuses(&["convolve", "--input", "1", "--color"], &["--input", "--color"]);
    refuses(&["convolve", "--input", "1", "cat.png"], &["--input", "PICTURE"]);
    refuses(&["convolve", "--seed", "1"], &["--random"]);
    refuses(&["convolve", "absent.png"], &["cannot read a picture", "absent.png"]);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("notes.png"), "no picture").unwrap();
    refuses_command(folder.path(), ocellus(folder.path(), &["convolve", "notes.png"]), &["notes.png", "PNG"]);
    if gpu().is_some() {
        refuses(&["convolve", "--input", "1 2; 3 4"], &["3x3", "2x2", "padding 'same'"]);
        GrayImage::new(2, 9).save(folder.path().join("narrow.png")).unwrap();
        refuses_command(folder.path(), ocellus(folder.path(), &["convolve", "narrow.png"]), &["3x3", "9x2"]);
        let outside = [INPUT.as_slice(), &["--explain", "0,2"]].concat();
        refuses(&outside, &["row 0, column 2", "2 rows, 2 columns"]);
    }
}
