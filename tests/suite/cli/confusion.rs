//! `ocellus confusion`.

use serde_json::Value;

use super::runs::write_run;
use super::{names, ocellus, refuses, refuses_command, succeeds, text};
use crate::support::gpu;

#[test]
fn the_matrix_adds_up_to_the_set_in_the_picture_the_table_and_json() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    write_run(&folder.path().join("run"), &[0.5]);
    let arguments = ["confusion", "run", "--limit", "50", "--csv", "matrix.csv", "--json", "-o", "all.svg"];
    let ran = succeeds(folder.path(), &arguments);
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    let confusion: Vec<Vec<usize>> = serde_json::from_value(found["confusion"].clone()).unwrap();
    assert_eq!(confusion.iter().flatten().sum::<usize>(), 50);
    let right: usize = (0..10).map(|class| confusion[class][class]).sum();
    assert_eq!(found["accuracy"].as_f64().unwrap(), right as f64 / 50.0);
    let bins = found["calibration"]["bins"].as_array().unwrap();
    let samples = |bin: &Value| bin["samples"].as_u64().unwrap();
    assert_eq!((bins.len(), bins.iter().map(samples).sum::<u64>()), (15, 50));

    let mut table = csv::Reader::from_path(folder.path().join("matrix.csv")).unwrap();
    let digits: Vec<String> = (0..10).map(|digit| digit.to_string()).collect();
    assert_eq!(&table.headers().unwrap()[0], "label");
    assert!(table.headers().unwrap().iter().skip(1).eq(&digits));
    for (label, row) in table.records().map(Result::unwrap).enumerate() {
        assert_eq!(row[0], digits[label]);
        let counts: Vec<usize> = row.iter().skip(1).map(|count| count.parse().unwrap()).collect();
        assert_eq!(counts, confusion[label]);
    }

    let picture = text(&folder.path().join("all.svg"));
    for words in ["prediction", "true class", "recall", "precision", "50 pictures. Accuracy"] {
        assert!(picture.contains(words), "{words} is not in the picture");
    }
    let pair = &found["most_confused"][0];
    assert!(picture.contains(&format!("aria-label=\"{} → {}\"", pair["label"], pair["prediction"])), "{pair}");
}

#[test]
fn the_picture_goes_to_the_run_and_the_words_to_the_terminal() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    write_run(&folder.path().join("run"), &[0.5]);
    let ran = succeeds(folder.path(), &["confusion", "run", "--limit", "20"]);
    assert!(ran.stderr.contains("written to run/confusion.png"), "{}", ran.stderr);
    for words in ["Pictures: 20\nAccuracy: 0.", "Expected calibration error: 0.", "│ True class │ Prediction │"] {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
    assert!(image::open(folder.path().join("run/confusion.png")).unwrap().width() > 1000);
    assert_eq!(names(folder.path()), ["run"]);
}

#[test]
fn what_makes_no_confusion_is_refused_and_leaves_no_file() {
    refuses(&["confusion", "--csv", "-", "--json"], &["--csv - and --json both print"]);
    refuses(&["confusion", "cat.png"], &["cat.png is neither a run's folder nor a .safetensors file"]);
    let folder = tempfile::tempdir().unwrap();
    write_run(&folder.path().join("run"), &[0.5]);
    let refuses = |arguments: &[&str], words: &[&str]| {
        let arguments: Vec<&str> = ["confusion", "run"].iter().chain(arguments).copied().collect();
        refuses_command(folder.path(), ocellus(folder.path(), &arguments), words);
    };
    refuses(&["-o", "all.gif", "--csv", "matrix.csv"], &["all.gif ends neither in .png nor in .svg"]);
    refuses(&["-o", "absent/all.png"], &["cannot write absent/all.png"]);
    refuses(&["--batch-size", "0"], &["--batch-size 0", "at least 1"]);
    refuses(&["--split", "half"], &["'half'", "validation"]);
}
