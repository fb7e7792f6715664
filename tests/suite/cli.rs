//! The program as a user runs it: in a folder of its own, by its options, its messages and what it leaves on disk.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ocellus::data::{cifar10, digits};
use ocellus::gpu::list_adapters;
use ocellus::model::{Metadata, WeightsFile, lecture};
use ocellus::train::{ModelSource, Optimizer, RunConfig};
use pollster::block_on;
use tempfile::TempDir;

use crate::support::{gpu, skipped};

/// Two epochs of three steps, the last of them smaller.
const SHORT: [&str; 7] = ["train", "--limit", "64", "--epochs", "2", "--batch-size", "24"];

// --- Helpers ---------------------------------------------------------------------------------------------------------

/// What a run of the program left behind it.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The program in `folder`, untouched by variables that change what it says or how it computes.
pub(crate) fn ocellus(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ocellus"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    command.env_remove("RUST_LOG").env_remove("OCELLUS_KERNELS");
    // The user's own cache is no test's business.
    command.env("OCELLUS_CACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    command
}

pub(crate) fn finish(mut command: Command) -> Ran {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Runs the program and expects it to succeed.
pub(crate) fn succeeds(folder: &Path, arguments: &[&str]) -> Ran {
    let ran = finish(ocellus(folder, arguments));
    assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.stderr);
    ran
}

/// Expects `command` to end with an error that says each of `words`, and to leave `folder` as it was.
pub(crate) fn refuses_command(folder: &Path, command: Command, words: &[&str]) {
    let before = files(folder);
    let shown = format!("{command:?}");
    let Ran { code, stderr, .. } = finish(command);
    assert!(matches!(code, Some(1 | 2)), "{shown} ended with {code:?}: {stderr}");
    assert!(!stderr.contains("panicked"), "{shown}: {stderr}");
    for word in ["error: "].iter().chain(words) {
        assert!(stderr.contains(word), "{shown}: '{word}' is not in: {stderr}");
    }
    assert_eq!(files(folder), before, "{shown} wrote something");
}

/// The same for the program in an empty folder.
pub(crate) fn refuses(arguments: &[&str], words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    refuses_command(folder.path(), ocellus(folder.path(), arguments), words);
}

/// Every file and folder below `folder`, with the files' lengths.
pub(crate) fn files(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let (path, metadata) = (entry.path(), entry.metadata().unwrap());
            if metadata.is_dir() {
                open.push(path.clone());
            }
            found.push((path, if metadata.is_dir() { 0 } else { metadata.len() }));
        }
    }
    found.sort();
    found
}

/// The names in `folder`, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

pub(crate) fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// Writes the digits' or another lecture model with fresh weights.
pub(crate) fn write_weights(path: &Path, input: [usize; 3], classes: usize) {
    let model = lecture(input, classes).unwrap();
    model.initialize(7);
    WeightsFile::save(path, &model, &Metadata::new(&model, "digits", &[])).unwrap();
}

// --- What is refused -------------------------------------------------------------------------------------------------

