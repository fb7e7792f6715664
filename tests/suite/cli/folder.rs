//! Folders of pictures on the command line.

use std::fs;

use image::{Rgb, RgbImage};
use ocellus::model::WeightsFile;
use tempfile::TempDir;

use super::{finish, ocellus, refuses, refuses_command, text};
use crate::support::gpu;

/// A folder `pictures/` of two classes, dark and bright, of 16 pictures each, 12 x 10 pixels.
fn pictures() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (class, level) in [("dark", 20), ("bright", 220)] {
        let class = folder.path().join("pictures").join(class);
        fs::create_dir_all(&class).unwrap();
        for number in 0..16 {
            let picture = RgbImage::from_pixel(12, 10, Rgb([level, level + number, level]));
            picture.save(class.join(format!("{number}.png"))).unwrap();
        }
    }
    folder
}

#[test]
fn a_folder_of_pictures_is_trained_on_under_its_own_name() {
    if gpu().is_none() {
        return;
    }
    let folder = pictures();
    let place = folder.path().join("pictures");
    let train = |out: &str| {
        let options = ["--image-size", "20x24", "--validation-split", "0.25", "--epochs", "1", "--batch-size", "8"];
        let arguments = [&["train", "--data", place.to_str().unwrap(), "--out", out], &options[..]].concat();
        let mut command = ocellus(folder.path(), &arguments);
        command.env("OCELLUS_CACHE", folder.path().join("cache"));
        let ran = finish(command);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert!(ran.stderr.contains("data: pictures, 24 samples to train on, 8 to validate on"), "{}", ran.stderr);
    };
    train("first");
    let kept = || fs::read_dir(folder.path().join("cache/pictures")).unwrap().count();
    assert_eq!(kept(), 1);
    train("second");
    assert_eq!(kept(), 1);
    // The weights know the name, and nothing of where the folder is.
    let weights = |run: &str| folder.path().join(run).join("last.safetensors");
    assert_eq!(fs::read(weights("first")).unwrap(), fs::read(weights("second")).unwrap());
    let loaded = WeightsFile::load(&weights("first")).unwrap();
    assert_eq!(loaded.described().unwrap().class_names, ["bright", "dark"]);
    assert_eq!(loaded.described().unwrap().dataset, "pictures");
    // The run's settings know it, so that it can be repeated.
    assert!(text(&folder.path().join("first/config.toml")).contains(place.to_str().unwrap()));
}

#[test]
fn a_folder_that_cannot_be_used_is_refused_by_the_options_name() {
    let folder = pictures();
    let refused = |arguments: &[&str], words: &[&str]| {
        let mut command = ocellus(folder.path(), &[&["train"], arguments].concat());
        command.env("OCELLUS_CACHE", folder.path().join("pictures"));
        refuses_command(folder.path(), command, words);
    };
    refused(&["--data", "pictures", "--data-dir", "other"], &["--data-dir other", "itself a folder of pictures"]);
    refused(
        &["--data", "picture"],
        &["--data picture", "there is no dataset 'picture'", "folder of pictures by its path"],
    );
    refused(&["--data", "pictures/dark"], &["pictures/dark", "in no classes", "a folder for each class"]);
    fs::write(folder.path().join("pictures/dark/3.png"), "words").unwrap();
    refused(&["--data", "pictures"], &["pictures/dark/3.png", "neither PNG nor JPEG", "replace the picture"]);
}

#[test]
fn a_size_that_is_none_or_not_wanted_is_refused() {
    for size in ["0", "12x0", "large", "1x2x3", "-1", "12x"] {
        refuses(&["train", &format!("--image-size={size}")], &[&format!("'{size}'"), "--image-size"]);
    }
    refuses(
        &["train", "--image-size", "64"],
        &["--image-size 64x64", "the pictures of digits have a size of their own"],
    );
}
