//! `ocellus predict` that draws.

use std::fs;
use std::path::Path;

use image::GrayImage;
use ocellus::data::digits;
use ocellus::model::{Metadata, WeightsFile, lecture};
use serde_json::Value;
use tempfile::TempDir;

use super::runs::write_run;
use super::{names, ocellus, refuses, refuses_command, succeeds, text};
use crate::support::gpu;

/// A folder with a run of the digits, and two digits as pictures.
fn with_run() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_run(&folder.path().join("run"), &[0.5]);
    let test = digits::load().unwrap().test;
    for number in 0..2 {
        let picture = GrayImage::from_raw(28, 28, test.image(number).to_vec()).unwrap();
        picture.save(folder.path().join(format!("{number}.png"))).unwrap();
    }
    folder
}

/// What `predict --json` tells of the first 30 pictures.
fn predictions(folder: &Path) -> Vec<Value> {
    let ran = succeeds(folder, &["predict", "run", "--limit", "30", "--json"]);
    let mut found: Value = serde_json::from_str(&ran.stdout).unwrap();
    serde_json::from_value(found["predictions"].take()).unwrap()
}

/// The texts of an SVG file in their order.
fn words(path: &Path) -> Vec<String> {
    let text = text(path);
    text.split("aria-label=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

/// Three lines below a picture: what it is taken for, what it is, and its number.
fn captions(prediction: &Value) -> [String; 3] {
    let (class, label) = (prediction["prediction"].as_str().unwrap(), prediction["label"].as_str().unwrap());
    let share = 100.0 * prediction["top"][0]["probability"].as_f64().unwrap();
    [format!("{class} · {share:.0} %"), format!("is: {label}"), format!("#{}", prediction["index"])]
}

#[test]
fn a_grid_shows_the_first_pictures_with_predictions_and_labels() {
    if gpu().is_none() {
        return;
    }
    let folder = with_run();
    let expected = predictions(folder.path());
    let ran = succeeds(folder.path(), &["predict", "run", "--limit", "30", "--grid", "6", "-o", "grid.svg"]);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("written to grid.svg"), "{}{}", ran.stdout, ran.stderr);
    let captions: Vec<String> = expected[..6].iter().flat_map(captions).collect();
    let shown = words(&folder.path().join("grid.svg"));
    assert_eq!(shown[0], "Predictions of run/best.safetensors");
    assert_eq!(shown[2..], captions);
    let right = expected[..6].iter().filter(|one| one["prediction"] == one["label"]).count();
    assert_eq!(shown[1], format!("{right} of 6 right"));

    // Without anything else it is the run's data and folder, and 25 pictures.
    let ran = succeeds(folder.path(), &["predict", "run", "--grid"]);
    assert!(ran.stderr.contains("written to run/predictions.png"), "{}", ran.stderr);
    assert!(image::open(folder.path().join("run/predictions.png")).is_ok());
    let sampled = |seed: &str, file: &str| {
        let file = format!("{file}.svg");
        let arguments = ["predict", "run", "--limit", "30", "--grid", "4", "--seed", seed, "-o", &file];
        succeeds(folder.path(), &arguments);
        words(&folder.path().join(file))
    };
    assert_eq!(sampled("1", "a"), sampled("1", "b"));
    assert!(sampled("1", "a") != sampled("2", "b"));
}

#[test]
fn mistakes_come_with_the_surest_first() {
    if gpu().is_none() {
        return;
    }
    let folder = with_run();
    let mut wrong = predictions(folder.path());
    wrong.retain(|one| one["prediction"] != one["label"]);
    let sure = |one: &Value| one["top"][0]["probability"].as_f64().unwrap();
    wrong.sort_by(|a, b| sure(b).total_cmp(&sure(a)));
    let arguments = ["predict", "run", "--limit", "30", "--mistakes", "--grid", "3", "-o", "mistakes.svg"];
    succeeds(folder.path(), &arguments);
    let shown = words(&folder.path().join("mistakes.svg"));
    assert_eq!(shown[1], format!("3 of {} mistakes among 30 pictures, the surest first", wrong.len()));
    assert_eq!(shown[2..], wrong[..3].iter().flat_map(captions).collect::<Vec<_>>());
    let ran = succeeds(folder.path(), &["predict", "run", "--limit", "30", "--mistakes", "--grid", "40"]);
    assert!(ran.stderr.contains(&format!("no more than {} mistakes among the 30", wrong.len())), "{}", ran.stderr);
    assert!(folder.path().join("run/mistakes.png").exists());
}

#[test]
fn where_nothing_is_mistaken_nothing_is_drawn() {
    if gpu().is_none() {
        return;
    }
    let folder = with_run();
    // One class alone is always right.
    let one = folder.path().join("one/only");
    fs::create_dir_all(&one).unwrap();
    fs::copy(folder.path().join("0.png"), one.join("0.png")).unwrap();
    let model = lecture([28, 28, 1], 1).unwrap();
    model.initialize(0);
    let path = folder.path().join("one.safetensors");
    WeightsFile::save(&path, &model, &Metadata::new(&model, "one", &["only".to_owned()])).unwrap();
    let arguments = ["predict", "one.safetensors", "--data", "one", "--split", "train", "--mistakes", "-o", "none.png"];
    let ran = succeeds(folder.path(), &arguments);
    assert!(ran.stderr.contains("nothing is drawn") && !folder.path().join("none.png").exists(), "{}", ran.stderr);
}

#[test]
fn pictures_of_ones_own_have_their_top_classes_beside_them() {
    if gpu().is_none() {
        return;
    }
    let folder = with_run();
    let expected = &predictions(folder.path())[..2];
    succeeds(folder.path(), &["predict", "0.png", "run", "1.png", "--grid", "-o", "own.svg", "--top", "2"]);
    let shown = words(&folder.path().join("own.svg"));
    let mut own = Vec::new();
    for (number, prediction) in expected.iter().enumerate() {
        own.push(format!("{number}.png"));
        for top in &prediction["top"].as_array().unwrap()[..2] {
            let share = 100.0 * top["probability"].as_f64().unwrap();
            own.extend([top["class"].as_str().unwrap().to_owned(), format!("{share:.1} %")]);
        }
    }
    let drawn: Vec<&String> = shown.iter().filter(|words| !words.is_empty()).skip(1).collect();
    assert_eq!(drawn, own.iter().collect::<Vec<_>>());
}

#[test]
fn what_cannot_be_drawn_is_refused_and_leaves_no_file() {
    refuses(&["predict", "cat.jpg", "--mistakes"], &["--mistakes chooses among the pictures of a dataset", "--data"]);
    refuses(&["predict", "cat.jpg", "--grid", "--seed", "3"], &["--seed chooses among"]);
    refuses(&["predict", "--data", "digits", "--grid", "0"], &["--grid", "at least 1"]);
    refuses(&["predict", "a.png", "b.png", "--grid", "1"], &["--grid 1: 2 pictures are named"]);
    refuses(&["predict", "--grid", "cat.jpg"], &["'cat.jpg'", "before --grid"]);
    refuses(&["predict", "--data", "digits", "--mistakes", "--seed", "1"], &["--mistakes", "--seed", "cannot"]);
    for drawn in [["--grid", "3"].as_slice(), &["--mistakes"], &["-o", "a.png"]] {
        let layer = ["predict", "cat.jpg", "--layer", "conv2d", "--npy", "a.npy"];
        refuses(&[layer.as_slice(), drawn].concat(), &["--layer", "cannot"]);
    }
    let folder = with_run();
    let refuses = |arguments: &[&str], words: &[&str]| {
        let arguments: Vec<&str> = ["predict", "run"].iter().chain(arguments).copied().collect();
        refuses_command(folder.path(), ocellus(folder.path(), &arguments), words);
    };
    refuses(&["--limit", "3", "--grid", "-o", "grid.gif"], &["grid.gif ends neither in .png nor in .svg"]);
    refuses(&["--limit", "3", "-o", "absent/grid.png"], &["cannot write absent/grid.png"]);
    refuses(&["absent.png", "--grid"], &["absent.png"]);
    assert_eq!(names(folder.path()), ["0.png", "1.png", "run"]);
}
