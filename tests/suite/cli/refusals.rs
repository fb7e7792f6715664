//! What the program refuses, and how it says so.

use super::*;

#[test]
fn an_unknown_word_is_refused_and_the_known_ones_are_named() {
    refuses(&["judge"], &["judge", "--help"]);
    refuses(&["train", "absent"], &["absent", "there is no such file", "--data", "--help"]);
    refuses(&["train", "lecture"], &["this is a model's name, no file; write --model lecture"]);
    refuses(&["train", "digits"], &["this is a dataset's name, no file; write --data digits"]);
    refuses(&["train", "--epoch", "3"], &["--epoch", "--epochs"]);
    refuses(&["train", "--data", "minst"], &["--data minst", "did you mean 'mnist'?", "digits", "cifar10"]);
    refuses(&["train", "--model", "vgg"], &["vgg", "--model", "lecture", "did you mean 'vgg-small'"]);
    refuses(&["train", "--limits", "none"], &["none", "--limits", "adapter", "webgpu"]);
    let mut words = vec!["--optimizer lion"];
    words.extend(Optimizer::NAMES);
    refuses(&["train", "--optimizer", "lion"], &words);
}

#[test]
fn a_number_out_of_range_is_refused_by_the_options_name() {
    refuses(&["train", "--epochs", "0"], &["--epochs 0", "at least 1"]);
    refuses(&["train", "--batch-size", "0"], &["--batch-size 0", "at least 1"]);
    refuses(&["train", "--limit", "0"], &["--limit 0", "at least 1"]);
    for option in ["--epochs", "--batch-size", "--limit", "--seed"] {
        for value in ["-1", "two", "1.5", "99999999999999999999"] {
            refuses(&["train", option, value], &[&format!("'{value}'"), option]);
        }
    }
    for (value, shown) in [("0", "0.0"), ("-0.1", "-0.1"), ("NaN", "NaN"), ("inf", "inf")] {
        refuses(&["train", "--learning-rate", value], &[&format!("--learning-rate {shown}"), "above 0"]);
    }
    // What is 0 or infinite once it is on the device.
    refuses(&["train", "--learning-rate", "1e-50"], &["--learning-rate 1e-50", "above 0", "32 bits"]);
    refuses(&["train", "--learning-rate", "1e39"], &["--learning-rate 1e39", "finite in 32 bits"]);
    refuses(&["train", "--learning-rate", "fast"], &["'fast'", "--learning-rate"]);
    for value in ["0", "1", "1.5", "-0.1", "NaN"] {
        let shown = format!("--validation-split {value}");
        refuses(&["train", "--validation-split", value], &[&shown, "between 0 and 1", "for example 0.1"]);
    }
    let nothing_left = ["train", "--limit", "1", "--validation-split", "0.5"];
    refuses(&nothing_left, &["--validation-split 0.5", "of 1 pictures", "smaller fraction or more pictures"]);
}

#[test]
fn an_unknown_choice_of_kernels_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = ocellus(folder.path(), &["train"]);
    command.env("OCELLUS_KERNELS", "wrong");
    refuses_command(folder.path(), command, &["OCELLUS_KERNELS is 'wrong'", "fast", "naive"]);
}

#[test]
fn weights_that_do_not_serve_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let refuses = |file: &str, words: &[&str]| {
        refuses_command(folder.path(), ocellus(folder.path(), &["train", "--init", file]), words);
    };
    refuses("absent.safetensors", &["cannot read weights from absent.safetensors", "check that the file is there"]);
    refuses(".", &["cannot read weights from ."]);

    fs::write(path("notes.txt"), "these are no weights, but enough of them for a header").unwrap();
    refuses("notes.txt", &["notes.txt is not a whole safetensors file", "another copy"]);

    write_weights(&path("digits.safetensors"), [28, 28, 1], 10);
    let whole = fs::read(path("digits.safetensors")).unwrap();
    fs::write(path("half.safetensors"), &whole[..whole.len() / 2]).unwrap();
    refuses("half.safetensors", &["half.safetensors is not a whole safetensors file"]);
    fs::write(path("empty.safetensors"), "").unwrap();
    refuses("empty.safetensors", &["empty.safetensors is not a whole safetensors file"]);

    write_weights(&path("cifar10.safetensors"), [32, 32, 3], 10);
    let other = ["the pictures are (28, 28, 1)", "takes (32, 32, 3)"];
    refuses("cifar10.safetensors", &other);
    write_weights(&path("letters.safetensors"), [28, 28, 1], 26);
    // Another number of classes is no misfit: the head begins anew, and it is said.
    let arguments = ["train", "--init", "letters.safetensors", "--dry-run"];
    let ran = succeeds(folder.path(), &arguments);
    assert!(ran.stderr.contains("dense_1 begins anew, since there are 10 classes now"), "{}", ran.stderr);
    // A model of another name must be the file's but for that.
    let arguments = ["train", "--init", "letters.safetensors", "--model", "mlp"];
    refuses_command(folder.path(), ocellus(folder.path(), &arguments), &["do not fit model 'mlp'", "dense.kernel"]);
}

