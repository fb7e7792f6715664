//! `ocellus predict`, on pictures and on datasets.

use std::fs;
use std::path::Path;
use std::process::Command;

use image::{DynamicImage, GrayImage, RgbImage};
use ocellus::data::digits;
use ocellus::model::{Metadata, WeightsFile, lecture};
use ocellus::train::{Blocking, Predictor};
use serde_json::Value;
use tempfile::TempDir;

use super::runs::write_run;
use super::{finish, names, ocellus, refuses, refuses_command, succeeds, text};
use crate::support::{gpu, skipped};

/// A folder with a run of the digits and with the first of them as pictures: `0.png` to `4.png`.
fn with_pictures() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_run(&folder.path().join("run"), &[0.5]);
    let test = digits::load().unwrap().test;
    for number in 0..5 {
        let picture = GrayImage::from_raw(28, 28, test.image(number).to_vec()).unwrap();
        picture.save(folder.path().join(format!("{number}.png"))).unwrap();
    }
    folder
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let arguments: Vec<&str> = ["predict", "--json"].iter().chain(arguments).copied().collect();
    serde_json::from_str(&succeeds(folder, &arguments).stdout).unwrap()
}

#[test]
fn pictures_are_predicted_as_the_library_predicts_them() {
    let Some(gpu) = gpu() else { return };
    let folder = with_pictures();
    let found = json(folder.path(), &["0.png", "run", "1.png", "2.png", "--top", "2", "--batch-size", "2"]);
    let model = WeightsFile::load(&folder.path().join("run/best.safetensors")).unwrap().model().unwrap();
    let test = digits::load().unwrap().test.take(3).unwrap();
    let expected = Blocking::classify(&Predictor::new(&gpu, &model, 2).unwrap(), test.pixels()).unwrap();
    let predictions = found["predictions"].as_array().unwrap();
    assert_eq!(predictions.len(), 3);
    for (sample, prediction) in predictions.iter().enumerate() {
        assert_eq!(prediction["file"], format!("{sample}.png"));
        assert!(prediction.get("label").is_none() && prediction.get("index").is_none());
        let probabilities: Vec<f32> = serde_json::from_value(prediction["probabilities"].clone()).unwrap();
        assert_eq!(probabilities, expected.probabilities(sample));
        let top = expected.top(sample, 2);
        assert_eq!(prediction["prediction"], top[0].0.to_string());
        let told: Vec<(String, f32)> = prediction["top"]
            .as_array()
            .unwrap()
            .iter()
            .map(|class| (class["class"].as_str().unwrap().to_owned(), class["probability"].as_f64().unwrap() as f32))
            .collect();
        assert_eq!(told, top.iter().map(|(class, probability)| (class.to_string(), *probability)).collect::<Vec<_>>());
    }
    let lines = succeeds(folder.path(), &["predict", "run", "0.png", "1.png", "--top", "2"]).stdout;
    let [(first, share), (second, _)] = expected.top(0, 2)[..] else { panic!("two classes") };
    let start = format!("0.png: {first} {:.1}%, {second} ", 100.0 * share);
    assert!(lines.starts_with(&start), "{lines} does not start with {start}");
    assert_eq!(lines.lines().count(), 2);
}

#[test]
fn pictures_of_any_size_and_kind_are_brought_to_the_models() {
    if gpu().is_none() {
        return;
    }
    let folder = with_pictures();
    let large = image::open(folder.path().join("3.png")).unwrap().resize_exact(280, 280, image::imageops::Nearest);
    large.save(folder.path().join("large.png")).unwrap();
    DynamicImage::from(large.to_rgb8()).save(folder.path().join("colour.png")).unwrap();
    RgbImage::from_pixel(7, 300, image::Rgb([9, 200, 30])).save(folder.path().join("tall.jpg")).unwrap();
    // By its contents, not its name.
    fs::copy(folder.path().join("3.png"), folder.path().join("picture")).unwrap();
    let found = json(folder.path(), &["run", "3.png", "large.png", "colour.png", "tall.jpg", "picture"]);
    let probability = |place: usize| found["predictions"][place]["top"][0]["probability"].as_f64().unwrap();
    for place in [1, 2, 4] {
        assert!((probability(place) - probability(0)).abs() < 0.02, "{found}");
        assert_eq!(found["predictions"][place]["prediction"], found["predictions"][0]["prediction"]);
    }
    assert!(probability(3) > 0.0);
}

