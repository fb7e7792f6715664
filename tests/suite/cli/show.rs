//! `ocellus show`, on the digits, a folder, and what there is not.

use std::fs;

use image::{Rgb, RgbImage};
use ocellus::data::digits;

use super::{files, finish, names, ocellus, refuses, refuses_command, succeeds};

#[test]
fn the_digits_are_drawn_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let ran = succeeds(folder.path(), &["show"]);
    assert_eq!(names(folder.path()), ["show.png"]);
    assert!(ran.stderr.contains("written to show.png"), "{}", ran.stderr);
    let train = digits::load().unwrap().train;
    for (name, count) in train.class_names().iter().zip(train.class_counts()) {
        let row = |line: &str| line.split('│').map(str::trim).eq(["", name, &count.to_string(), ""]);
        assert!(ran.stdout.lines().any(row), "{name}: {}", ran.stdout);
    }
    let picture = image::open(folder.path().join("show.png")).unwrap();
    // Five columns of pictures and the classes beside them.
    assert!(
        picture.width() > picture.height() && picture.height() > 1000,
        "{} x {}",
        picture.width(),
        picture.height()
    );
}

#[test]
fn the_same_seed_draws_the_same_and_every_option_something_else() {
    let folder = tempfile::tempdir().unwrap();
    let draw = |options: &[&str]| {
        succeeds(folder.path(), &[&["show", "--count", "4", "-o", "a.svg"], options].concat());
        fs::read_to_string(folder.path().join("a.svg")).unwrap()
    };
    let first = draw(&[]);
    assert_eq!(first, draw(&["--seed", "0", "--split", "train", "--data", "digits"]));
    for options in [["--seed", "1"], ["--split", "test"], ["--class", "3"]] {
        assert_ne!(first, draw(&options), "{options:?}");
    }
    let threes = draw(&["--class", "3", "--split", "test"]);
    assert!(threes.contains("aria-label=\"digits, test split: 4 of 100 pictures of class 3\""), "{threes}");
    // Four pictures, and the class among all.
    assert_eq!(threes.matches("aria-label=\"3\"").count(), 5);
}

#[test]
fn a_folder_of_few_pictures_is_shown_whole_with_its_long_names() {
    let folder = tempfile::tempdir().unwrap();
    let long = "a class whose name is longer than any picture is wide";
    for (class, count) in [("<b>", 1), (long, 2)] {
        let class = folder.path().join("pictures").join(class);
        fs::create_dir_all(&class).unwrap();
        for number in 0..count {
            RgbImage::from_pixel(9, 7, Rgb([200, 40, number])).save(class.join(format!("{number}.png"))).unwrap();
        }
    }
    let mut command = ocellus(folder.path(), &["show", "--data", "pictures", "--image-size", "24x16", "-o", "a.svg"]);
    command.env("OCELLUS_CACHE", folder.path().join("cache"));
    let ran = finish(command);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains(long), "{}", ran.stdout);
    let svg = fs::read_to_string(folder.path().join("a.svg")).unwrap();
    assert!(svg.contains("pictures, training split: 3 of 3 pictures") && svg.contains("&lt;b&gt;"), "{svg}");
    assert!(!svg.contains(long) && svg.contains('…'), "{svg}");
    let again = ["show", "--data", "pictures", "--image-size", "24x16", "--split", "test"];
    let mut command = ocellus(folder.path(), &again);
    command.env("OCELLUS_CACHE", folder.path().join("cache"));
    refuses_command(folder.path(), command, &["--split test", "pictures has no such part", "--split train"]);
}

#[test]
fn what_cannot_be_shown_is_refused_and_leaves_no_file() {
    refuses(&["show", "--class", "tree"], &["--class tree", "there is no such class", "there are 0, 1, 2"]);
    refuses(&["show", "--class", "30"], &["did you mean '3'?"]);
    refuses(&["show", "--count", "0"], &["--count 0", "at least 1"]);
    refuses(&["show", "--data", "digit"], &["--data digit", "did you mean 'digits'?"]);
    refuses(&["show", "--split", "validation"], &["validation", "--split", "train", "test"]);
    refuses(&["show", "-o", "digits.gif"], &["digits.gif", ".png", ".svg"]);
    refuses(&["show", "-o", "nowhere/digits.png"], &["nowhere/digits.png", "folder is there"]);
    // More than a picture holds.
    refuses(&["show", "--count", "4000"], &["cannot draw the picture", "draw less of it"]);
    for option in ["--seed", "--count"] {
        refuses(&["show", option, "-1"], &["'-1'", option]);
    }
}

#[test]
fn where_the_output_is_no_terminal_a_picture_is_not_shown_but_written() {
    let folder = tempfile::tempdir().unwrap();
    let ran = succeeds(folder.path(), &["show", "--show", "--count", "1"]);
    assert!(ran.stderr.contains("no terminal") && !ran.stdout.contains('\u{1b}'), "{}", ran.stderr);
    assert_eq!(files(folder.path()).len(), 1);
}
