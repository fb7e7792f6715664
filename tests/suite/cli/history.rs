//! `ocellus history`, on runs that are whole, begun, astray or no runs.

use std::fs;
use std::path::Path;

use super::runs::write_run;
use super::{names, ocellus, refuses, refuses_command, succeeds};

const HEADER: &str = "epoch,accuracy,loss,val_accuracy,val_loss,seconds,images_per_second";

/// Gives the run `folder` another history.
fn rewrite(folder: &Path, rows: &[&str]) {
    fs::write(folder.join("history.csv"), format!("{HEADER}\n{}\n", rows.join("\n"))).unwrap();
}

#[test]
fn a_run_is_drawn_in_its_folder_and_shown_in_characters() {
    let folder = tempfile::tempdir().unwrap();
    write_run(&folder.path().join("runs/lecture-1"), &[0.5, 0.75, 0.625]);
    fs::write(folder.path().join("runs/last"), "runs/lecture-1\n").unwrap();
    let before = names(&folder.path().join("runs/lecture-1"));
    let ran = succeeds(folder.path(), &["history", "--show"]);
    assert!(ran.stderr.contains("written to runs/lecture-1/history.png"), "{}", ran.stderr);
    assert!(image::open(folder.path().join("runs/lecture-1/history.png")).is_ok());
    assert_eq!(names(&folder.path().join("runs/lecture-1")).len(), before.len() + 1);
    for word in ["Accuracy", "Loss", "epoch", "lecture-1: · training   o validation", "0.75", "1.5"] {
        assert!(ran.stdout.contains(word), "'{word}' is not in {}", ran.stdout);
    }
    assert!(!ran.stdout.contains('\u{1b}'), "{}", ran.stdout);
    // Without --show the file is all.
    assert_eq!(succeeds(folder.path(), &["history"]).stdout, "");
    // What a shell makes of runs/*: the last run is there twice and drawn once.
    let all = succeeds(folder.path(), &["history", "runs/last", "runs/lecture-1", "--show"]);
    assert_eq!(all.stdout, ran.stdout);
}

#[test]
fn runs_are_drawn_in_one_plot_also_without_validation_or_astray() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_run(&at("whole"), &[0.5, 0.75, 0.625]);
    write_run(&at("alone"), &[0.5]);
    rewrite(&at("alone"), &["1,0.25,2,NA,NA,1,1"]);
    write_run(&at("astray"), &[0.5, 0.5]);
    rewrite(&at("astray"), &["1,0.5,NaN,0.5,inf,1,1", "2,0.25,NaN,0.25,NaN,1,1"]);
    let ran = succeeds(folder.path(), &["history", "whole", "alone", "astray", "--show", "-o", "all.svg"]);
    assert_eq!(names(folder.path()), ["all.svg", "alone", "astray", "whole"]);
    let svg = fs::read_to_string(at("all.svg")).unwrap();
    for word in ["whole", "alone", "astray", "training", "validation", "epoch"] {
        assert!(svg.contains(&format!("aria-label=\"{word}\"")), "{word}");
    }
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    let meaning = "whole: a training   A validation\nalone: b training\nastray: c training   C validation\n";
    assert!(ran.stdout.ends_with(meaning), "{}", ran.stdout);
    // Several runs have no folder of their own, so their picture comes here.
    succeeds(folder.path(), &["history", "whole", "alone"]);
    assert!(at("history.png").is_file());
    succeeds(folder.path(), &["history", "astray"]);
    assert!(at("astray/history.png").is_file());
}

#[test]
fn what_has_no_history_is_refused_and_leaves_no_file() {
    refuses(&["history"], &["there is no run in runs/ yet", "ocellus train"]);
    refuses(&["history", "nowhere"], &["nowhere is no run's folder", "ocellus runs"]);
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_run(&at("whole"), &[0.5]);
    write_run(&at("begun"), &[]);
    write_run(&at("damaged"), &[0.5]);
    rewrite(&at("damaged"), &["1,0.5,much,0.5,1,1,1"]);
    fs::create_dir(at("notes")).unwrap();
    let refused = |runs: &[&str], words: &[&str]| {
        refuses_command(folder.path(), ocellus(folder.path(), &[&["history"], runs].concat()), words);
    };
    refused(&["whole", "begun"], &["run begun has no history yet", "train it, or name another run"]);
    refused(&["whole", "damaged"], &["damaged/history.csv, line 2", "'much' is no number"]);
    refused(&["notes"], &["notes is no run's folder"]);
    refused(&["whole/last.safetensors"], &["whole/last.safetensors is no run's folder"]);
    refused(&["whole", "-o", "curves.pdf"], &["curves.pdf", ".png", ".svg"]);
    fs::remove_file(at("whole/history.csv")).unwrap();
    refused(&["whole"], &["run whole has no history yet"]);
}