#[test]
fn a_dataset_is_predicted_with_its_labels() {
    if gpu().is_none() {
        return;
    }
    let folder = with_pictures();
    let found = json(folder.path(), &["run", "--data", "digits", "--limit", "12"]);
    let predictions = found["predictions"].as_array().unwrap();
    let labels = digits::load().unwrap().test;
    assert_eq!(predictions.len(), 12);
    for (index, prediction) in predictions.iter().enumerate() {
        assert_eq!(prediction["index"], index);
        assert_eq!(prediction["label"], labels.labels()[index].to_string());
    }
    let lines = succeeds(folder.path(), &["predict", "run", "--split", "train", "--limit", "4"]).stdout;
    assert!(lines.starts_with("0: ") && lines.lines().next().unwrap().ends_with("(label 0)"), "{lines}");
}

#[test]
fn tables_have_every_probability_under_its_class() {
    if gpu().is_none() {
        return;
    }
    let folder = with_pictures();
    let model = lecture([28, 28, 1], 10).unwrap();
    model.initialize(1);
    let mut classes: Vec<String> = (0..10).map(|digit| digit.to_string()).collect();
    // What CSV must quote.
    classes[3] = "three, \"3\"".to_owned();
    classes[4] = "four\nlines".to_owned();
    let metadata = Metadata::new(&model, "digits", &classes);
    WeightsFile::save(&folder.path().join("quoted.safetensors"), &model, &metadata).unwrap();
    fs::rename(folder.path().join("1.png"), folder.path().join("one, 1.png")).unwrap();

    let ran = succeeds(folder.path(), &["predict", "quoted.safetensors", "0.png", "one, 1.png", "--csv", "table.csv"]);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("written to table.csv"), "{}", ran.stderr);
    let mut table = csv::Reader::from_path(folder.path().join("table.csv")).unwrap();
    let header: Vec<String> = table.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(header[..3], ["file", "label", "prediction"]);
    assert_eq!(header[3..], classes);
    let rows: Vec<csv::StringRecord> = table.records().collect::<Result<_, _>>().unwrap();
    assert_eq!((rows.len(), &rows[0][0], &rows[1][0], &rows[1][1]), (2, "0.png", "one, 1.png", ""));
    for row in &rows {
        let probabilities: Vec<f32> = row.iter().skip(3).map(|number| number.parse().unwrap()).collect();
        assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{row:?}");
        let best = (0..10).max_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b])).unwrap();
        assert_eq!(row[2], classes[best]);
    }

    let arguments = ["predict", "run", "--data", "digits", "--limit", "3", "--csv", "-"];
    let table = succeeds(folder.path(), &arguments).stdout;
    assert!(table.starts_with("index,label,prediction,0,1,2,3,4,5,6,7,8,9\n0,0,"), "{table}");
    assert_eq!(table.lines().count(), 4);
}

