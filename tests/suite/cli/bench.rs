//! `ocellus bench` and `ocellus bench kernels`, with as little work as they accept.

use std::fs;

use ocellus::model::lecture;
use serde_json::Value;

use super::{finish, ocellus, refuses, succeeds};
use crate::support::gpu;

fn json(arguments: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let arguments: Vec<&str> = ["bench"].iter().chain(arguments).copied().chain(["--json"]).collect();
    serde_json::from_str(&succeeds(folder.path(), &arguments).stdout).unwrap()
}

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or_else(|| panic!("{key} of {value}"))
}

/// Whether the median lies between the quartiles, above 0.
fn is_spread(value: &Value) -> bool {
    let [lower, median, upper] = ["lower_quartile", "median", "upper_quartile"].map(|key| number(value, key));
    0.0 < lower && lower <= median && median <= upper
}

#[test]
fn rates_are_told_for_every_model_and_batch_size() {
    if gpu().is_none() {
        return;
    }
    let found = json(&["--model", "lenet5,mlp", "--batch-size", "2,5", "--steps", "2", "--seconds", "0"]);
    assert!(!found["adapter"].as_str().unwrap().is_empty());
    for work in ["training", "inference"] {
        let rates = found[work].as_array().unwrap();
        let cases: Vec<_> =
            rates.iter().map(|rate| (rate["model"].as_str().unwrap(), rate["batch_size"].as_u64().unwrap())).collect();
        assert_eq!(cases, [("lenet5", 2), ("lenet5", 5), ("mlp", 2), ("mlp", 5)]);
        for rate in rates {
            assert_eq!((&rate["steps"], &rate["images_per_second"]["samples"]), (&2.into(), &5.into()));
            assert!(is_spread(&rate["images_per_second"]), "{rate}");
            assert!(number(rate, "gpu_bytes") > 0.0);
            if cfg!(target_os = "linux") {
                assert!(number(rate, "host_peak_bytes") > 1e6, "{rate}");
            }
        }
    }
    for rate in found["training"].as_array().unwrap() {
        assert!(is_spread(&rate["host_seconds_per_step"]) && number(rate, "first_step_seconds") > 0.0, "{rate}");
        // Pictures in whole words, labels and order: a word each for two steps' pictures.
        let pictures = 2.0 * number(rate, "batch_size");
        assert!(number(rate, "data_bytes") >= pictures * (3072.0 + 8.0), "{rate}");
        assert!(number(rate, "gpu_bytes") > number(rate, "data_bytes"));
    }
    assert!(found["inference"].as_array().unwrap().iter().all(|rate| number(rate, "first_batch_seconds") > 0.0));
    let found = json(&["--model", "mlp", "--work", "inference", "--batch-size", "3", "--steps", "1", "--seconds", "0"]);
    assert_eq!((found["training"].as_array().unwrap().len(), found["inference"].as_array().unwrap().len()), (0, 1));
}

