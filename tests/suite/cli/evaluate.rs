//! `ocellus evaluate`, and how it and `predict` find their model and data.

use std::fs;
use std::path::Path;

use ocellus::data::digits;
use ocellus::model::WeightsFile;
use ocellus::train::Blocking;
use serde_json::Value;
use tempfile::TempDir;

use super::runs::write_run;
use super::{ocellus, refuses, refuses_command, succeeds, text, write_weights};
use crate::support::{gpu, skipped};

/// A folder with the run `run`, of two epochs, the first of them the best.
fn with_run() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_run(&folder.path().join("run"), &[0.75, 0.5]);
    folder
}

fn evaluate(folder: &Path, arguments: &[&str]) -> Value {
    let arguments: Vec<&str> = ["evaluate", "--json"].iter().chain(arguments).copied().collect();
    serde_json::from_str(&succeeds(folder, &arguments).stdout).unwrap()
}

#[test]
fn what_is_told_is_what_the_library_finds() {
    let Some(gpu) = gpu() else { return };
    let folder = with_run();
    let found = evaluate(folder.path(), &["run", "--limit", "50", "--batch-size", "16"]);
    let model = WeightsFile::load(&folder.path().join("run/best.safetensors")).unwrap().model().unwrap();
    let test = digits::load().unwrap().test.take(50).unwrap();
    let expected = Blocking::evaluate(&gpu, &model, &test, 16).unwrap();
    assert!((found["loss"].as_f64().unwrap() - expected.loss).abs() < 1e-4 * expected.loss, "{found}");
    assert_eq!(found["accuracy"].as_f64().unwrap(), expected.accuracy);
    assert!(found["top_5_accuracy"].as_f64().unwrap() >= expected.accuracy);
    assert_eq!(
        (&found["samples"], &found["class_names"][9], &found["model"]),
        (&50.into(), &"9".into(), &"run/best.safetensors".into())
    );
    let classes = found["classes"].as_array().unwrap();
    let sum = |key: &str| classes.iter().map(|class| class[key].as_u64().unwrap()).sum::<u64>();
    assert_eq!((classes.len(), sum("support"), sum("predicted")), (10, 50, 50));
    assert_eq!(sum("correct") as f64 / 50.0, expected.accuracy);

    let ran = succeeds(folder.path(), &["evaluate", "run", "--limit", "50", "--csv", "classes.csv"]);
    assert!(ran.stdout.contains(&format!("Accuracy: {:.4}", expected.accuracy)), "{}", ran.stdout);
    assert!(ran.stdout.contains("│ Class │") && ran.stderr.contains("written to classes.csv"), "{}", ran.stdout);
    let csv = text(&folder.path().join("classes.csv"));
    assert_eq!(csv.lines().next(), Some("class,support,predicted,correct,precision,recall,f1"));
    assert_eq!(csv.lines().count(), 11);
    assert_eq!(succeeds(folder.path(), &["evaluate", "run", "--limit", "50", "--csv", "-"]).stdout, csv);
}

