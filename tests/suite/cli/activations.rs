//! `ocellus activations`, of the cat, of a dataset's pictures and of one's own.

use std::fs;

use image::GrayImage;
use ocellus::data::digits;

use super::runs::write_run;
use super::{names, ocellus, refuses, refuses_command, succeeds};
use crate::support::gpu;

#[test]
fn the_weights_in_the_program_look_at_the_cat_where_nothing_is_named() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let ran = succeeds(folder.path(), &["activations"]);
    assert!(ran.stderr.contains("the cat in the program"), "{}", ran.stderr);
    assert_eq!(names(folder.path()), ["activations.png"]);
    let picture = image::open(folder.path().join("activations.png")).unwrap();
    assert!(picture.width() > 1200 && picture.height() > 700, "{} x {}", picture.width(), picture.height());
}

#[test]
fn a_runs_own_pictures_are_looked_at_by_default() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    write_run(&folder.path().join("run"), &[0.5]);
    let test = digits::load().unwrap().test;
    GrayImage::from_raw(28, 28, test.image(0).to_vec()).unwrap().save(folder.path().join("0.png")).unwrap();
    let ran = succeeds(folder.path(), &["activations", "run", "--split", "test", "-o", "data.png"]);
    assert!(ran.stderr.contains("digits"), "{}", ran.stderr);
    succeeds(folder.path(), &["activations", "run", "--layer", "all", "--index", "3,5", "-o", "all.png"]);
    succeeds(folder.path(), &["activations", "0.png", "run", "0.png", "--layer", "dense"]);
    assert_eq!(names(folder.path()), ["0.png", "all.png", "data.png", "run"]);
    assert!(folder.path().join("run/activations.png").exists());
    // The same picture by its file has other words, but the same maps.
    succeeds(folder.path(), &["activations", "run", "0.png", "-o", "file.png"]);
    let maps = |file: &str| {
        let picture = image::open(folder.path().join(file)).unwrap().into_rgb8();
        let (width, height) = picture.dimensions();
        image::imageops::crop_imm(&picture, 320, 100, width - 320, height - 120).to_image().into_raw()
    };
    assert_eq!(maps("data.png"), maps("file.png"));
}

#[test]
fn layers_and_pictures_that_are_not_there_are_refused() {
    refuses(&["activations", "--layer", "conv3d"], &["--layer conv3d", "did you mean 'conv2d'?", "max_pooling2d_1"]);
    refuses(&["activations", "absent.png"], &["cannot read a picture", "absent.png"]);
    refuses(&["activations", "cat.png", "--index", "1"], &["pictures are named", "take one of them"]);
    refuses(&["activations", "--index", "-1"], &["--index"]);
    let folder = tempfile::tempdir().unwrap();
    write_run(&folder.path().join("run"), &[0.5]);
    fs::write(folder.path().join("notes.png"), "no picture").unwrap();
    let refuses = |arguments: &[&str], words: &[&str]| {
        let arguments = [&["activations", "run"], arguments].concat();
        refuses_command(folder.path(), ocellus(folder.path(), &arguments), words);
    };
    refuses(&["--index", "0,1000", "--split", "test"], &["--index 1000", "1000 pictures, counted from 0"]);
    refuses(&["notes.png"], &["notes.png", "PNG"]);
    refuses(&["-o", "maps.gif"], &["maps.gif", ".png"]);
}