#[test]
fn a_layers_values_are_written_as_numpy_reads_them() {
    let Some(gpu) = gpu() else { return };
    let folder = with_pictures();
    let arguments = ["predict", "run", "0.png", "1.png", "2.png", "--batch-size", "2"];
    let layer = ["--layer", "max_pooling2d", "--npy", "values.npy"];
    let ran = succeeds(folder.path(), &[arguments.as_slice(), &layer].concat());
    assert!(ran.stdout.is_empty() && ran.stderr.contains("written to values.npy"), "{}", ran.stderr);
    let model = WeightsFile::load(&folder.path().join("run/best.safetensors")).unwrap().model().unwrap();
    let predictor = Predictor::with_layers(&gpu, &model, 2, &["max_pooling2d"]).unwrap();
    let test = digits::load().unwrap().test.take(3).unwrap();
    let values = pollster::block_on(predictor.predict_picture_layers(test.pixels(), &["max_pooling2d"])).unwrap();
    let bytes = fs::read(folder.path().join("values.npy")).unwrap();
    let expected: Vec<u8> = values[0].iter().flat_map(|value| value.to_le_bytes()).collect();
    assert!(bytes.starts_with(b"\x93NUMPY\x01\x00") && bytes.ends_with(&expected));
    assert_eq!(bytes.len(), 128 + expected.len());
    assert_eq!(values[0].len(), 3 * 13 * 13 * 32);

    // The same by NumPy itself, where there is one.
    let script =
        "import numpy, sys; a = numpy.load('values.npy'); print(a.shape, a.dtype, repr(float(a[2, 12, 11, 31])))";
    for python in ["python3", "/usr/bin/python3"] {
        let output = Command::new(python).args(["-c", script]).current_dir(folder.path()).output();
        if let Some(output) = output.ok().filter(|output| output.status.success()) {
            let expected = values[0][((2 * 13 + 12) * 13 + 11) * 32 + 31];
            let told = String::from_utf8(output.stdout).unwrap();
            assert_eq!(told.trim(), format!("(3, 13, 13, 32) float32 {:?}", f64::from(expected)));
            return;
        }
    }
    skipped("there is no Python with NumPy to read the array");
}

#[test]
fn pictures_that_cannot_be_read_are_refused_by_their_names() {
    let folder = with_pictures();
    let refuses = |arguments: &[&str], words: &[&str]| {
        let arguments: Vec<&str> = ["predict", "run"].iter().chain(arguments).copied().collect();
        refuses_command(folder.path(), ocellus(folder.path(), &arguments), words);
    };
    refuses(&["0.png", "absent.jpg"], &["absent.jpg"]);
    fs::write(folder.path().join("notes.txt"), "no picture").unwrap();
    refuses(&["notes.txt"], &["notes.txt", "PNG"]);
    let whole = fs::read(folder.path().join("0.png")).unwrap();
    fs::write(folder.path().join("half.png"), &whole[..whole.len() / 2]).unwrap();
    refuses(&["half.png"], &["half.png"]);
    fs::write(folder.path().join("empty.png"), "").unwrap();
    refuses(&["empty.png"], &["empty.png"]);
}

#[test]
fn options_that_do_not_go_together_are_refused() {
    refuses(&["predict"], &["nothing to predict", "name pictures", "--data"]);
    refuses(&["predict", "cat.jpg", "--data", "digits"], &["pictures are named, and a dataset", "take one"]);
    refuses(&["predict", "cat.jpg", "--limit", "3"], &["pictures are named", "--limit"]);
    refuses(&["predict", "cat.jpg", "--top", "0"], &["--top 0", "at least 1"]);
    refuses(&["predict", "cat.jpg", "--batch-size", "0"], &["--batch-size 0", "at least 1"]);
    refuses(&["predict", "cat.jpg", "--csv", "-", "--json"], &["--csv - and --json both print"]);
    refuses(&["predict", "cat.jpg", "--layer", "conv2d"], &["--npy"]);
    refuses(&["predict", "cat.jpg", "--npy", "a.npy"], &["--layer"]);
    refuses(&["predict", "cat.jpg", "--layer", "conv2d", "--npy", "a.npy", "--json"], &["--layer", "--json", "cannot"]);
    let words = ["--layer cnv2d", "model 'lecture' has no such layer", "did you mean 'conv2d'", "dense_1"];
    refuses(&["predict", "cat.jpg", "--layer", "cnv2d", "--npy", "a.npy"], &words);
    let folder = tempfile::tempdir().unwrap();
    let mut command = ocellus(folder.path(), &["predict", "cat.jpg"]);
    command.env("OCELLUS_KERNELS", "wrong");
    refuses_command(folder.path(), command, &["OCELLUS_KERNELS is 'wrong'", "naive"]);
}