#[test]
fn kernels_are_told_for_every_layer_with_work_of_its_own() {
    if gpu().is_none() {
        return;
    }
    let found = json(&["kernels", "--batch-size", "4"]);
    assert_eq!((&found["model"], &found["batch_size"]), (&"lecture".into(), &4.into()));
    assert!(number(&found["ceiling"], "gflops") > 0.0 && number(&found["ceiling"], "gigabytes_per_second") > 0.0);
    let passes = found["passes"].as_array().unwrap();
    let has = |layer: &str, pass: &str| {
        passes.iter().any(|found| found["layer"] == layer && found["pass"].as_str().unwrap().contains(pass))
    };
    // Whether the layer's pooling runs in the kernel of the convolution before it by some choice, pass by pass.
    let pooled =
        |layer: &str, pass: &str| has(&layer.replace("max_pooling2d", "conv2d"), &format!("max_pooling2d: {pass}"));
    for layer in lecture([32, 32, 3], 10).unwrap().layers() {
        match layer.kind().class() {
            "Conv2D" | "Dense" => {
                assert!(
                    has(layer.name(), "forward") && has(layer.name(), "gradient of the kernel"),
                    "{}",
                    layer.name()
                );
                // Nothing is below the first layer.
                assert_eq!(has(layer.name(), "gradient of the input"), layer.name() != "conv2d", "{}", layer.name());
            }
            "MaxPooling2D" => {
                // Told once: with the convolution, or by itself.
                for pass in ["forward", "gradient"] {
                    assert_ne!(has(layer.name(), pass), pooled(layer.name(), pass), "{}: {pass}", layer.name());
                }
            }
            _ => {}
        }
    }
    assert!(has("loss", "gradient") && has("optimizer", "step") && has("input_layer", "gather: images"));
    let (mut shares, mut forward) = (0, 0);
    for pass in passes {
        let operations = pass["operations"].as_u64();
        let others = pass["others"].as_array().unwrap();
        if pass["pass"] == "conv2d: gradient of the input" {
            assert!(others.iter().any(|other| other["choice"] == "naive"), "{pass}");
        }
        for measured in others.iter().chain([&pass["chosen"]]).filter(|measured| !measured.is_null()) {
            assert!(!measured["kernels"].as_array().unwrap().is_empty());
            assert!(number(&measured["milliseconds"], "median") >= 0.0, "{pass}");
            // How large a share is depends on what else the machine does meanwhile; what it is of, does not.
            if let Some(share) = measured["share_of_ceiling"].as_f64() {
                let rate = operations.unwrap() as f64 / number(&measured["milliseconds"], "median") / 1e6;
                assert!(share > 0.0 && share.is_finite(), "{pass}");
                assert!((share * number(&found["ceiling"], "gflops") / rate - 1.0).abs() < 1e-6, "{pass}");
                shares += 1;
            }
        }
        if pass["pass"].as_str().unwrap().starts_with("conv2d and max_pooling2d: ") {
            let naive = others.iter().find(|other| other["choice"] == "naive").unwrap();
            let kernels = naive["kernels"].as_array().unwrap();
            let has = |op: &str| kernels.iter().any(|kernel| kernel.as_str().unwrap().starts_with(op));
            assert!(has("conv2d/") && has("max_pooling2d/"), "{pass}");
        }
        if pass["layer"] == "conv2d_1" && pass["pass"].as_str().unwrap().ends_with(": forward") {
            forward += 1;
            // Of thirteen rows and columns the pooling after it looks at twelve.
            assert_eq!(operations, Some(2 * 4 * 12 * 12 * 64 * 9 * 32));
        }
    }
    // The second convolution has both gradients, so that its pooling's is a pass of its own by all choices.
    let of_poolings: Vec<&str> = passes
        .iter()
        .filter(|pass| pass["pass"] == "max_pooling2d: gradient")
        .map(|pass| pass["layer"].as_str().unwrap())
        .collect();
    assert_eq!(of_poolings, ["max_pooling2d_1"]);
    assert!(shares > 10, "{shares} passes have a share of the ceiling");
    assert_eq!(forward, 1, "the kernels of a forward pass stand together, whether they pool or not");
}

#[test]
fn what_is_measured_are_the_kernels_that_a_training_runs() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let bench = |arguments: &[&str], selection: &str| -> Value {
        let model = ["--model", "lenet5", "--batch-size", "2", "--json", "--kernel-choice", selection];
        let mut command = ocellus(folder.path(), &[&["bench"], arguments, &model].concat());
        command.env("OCELLUS_CACHE", folder.path());
        let ran = finish(command);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap()
    };
    let training = ["--work", "training", "--steps", "1", "--seconds", "0"];
    bench(&training, "fixed");
    let path = folder.path().join("kernel-choices.json");
    assert!(!path.exists(), "nothing is measured where the class chooses");
    bench(&training, "auto");
    // Where there is one kernel for each pass, there is nothing to remember.
    let Ok(text) = fs::read_to_string(&path) else { return };
    let mut entries: Vec<Value> = serde_json::from_str(&text).unwrap();
    for entry in &mut entries {
        entry["choice"] = "naive".into();
    }
    fs::write(&path, Value::from(entries).to_string()).unwrap();
    let naive = |found: &Value| {
        let passes = found["passes"].as_array().unwrap().iter();
        let kernels = passes.filter_map(|pass| pass["chosen"]["kernels"].as_array()).flatten();
        kernels.filter(|kernel| kernel.as_str().unwrap().ends_with("naive")).count()
    };
    let [remembered, fixed] = ["auto", "fixed"].map(|selection| naive(&bench(&["kernels"], selection)));
    assert!(remembered > fixed, "{remembered} naive kernels are told as chosen, {fixed} by the class");
}

#[test]
fn what_cannot_be_measured_is_refused() {
    refuses(&["bench", "--model", "lecure"], &["--model lecure", "did you mean 'lecture'"]);
    refuses(&["bench", "--batch-size", "32,0"], &["--batch-size 0", "at least 1"]);
    refuses(&["bench", "--work", "sleep"], &["'sleep'", "training, inference"]);
    refuses(&["bench", "--steps", "0"], &["--steps 0", "at least 1"]);
    refuses(&["bench", "--seconds", "-1"], &["--seconds -1", "at least 0"]);
    refuses(&["bench", "kernels", "--batch-size", "0"], &["--batch-size 0", "at least 1"]);
    refuses(&["bench", "kernels", "--kernel-choice", "fastest"], &["'fastest' is neither 'auto' nor 'fixed'"]);
}
