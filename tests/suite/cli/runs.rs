//! `ocellus runs`, on runs that are whole, begun, damaged or not there.

use std::fs;
use std::path::Path;

use ocellus::model::lecture;
use ocellus::train::{
    Callback, DataConfig, EpochRecord, LayersSource, ModelSource, RunConfig, RunFolder, TrainingConfig,
};
use serde_json::{Value, json};

use super::{names, refuses, succeeds};

/// Writes the run `folder` with these validation accuracies, one per epoch.
pub fn write_run(folder: &Path, accuracies: &[f64]) {
    let model = lecture([28, 28, 1], 10).unwrap();
    model.initialize(7);
    let config = RunConfig {
        model: Some(ModelSource::Layers(LayersSource::from(model.config()))),
        data: DataConfig { limit: Some(40), validation_split: Some(0.25), ..DataConfig::default() },
        training: TrainingConfig { epochs: 3, ..TrainingConfig::default() },
        ..RunConfig::default()
    };
    let classes: Vec<String> = (0..10).map(|digit| digit.to_string()).collect();
    let mut run = RunFolder::create(Some(folder), &config, "digits", &classes).unwrap();
    for (epoch, accuracy) in accuracies.iter().enumerate() {
        let record = EpochRecord {
            epoch: epoch + 1,
            loss: 1.5,
            accuracy: 0.5,
            val_loss: Some(1.25),
            val_accuracy: Some(*accuracy),
            seconds: 40.0,
            images_per_second: 125.0,
            weights_hash: None,
        };
        // Other weights in every epoch.
        model.initialize(epoch as u32);
        run.on_epoch_end(&record, &model).unwrap();
    }
}

#[test]
fn runs_are_listed_with_how_they_went_and_damaged_ones_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().join("runs");
    fs::create_dir(&runs).unwrap();
    write_run(&runs.join("lecture-10"), &[0.5, 0.75, 0.625]);
    write_run(&runs.join("lecture-9"), &[]);
    write_run(&runs.join("gone"), &[0.5]);
    fs::remove_file(runs.join("gone/best.safetensors")).unwrap();
    write_run(&runs.join("half"), &[0.5, 0.5]);
    let history = fs::read_to_string(runs.join("half/history.csv")).unwrap();
    fs::write(runs.join("half/history.csv"), &history[..history.len() - 12]).unwrap();
    fs::create_dir(runs.join("notes")).unwrap();
    fs::create_dir(runs.join(".cache")).unwrap();
    write_run(&runs.join("odd"), &[0.5]);
    fs::write(runs.join("odd/config.toml"), "[training]\nepochs = true\n").unwrap();
    fs::write(runs.join("last"), "runs/lecture-10\n").unwrap();

    let shown = succeeds(folder.path(), &["runs"]).stdout;
    let line = |name: &str| shown.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{name}: {shown}"));
    let whole = line("runs/lecture-10 (last)");
    for word in ["lecture", "digits", "3/3", "0.7500 (epoch 2)", "2 min 00 s", "125"] {
        assert!(whole.contains(word), "'{word}' is not in {whole}");
    }
    assert!(line("runs/lecture-9 ").contains("0/3"), "{shown}");
    // The last run is listed wherever it lies, since commands take it.
    write_run(&folder.path().join("elsewhere"), &[0.5]);
    fs::write(runs.join("last"), "elsewhere\n").unwrap();
    let with_last = succeeds(folder.path(), &["runs"]).stdout;
    assert!(with_last.contains("elsewhere (last)") && with_last.contains("runs/lecture-10 "), "{with_last}");
    fs::write(runs.join("last"), "runs/lecture-10\n").unwrap();
    assert!(shown.find("runs/lecture-9 ") < shown.find("runs/lecture-10"), "{shown}");
    assert!(shown.contains("gone/best.safetensors is missing"), "{shown}");
    assert!(shown.contains("half/history.csv, line 3: "), "{shown}");
    assert!(shown.contains("notes/config.toml is missing"), "{shown}");
    assert!(shown.contains("odd/config.toml:2: ") && shown.contains("'epochs'"), "{shown}");
    assert_eq!(shown.matches(" damaged ").count(), 4, "{shown}");
    assert!(!shown.contains(".cache"), "{shown}");

    let listed: Value = serde_json::from_str(&succeeds(folder.path(), &["runs", "--json"]).stdout).unwrap();
    let run = |name: &str| listed.as_array().unwrap().iter().find(|run| run["run"] == name).unwrap().clone();
    assert_eq!(listed.as_array().unwrap().len(), 6);
    assert_eq!(
        run("runs/lecture-10"),
        json!({
            "run": "runs/lecture-10", "last": true, "model": "lecture", "data": "digits", "epochs_done": 3,
            "epochs_asked": 3, "best_accuracy": 0.75, "best_epoch": 2, "seconds": 120.0, "images_per_second": 125.0,
        })
    );
    assert_eq!(
        (&run("runs/lecture-9")["best_accuracy"], &run("runs/lecture-9")["epochs_done"]),
        (&Value::Null, &json!(0))
    );
    assert!(run("runs/notes")["damaged"].as_str().unwrap().contains("config.toml is missing"));

    // A run by itself, from anywhere.
    let elsewhere = tempfile::tempdir().unwrap();
    let alone = succeeds(elsewhere.path(), &["runs", runs.join("lecture-10").to_str().unwrap()]).stdout;
    assert!(alone.contains("0.7500 (epoch 2)") && !alone.contains("lecture-9"), "{alone}");
    assert_eq!(names(elsewhere.path()), [""; 0]);
}

#[test]
fn where_there_are_no_runs_this_is_said_and_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let ran = succeeds(folder.path(), &["runs"]);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("there are no runs in runs; `ocellus train` makes one"));
    assert_eq!(succeeds(folder.path(), &["runs", "--json"]).stdout.trim(), "[]");
    // A folder that was named is another matter.
    refuses(&["runs", "trainings"], &["cannot read trainings", "check that it is there"]);
}