#[test]
fn an_unknown_word_is_refused_and_the_known_ones_are_named() {
    refuses(&["judge"], &["judge", "--help"]);
    refuses(&["train", "digits"], &["digits", "there is no such file", "--data", "--help"]);
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
    let other = ["the pictures are [28, 28, 1]", "takes (32, 32, 3)"];
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

// --- What works ------------------------------------------------------------------------------------------------------

#[test]
fn devices_lists_what_the_library_finds() {
    let adapters = block_on(list_adapters());
    if adapters.is_empty() {
        // It fails where an adapter is required, and else says that the test is skipped.
        gpu();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let listed = succeeds(folder.path(), &["devices"]).stdout;
    let json = succeeds(folder.path(), &["devices", "--json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json, serde_json::to_value(&adapters).unwrap());
    for adapter in &adapters {
        assert!(listed.contains(&format!("{}: {}\n", adapter.number, adapter.name)), "{listed}");
        assert!(listed.contains(&adapter.backend) && listed.contains(&adapter.driver), "{listed}");
    }
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn a_dry_run_prints_the_plan_and_writes_nothing() {
    let Some(gpu) = gpu() else { return };
    let folder = tempfile::tempdir().unwrap();
    let Ran { stdout, stderr, .. } = succeeds(folder.path(), &["train", "--dry-run"]);
    assert!(stdout.contains(&format!("Adapter: {}", gpu.adapter_line())), "{stdout}");
    assert!(stderr.contains("digits, 4000 samples to train on, 1000 to validate on"), "{stderr}");
    assert!(stdout.contains("Model: \"lecture\"") && stdout.contains("Total params: 93,322"), "{stdout}");
    let bytes = stdout.lines().find_map(|line| line.strip_prefix("GPU memory: ")).expect("the memory is printed");
    let bytes: u64 = bytes.split(' ').next().unwrap().parse().unwrap();
    // The digits alone take 5,000 * 784 bytes.
    assert!(bytes > 5_000 * 784, "{stdout}");
    assert_eq!(names(folder.path()), [""; 0]);
}

/// The rows of a table below its header, as numbers.
fn rows(csv: &str, header: &str) -> Vec<Vec<f64>> {
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some(header));
    lines.map(|line| line.split(',').map(|word| word.parse().unwrap()).collect()).collect()
}

#[test]
fn a_training_leaves_its_record_and_repeats_bit_for_bit() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let ran = succeeds(folder.path(), &SHORT);
    let run = |number: u32| Path::new("runs").join(format!("lecture-{number}"));
    let at = |path: PathBuf| folder.path().join(path);

    // Plain lines, one per epoch, since the output is no terminal.
    let epochs: Vec<&str> = ran.stdout.lines().filter(|line| line.starts_with("Epoch ")).collect();
    assert_eq!(epochs.len(), 2, "{}", ran.stdout);
    assert!(epochs[0].starts_with("Epoch 1/2 - ") && epochs[1].starts_with("Epoch 2/2 - "), "{}", ran.stdout);
    assert!(epochs.iter().all(|line| line.contains(" - val_accuracy: 0.")), "{}", ran.stdout);
    assert!(!ran.stdout.contains(['\r', '\u{1b}']), "{}", ran.stdout);
    assert_eq!(ran.stdout.lines().last().unwrap(), format!("Written to {}", run(1).display()));

    let expected = ["best.safetensors", "config.toml", "history.csv", "last.safetensors", "steps.csv"];
    assert_eq!(names(&at(run(1))), expected);
    let config = RunConfig::load(&at(run(1).join("config.toml"))).unwrap();
    assert_eq!(
        (config.data.name.as_str(), config.data.limit, config.data.validation_split),
        ("digits", Some(64), None)
    );
    assert_eq!((config.training.epochs, config.training.batch_size, config.training.seed), (2, 24, 0));
    assert_eq!(config.optimizer, Optimizer::adam());
    let model = ModelSource::Layers(lecture([28, 28, 1], 10).unwrap().config().into());
    assert_eq!(config.model, Some(model));

    let header = "epoch,accuracy,loss,val_accuracy,val_loss,seconds,images_per_second";
    let history = rows(&text(&at(run(1).join("history.csv"))), header);
    let steps = rows(&text(&at(run(1).join("steps.csv"))), "step,loss,accuracy");
    assert_eq!((history.len(), steps.len()), (2, 6));
    for (epoch, (row, steps)) in history.iter().zip(steps.chunks(3)).enumerate() {
        assert_eq!(row[0], epoch as f64 + 1.0);
        assert!((0.0..=1.0).contains(&row[1]) && (0.0..=1.0).contains(&row[3]), "{row:?}");
        let numbers: Vec<f64> = steps.iter().map(|step| step[0]).collect();
        assert_eq!(numbers, [0.0, 1.0, 2.0].map(|step| 3.0 * epoch as f64 + step));
        // The last batch has 16 of the 64 samples.
        let loss = (24.0 * steps[0][1] + 24.0 * steps[1][1] + 16.0 * steps[2][1]) / 64.0;
        assert!((loss - row[2]).abs() < 1e-9, "{loss} and {row:?}");
    }

    for name in ["last.safetensors", "best.safetensors"] {
        let file = WeightsFile::load(&at(run(1).join(name))).unwrap();
        let metadata = file.metadata().unwrap();
        assert_eq!(metadata.class_names, digits::load().unwrap().train.class_names());
        assert_eq!(metadata.dataset, "digits");
        assert_eq!(file.model().unwrap().parameters().0, 93_322);
    }

    assert_eq!(text(&at("runs/last".into())), format!("{}\n", run(1).display()));
    succeeds(folder.path(), &SHORT);
    assert_eq!(text(&at("runs/last".into())), format!("{}\n", run(2).display()));
    for name in ["last.safetensors", "best.safetensors", "steps.csv", "config.toml"] {
        let [first, second] = [1, 2].map(|number| fs::read(at(run(number).join(name))).unwrap());
        assert!(first == second, "{name} differs between two runs with one seed");
    }
    assert_eq!(names(&at("runs".into())), ["last", "lecture-1", "lecture-2"]);
}

#[test]
fn a_training_goes_on_from_weights_in_a_named_folder_within_webgpus_limits() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let init = folder.path().join("first.safetensors");
    write_weights(&init, [28, 28, 1], 10);
    // Steps so small that the weights stay where they are.
    let mut arguments = vec!["--limits", "webgpu", "train", "--init", "first.safetensors", "--out", "tuned/again"];
    arguments.extend(["--optimizer", "sgd", "--learning-rate", "1e-30", "--seed", "3", "--no-shuffle"]);
    arguments.extend(["--limit", "32", "--validation-split", "0.25", "--batch-size", "8", "--epochs", "1"]);
    let ran = succeeds(folder.path(), &arguments);
    assert!(ran.stderr.contains("digits, 24 samples to train on, 8 to validate on"), "{}", ran.stderr);
    assert!(ran.stderr.contains("initial weights: first.safetensors"), "{}", ran.stderr);
    let out = folder.path().join("tuned/again");
    let weights = |path: &Path| WeightsFile::load(path).unwrap().model().unwrap().weights();
    for ((name, _, before), (_, _, after)) in weights(&init).iter().zip(weights(&out.join("last.safetensors"))) {
        assert!(before.iter().zip(after).all(|(before, after)| (before - after).abs() < 1e-20), "{name} changed");
    }
    let config = RunConfig::load(&out.join("config.toml")).unwrap();
    assert_eq!((config.training.seed, config.training.shuffle), (3, false));
    assert_eq!(config.training.init.as_deref(), Some(Path::new("first.safetensors")));
    assert_eq!(config.data.validation_split, Some(0.25));
    assert_eq!(config.optimizer, Optimizer { learning_rate: 1e-30, ..Optimizer::sgd() });
    assert_eq!(text(&folder.path().join("runs/last")), "tuned/again\n");
}

/// Runs the program until it has printed a line that begins with `last`, then closes its output; what it says.
fn cut_off(folder: &TempDir, arguments: &[&str], last: &str) -> Ran {
    let mut command = ocellus(folder.path(), arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    if !last.is_empty() {
        assert!(lines.any(|line| line.unwrap().starts_with(last)), "there is no line '{last}'");
    }
    drop(lines);
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    Ran { code: child.wait().unwrap().code(), stdout: String::new(), stderr }
}

#[test]
fn a_closed_output_is_an_error_and_no_panic() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for arguments in [["devices"].as_slice(), &["devices", "--json"], &["train", "--dry-run"]] {
        let ran = cut_off(&folder, arguments, "");
        assert_eq!(ran.code, Some(1), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("error: cannot print\n"), "{arguments:?}: {}", ran.stderr);
    }
    assert_eq!(names(folder.path()), [""; 0]);

    // What was trained before nobody read any more is kept.
    let arguments = ["train", "--limit", "2", "--validation-split", "0.5", "--epochs", "200", "--out", "run"];
    let ran = cut_off(&folder, &arguments, "GPU memory");
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("cannot print the progress"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    WeightsFile::load(&folder.path().join("run/last.safetensors")).unwrap().model().unwrap();
}

#[test]
fn cifar10_trains_from_its_official_files() {
    let Some(data) = std::env::var_os("OCELLUS_TEST_CIFAR10") else {
        return skipped("OCELLUS_TEST_CIFAR10 names no folder with cifar-10-batches-bin/");
    };
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data = Path::new(&data).to_str().unwrap();
    let mut arguments = vec!["train", "--data", "cifar10", "--data-dir", data, "--out", "run"];
    arguments.extend(["--limit", "128", "--epochs", "1", "--validation-split", "0.25"]);
    let ran = succeeds(folder.path(), &arguments);
    assert!(ran.stderr.contains("cifar10, 96 samples to train on, 32 to validate on"), "{}", ran.stderr);
    assert!(ran.stdout.contains("Total params: 122,570"), "{}", ran.stdout);
    let run = folder.path().join("run");
    assert_eq!(text(&run.join("steps.csv")).lines().count(), 1 + 3);
    let file = WeightsFile::load(&run.join("best.safetensors")).unwrap();
    let metadata = file.metadata().unwrap();
    assert_eq!(metadata.dataset, "cifar10");
    assert!(metadata.class_names.starts_with(&["airplane".to_owned(), "automobile".to_owned()]));
    assert_eq!(file.model().unwrap().parameters().0, 122_570);
}