#[test]
fn the_weights_inside_the_program_have_a_name_where_there_are_runs() {
    if gpu().is_none() {
        return;
    }
    let folder = with_pictures();
    let root = folder.path();
    fs::create_dir(root.join("runs")).unwrap();
    fs::write(root.join("runs/last"), "run\n").unwrap();
    RgbImage::from_pixel(40, 30, image::Rgb([90, 150, 230])).save(root.join("sky.png")).unwrap();
    let ran = succeeds(root, &["predict", "sky.png", "lecture-cifar10"]);
    assert!(ran.stderr.contains("model: the CIFAR-10 weights inside the program\n"), "{}", ran.stderr);
    assert!(ran.stdout.starts_with("sky.png: airplane "), "{}", ran.stdout);
    assert!(succeeds(root, &["summary", "lecture-cifar10"]).stdout.contains("Total params: 122,570"));
    for class in ["a/1.png", "b/1.png"] {
        let path = root.join("two").join(class);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(root.join("sky.png"), path).unwrap();
    }
    let training = ["train", "--data", "two", "--validation-split", "0.5", "--init", "lecture-cifar10", "--dry-run"];
    let ran = succeeds(root, &training);
    assert!(ran.stderr.contains("initial weights: lecture-cifar10"), "{}", ran.stderr);
    assert!(ran.stderr.contains("dense_1 begins anew, since there are 2 classes now"), "{}", ran.stderr);
    let command = ocellus(root, &["predict", "./lecture-cifar10"]);
    refuses_command(root, command, &["cannot read ./lecture-cifar10"]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_program_leaves_no_file_in_the_making() {
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    if gpu().is_none() || super::resume::ctrl_c_is_ignored() {
        return;
    }
    for signal in ["-INT", "-TERM"] {
        let folder = with_pictures();
        let before = names(folder.path());
        let arguments =
            ["predict", "run", "--data", "digits", "--split", "train", "--layer", "conv2d", "--npy", "a.npy"];
        let mut command = ocellus(folder.path(), &arguments);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        // The file is begun before the adapter is opened, so that there is time to see it.
        while !names(folder.path()).iter().any(|name| name.starts_with(".ocellus-")) {
            assert!(begun.elapsed() < Duration::from_secs(60), "no file was begun");
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal}");
        assert_eq!(names(folder.path()), before, "{signal}");
    }
}

#[test]
fn a_picture_is_predicted_by_the_weights_inside_the_program_from_any_folder() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    RgbImage::from_pixel(40, 30, image::Rgb([90, 150, 230])).save(folder.path().join("sky.png")).unwrap();
    let mut command = ocellus(folder.path(), &["predict", "sky.png"]);
    command.env("OCELLUS_KERNELS", "naive");
    let ran = finish(command);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("model: the CIFAR-10 weights inside the program"), "{}", ran.stderr);
    assert!(ran.stdout.starts_with("sky.png: airplane "), "{}", ran.stdout);
    assert_eq!(names(folder.path()), ["sky.png"]);
    let fast = succeeds(folder.path(), &["predict", "sky.png"]).stdout;
    assert_eq!(fast, ran.stdout);
    let failed = ocellus(folder.path(), &["predict", "sky.png", "--csv", "absent/table.csv"]);
    refuses_command(folder.path(), failed, &["cannot write absent/table.csv"]);
    fs::write(folder.path().join("table.csv"), "old").unwrap();
    succeeds(folder.path(), &["predict", "sky.png", "--csv", "table.csv"]);
    assert!(text(&folder.path().join("table.csv")).starts_with("file,label,prediction,airplane,automobile"));
}
