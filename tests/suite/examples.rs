//! The examples run, each as its own program; `cargo test` has built them.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use crate::support::{gpu, skipped};

/// What the example `name` prints; `None` where it was not built, as when only some tests are.
fn output_of(name: &str, arguments: &[&OsStr]) -> Option<String> {
    gpu()?;
    let programs = Path::new(env!("CARGO_BIN_EXE_ocellus")).parent().unwrap();
    let program = programs.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        skipped("the examples were not built; `cargo test` without a choice of targets builds them");
        return None;
    }
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn pictures_made_in_memory_are_learned() {
    let Some(output) = output_of("train_in_memory", &[]) else { return };
    let recognised: usize = output
        .lines()
        .filter_map(|line| line.split_once(": ")?.1.strip_suffix(" of 100 recognised"))
        .map(|count| count.parse::<usize>().unwrap())
        .sum();
    assert!(recognised > 240, "{output}");
}

#[test]
fn a_programs_own_device_serves_both() {
    let Some(output) = output_of("own_device", &[]) else { return };
    assert_eq!(output.matches("the rings are ").count(), 3, "{output}");
}

#[test]
fn a_stream_of_frames_makes_no_buffers() {
    let Some(output) = output_of("camera", &[]) else { return };
    assert!(output.contains(" frames per second") && output.contains("\n0 GPU buffers were made"), "{output}");
}

#[test]
fn the_lecture_in_library_code_draws_all_its_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let Some(output) = output_of("lecture", &[folder.path().as_os_str()]) else { return };
    assert!(output.starts_with("19 25; 37 43: 0·0 + 1·1 + 3·2 + 4·3 = 19\n"), "{output}");
    let accuracy =
        output.lines().find_map(|line| line.strip_prefix("accuracy ")?.split(' ').next()?.parse::<f64>().ok());
    assert!(accuracy.is_some_and(|accuracy| accuracy > 0.9), "{output}");
    let pictures = std::fs::read_dir(folder.path()).unwrap().map(|entry| image::open(entry.unwrap().path()).unwrap());
    assert_eq!(pictures.count(), 10);
}