#[test]
fn data_that_is_not_there_or_not_whole_is_refused() {
    refuses(&["train", "--data-dir", "pictures"], &["the digits are in the program", "need no folder"]);

    let folder = tempfile::tempdir().unwrap();
    let refuses = |place: &str, words: &[&str]| {
        let arguments = ["train", "--data", "cifar10", "--data-dir", place];
        refuses_command(folder.path(), ocellus(folder.path(), &arguments), words);
    };
    refuses("absent", &["no CIFAR-10 was found at absent", "data_batch_1.bin", cifar10::ADDRESS]);
    let binary = folder.path().join("data/cifar-10-batches-bin");
    fs::create_dir_all(&binary).unwrap();
    refuses("data", &["no CIFAR-10 was found at data", "cifar-10-batches-bin/", cifar10::ADDRESS]);

    let record = [3; 3073];
    fs::write(binary.join("data_batch_1.bin"), record).unwrap();
    refuses("data", &["test_batch.bin is missing", cifar10::ADDRESS]);
    fs::write(binary.join("test_batch.bin"), &record[..3000]).unwrap();
    refuses("data", &["test_batch.bin", "3073", cifar10::ADDRESS]);
    fs::write(binary.join("test_batch.bin"), [10; 3073]).unwrap();
    refuses("data", &["test_batch.bin", "byte 0", "10", cifar10::ADDRESS]);
    fs::write(folder.path().join("data.tar.gz"), "no archive").unwrap();
    refuses("data.tar.gz", &["data.tar.gz", cifar10::ADDRESS]);
}

#[test]
fn without_an_adapter_the_way_to_one_is_named() {
    // A backend that this system has not.
    let backend = if cfg!(windows) { "metal" } else { "dx12" };
    let folder = tempfile::tempdir().unwrap();
    let without = |arguments: &[&str]| {
        let mut command = ocellus(folder.path(), arguments);
        command.env("WGPU_BACKEND", backend);
        command
    };
    let words = ["no GPU adapter was found", backend, "./setup", "WGPU_BACKEND"];
    refuses_command(folder.path(), without(&["devices"]), &words);
    refuses_command(folder.path(), without(&["train", "--limit", "8"]), &words);
    let ran = finish(without(&["devices", "--json"]));
    assert_eq!((ran.code, ran.stdout.trim()), (Some(0), "[]"), "{}", ran.stderr);
}

#[test]
fn an_unknown_adapter_is_refused_and_the_known_ones_are_listed() {
    let Some(gpu) = gpu() else { return };
    let name = gpu.adapter_info().name.as_str();
    refuses(&["train", "--adapter", "99"], &["'99'", name, "ocellus devices"]);
    refuses(&["--adapter", "nosuch", "train"], &["'nosuch'", name, "ocellus devices"]);
}

#[test]
fn a_folder_that_cannot_take_the_run_is_refused() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("full")).unwrap();
    fs::write(folder.path().join("full/notes.txt"), "mine").unwrap();
    let refuses = |out: &str, words: &[&str]| {
        let arguments = ["train", "--limit", "8", "--epochs", "1", "--out", out];
        refuses_command(folder.path(), ocellus(folder.path(), &arguments), words);
    };
    refuses("full", &["full is not empty", "another folder with --out"]);
    refuses("full/notes.txt", &["cannot write full/notes.txt", "check that the folder may be written"]);
    refuses("full/notes.txt/run", &["cannot write full/notes.txt/run"]);
    assert_eq!(text(&folder.path().join("full/notes.txt")), "mine");
}

#[test]
fn a_batch_too_large_for_the_device_is_refused_with_one_that_fits() {
    if gpu().is_none() {
        return;
    }
    let arguments = ["train", "--limits", "webgpu", "--batch-size", "4000"];
    refuses(&arguments, &["batch size 4000", "use a batch size of at most"]);
}