#[test]
fn a_runs_own_parts_are_those_it_trained_and_validated_on() {
    if gpu().is_none() {
        return;
    }
    let folder = with_run();
    // The run took 40 pictures and kept a quarter of them back.
    for (arguments, part) in [
        (["--split", "train"].as_slice(), "digits, 30 pictures of its training part"),
        (&["--split", "validation"], "digits, 10 pictures of its validation part"),
        (&["--limit", "9"], "digits, 9 pictures of its test split"),
    ] {
        let arguments: Vec<&str> = ["evaluate", "run"].iter().chain(arguments).copied().collect();
        let ran = succeeds(folder.path(), &arguments);
        assert!(ran.stderr.contains(part), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn the_model_is_the_named_one_else_the_last_run_and_which_weights_is_said() {
    if gpu().is_none() {
        return;
    }
    let folder = with_run();
    let loss = |arguments: &[&str], said: &str| {
        let arguments: Vec<&str> = ["evaluate", "--limit", "20", "--json"].iter().chain(arguments).copied().collect();
        let ran = succeeds(folder.path(), &arguments);
        assert!(ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
        serde_json::from_str::<Value>(&ran.stdout).unwrap()["loss"].as_f64().unwrap()
    };
    let best = loss(&["run"], "model: run (best.safetensors, of the best epoch)");
    let last = loss(&["run", "--weights", "last"], "model: run (last.safetensors, after the last epoch)");
    assert!(best != last);
    assert_eq!(loss(&["run/last.safetensors"], "model: run/last.safetensors"), last);
    // A weights file away from its run knows its dataset's name all the same.
    fs::copy(folder.path().join("run/last.safetensors"), folder.path().join("copy.safetensors")).unwrap();
    assert_eq!(loss(&["copy.safetensors"], "data: digits"), last);
    fs::create_dir(folder.path().join("runs")).unwrap();
    fs::write(folder.path().join("runs/last"), "run\n").unwrap();
    assert_eq!(loss(&[], "model: the last run, run (best.safetensors"), best);
    for last in ["runs/last", "./runs/last"] {
        assert_eq!(loss(&[last], "model: run (best.safetensors"), best);
        let summaries = [last, "run"].map(|run| succeeds(folder.path(), &["summary", run]).stdout);
        assert_eq!(summaries[0], summaries[1]);
        let ran = succeeds(folder.path(), &["train", "--init", last, "--dry-run"]);
        assert!(ran.stderr.contains("initial weights: run/best.safetensors"), "{}", ran.stderr);
        let merged = succeeds(folder.path(), &["train", last, "--init", last, "--print-config"]).stdout;
        assert!(merged.contains("init = \"run\""), "{merged}");
    }
    fs::remove_file(folder.path().join("runs/last")).unwrap();
    refuses_command(folder.path(), ocellus(folder.path(), &["evaluate", "runs/last"]), &["runs/last", "neither a run"]);
}

#[test]
fn the_weights_inside_the_program_serve_where_there_is_no_run() {
    let Some(data) = std::env::var_os("OCELLUS_TEST_CIFAR10") else {
        return skipped("OCELLUS_TEST_CIFAR10 names no folder with cifar-10-batches-bin/");
    };
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["evaluate", "--data-dir", data.to_str().unwrap(), "--limit", "200", "--json"];
    let ran = succeeds(folder.path(), &arguments);
    assert!(ran.stderr.contains("model: the CIFAR-10 weights inside the program"), "{}", ran.stderr);
    assert!(ran.stderr.contains("data: cifar10, 200 pictures of its test split"), "{}", ran.stderr);
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    // 0.6975 on the whole test split.
    assert!(found["accuracy"].as_f64().unwrap() > 0.6, "{found}");
}

#[test]
fn a_model_that_cannot_be_used_is_refused() {
    let folder = with_run();
    let path = |name: &str| folder.path().join(name);
    let refuses = |arguments: &[&str], words: &[&str]| {
        let arguments: Vec<&str> = ["evaluate"].iter().chain(arguments).copied().collect();
        refuses_command(folder.path(), ocellus(folder.path(), &arguments), words);
    };
    refuses(&["absent.safetensors"], &["cannot read weights from absent.safetensors"]);
    refuses(&["absent"], &["absent is neither a run's folder nor a .safetensors file", "ocellus runs"]);
    fs::create_dir(path("pictures")).unwrap();
    refuses(&["pictures"], &["pictures is a folder, but no run", "config.toml"]);
    write_weights(&path("other.safetensors"), [28, 28, 1], 10);
    refuses(&["run", "other.safetensors"], &["run and other.safetensors are both models", "name one"]);
    refuses(&["run/best.safetensors", "--weights", "best"], &["--weights best", "leave the option out"]);
    refuses(&["--weights", "last"], &["--weights last", "the weights inside the program"]);
    refuses(&["run", "--weights", "first"], &["'first'", "best", "last"]);

    write_run(&path("begun"), &[]);
    refuses(&["begun"], &["run begun has no best.safetensors yet", "after the first epoch"]);
    fs::create_dir(path("runs")).unwrap();
    fs::write(path("runs/last"), "runs/gone\n").unwrap();
    refuses(&[], &["runs/last, line 1", "runs/gone, which is not there", "name a run"]);
    fs::write(path("run/config.toml"), "[data]\nname = 3\n").unwrap();
    refuses(&["run"], &["run/config.toml:2", "'name'"]);
    fs::remove_file(path("run/config.toml")).unwrap();
    refuses(&["run"], &["run/config.toml is missing"]);
}

#[test]
fn data_that_is_not_the_models_is_refused() {
    let folder = with_run();
    write_weights(&folder.path().join("letters.safetensors"), [28, 28, 1], 26);
    write_weights(&folder.path().join("large.safetensors"), [32, 32, 3], 10);
    let refuses = |arguments: &[&str], words: &[&str]| {
        let arguments: Vec<&str> = ["evaluate"].iter().chain(arguments).copied().collect();
        refuses_command(folder.path(), ocellus(folder.path(), &arguments), words);
    };
    let classes = ["digits has 10 classes, but letters.safetensors tells 26 apart", "--data"];
    refuses(&["letters.safetensors"], &classes);
    refuses(&["large.safetensors"], &["(28, 28, 1)", "large.safetensors takes (32, 32, 3)"]);
    refuses(&["run", "--data", "digist"], &["'digist'", "digits"]);
    refuses(&["run", "--split", "half"], &["'half'", "train", "validation", "test"]);
    refuses(&["run", "--limit", "0"], &["--limit 0", "at least 1"]);
    refuses(&["run", "--batch-size", "0"], &["--batch-size 0", "at least 1"]);
}

#[test]
fn results_that_cannot_be_written_are_refused() {
    refuses(&["evaluate", "--csv", "-", "--json"], &["--csv - and --json both print", "give one of them a file"]);
    let folder = with_run();
    let mut command = ocellus(folder.path(), &["evaluate", "run"]);
    command.env("OCELLUS_KERNELS", "wrong");
    refuses_command(folder.path(), command, &["OCELLUS_KERNELS is 'wrong'", "naive"]);
    if gpu().is_none() {
        return;
    }
    let command = ocellus(folder.path(), &["evaluate", "run", "--limit", "5", "--csv", "absent/classes.csv"]);
    refuses_command(folder.path(), command, &["cannot write absent/classes.csv", "check that its folder is there"]);
}
