//! Numbers that Keras computed: every op case and every trace of a training, from the folder that
//! `OCELLUS_KERAS_CASES` names, or from the copies under `tests/keras/`.
//!
//! A folder holds pairs of NAME.json and NAME.safetensors. A description with `cases` lists op cases, one with `model`
//! is a trace. What the runner does not know, op, layer, optimizer or option, is a failure.

mod case;
mod ops;
mod trace;
mod trace_model;

use std::path::PathBuf;

use case::Tensors;
use serde_json::Value;

fn folder() -> PathBuf {
    std::env::var_os("OCELLUS_KERAS_CASES")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/keras"), PathBuf::from)
}

/// The descriptions in the folder that have this key, with their tensors; at least one, or the test would pass on an
/// empty folder.
fn descriptions(key: &str) -> Vec<(String, Value, Tensors)> {
    let folder = folder();
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("OCELLUS_KERAS_CASES {}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let description: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        if description.get(key).is_some() {
            let tensors = Tensors::read(&path.with_extension("safetensors"));
            found.push((path.display().to_string(), description, tensors));
        }
    }
    assert!(!found.is_empty(), "no description with '{key}' in {}", folder.display());
    found
}

#[test]
fn every_op_case_agrees() {
    let Some(gpu) = crate::support::gpu() else { return };
    let mut failures = Vec::new();
    for (path, description, tensors) in descriptions("cases") {
        let cases = description["cases"].as_array().expect("cases is a list");
        assert!(!cases.is_empty(), "{path} has no cases");
        for case in cases {
            let key = case["key"].as_str().expect("a case has a key");
            // A panic names its case too: the others are still run.
            let run = std::panic::AssertUnwindSafe(|| ops::check(&gpu, case, &tensors));
            match std::panic::catch_unwind(run) {
                Ok(Ok(())) => {}
                Ok(Err(reason)) => failures.push(format!("{key}: {reason}")),
                Err(_) => failures.push(format!("{key}: panicked, see above")),
            }
        }
    }
    assert!(failures.is_empty(), "{} cases fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_trace_is_followed() {
    let Some(gpu) = crate::support::gpu() else { return };
    for (path, description, tensors) in descriptions("model") {
        println!("{path}");
        trace::check(&gpu, &description, &tensors);
    }
}
