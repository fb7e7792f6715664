//! `ocellus doctor`, and the list of kernels that it leaves for other commands.

use std::fs;

use ocellus::gpu::FailedKernels;
use serde_json::Value;

use super::{Ran, SHORT, finish, ocellus, refuses};
use crate::support::gpu;

#[test]
fn doctor_finds_the_adapter_right_whatever_lies_in_the_cache_folder() {
    let Some(gpu) = gpu() else { return };
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("failed-kernels.json"), "[{\"adapter\": 7}, nothing").unwrap();
    let mut command = ocellus(folder.path(), &["doctor", "--quick", "--json"]);
    command.env("OCELLUS_CACHE", folder.path());
    let Ran { code, stdout, stderr } = finish(command);
    assert_eq!(code, Some(0), "{stderr}");
    for part in ["kernels of conv2d", "short trainings", "rates"] {
        assert!(stderr.contains(part), "{stderr}");
    }
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["adapter"]["name"], gpu.adapter_info().name);
    assert_eq!((&report["version"], &report["extent"]), (&env!("CARGO_PKG_VERSION").into(), &"quick".into()));
    let ops = report["ops"].as_array().unwrap();
    let kernels: Vec<&Value> = ops.iter().flat_map(|op| op["kernels"].as_array().unwrap()).collect();
    assert!(kernels.iter().all(|kernel| kernel["wrong"] == 0), "{kernels:?}");
    assert!(report["rates"]["share_of_ceiling"].as_f64().unwrap() > 0.0);
}

#[test]
fn doctor_examines_the_kernels_of_one_op_and_nothing_else() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut command = ocellus(folder.path(), &["doctor", "--quick", "--only", "add,softmax"]);
    command.env("OCELLUS_CACHE", folder.path());
    let Ran { code, stdout, stderr } = finish(command);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.contains("│ add ") && stdout.contains("│ softmax ") && !stdout.contains("│ bias"), "{stdout}");
    assert!(!stdout.contains("Training by") && !stdout.contains("Reference:"), "{stdout}");
    assert!(stdout.contains("All of add, softmax is right, and nothing else was examined"), "{stdout}");
    refuses(&["doctor", "--only", "conv"], &["no op 'conv'", "conv2d"]);
}

#[test]
fn doctor_ends_with_its_table_and_its_list_where_kernels_lose_the_device() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut command = ocellus(folder.path(), &["doctor", "--quick", "--only", "optimizer,softmax"]);
    // Each device that is opened is lost at once.
    command.env("OCELLUS_CACHE", folder.path()).env(ocellus::gpu::fault::VARIABLE, "lost=0");
    let Ran { code, stdout, stderr } = finish(command);
    assert_eq!(code, Some(1), "{stderr}");
    for words in [
        "│ optimizer ",
        "│ softmax ",
        "WRONG: optimizer: the device failed in ",
        "WRONG: softmax: the device failed in Softmax { rows: ",
        "by softmax/forward, softmax/gradient: the GPU device was lost",
        "Not everything is right",
    ] {
        assert!(stdout.contains(words), "'{words}' is not in: {stdout}");
    }
    let list = fs::read_to_string(folder.path().join("failed-kernels.json")).unwrap();
    assert!(list.contains("\"optimizer/"), "{list}");
}

#[test]
fn training_says_which_kernel_it_does_without() {
    let Some(gpu) = gpu() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut failed = FailedKernels::default();
    failed.insert(&gpu, "matmul/forward.block");
    failed.insert(&gpu, "optimizer/adam");
    fs::write(folder.path().join("failed-kernels.json"), failed.to_json()).unwrap();
    let mut command = ocellus(folder.path(), &SHORT);
    command.env("OCELLUS_CACHE", folder.path());
    let Ran { code, stdout, stderr } = finish(command);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.contains("warn: 'matmul/forward.block' gave wrong numbers when 'ocellus doctor'"), "{stderr}");
    assert!(stdout.contains(" without matmul/forward.block, optimizer/adam"), "{stdout}");
    assert!(stderr.contains("warn: 'optimizer/adam' runs all the same"), "{stderr}");
    assert!(!stderr.contains("'matmul/forward.block' runs all the same"), "{stderr}");
}
