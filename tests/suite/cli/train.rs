//! Listing devices, training, and what a training leaves behind.

use super::*;

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
    let curves = format!("Curves drawn in {}\n", run(1).join("history.png").display());
    assert!(ran.stdout.contains(&curves), "{}", ran.stdout);

    let expected = [
        ".lock",
        "best.safetensors",
        "checkpoints",
        "config.toml",
        "history.csv",
        "history.png",
        "last.safetensors",
        "steps.csv",
    ];
    assert_eq!(names(&at(run(1))), expected);
    assert_eq!(names(&at(run(1).join("checkpoints"))), ["step-3.safetensors", "step-6.safetensors"]);
    let config = RunConfig::load(&at(run(1).join("config.toml"))).unwrap();
    assert_eq!(
        (config.data.name.as_str(), config.data.limit, config.data.validation_split),
        ("digits", Some(64), None)
    );
    assert_eq!((config.training.epochs, config.training.batch_size, config.training.seed), (2, 24, 0));
    assert_eq!(config.optimizer, Optimizer::adam());
    let model = ModelSource::Layers(lecture([28, 28, 1], 10).unwrap().config().into());
    assert_eq!(config.model, Some(model));

    let history = History::from_csv(&text(&at(run(1).join("history.csv")))).unwrap().epochs;
    let steps = rows(&text(&at(run(1).join("steps.csv"))), "step,loss,accuracy");
    assert_eq!((history.len(), steps.len()), (2, 6));
    for (epoch, (row, steps)) in history.iter().zip(steps.chunks(3)).enumerate() {
        assert_eq!(row.epoch, epoch + 1);
        assert!((0.0..=1.0).contains(&row.accuracy) && (0.0..=1.0).contains(&row.val_accuracy.unwrap()), "{row:?}");
        let numbers: Vec<f64> = steps.iter().map(|step| step[0]).collect();
        assert_eq!(numbers, [0.0, 1.0, 2.0].map(|step| 3.0 * epoch as f64 + step));
        // The last batch has 16 of the 64 samples.
        let loss = (24.0 * steps[0][1] + 24.0 * steps[1][1] + 16.0 * steps[2][1]) / 64.0;
        assert!((loss - row.loss).abs() < 1e-9, "{loss} and {row:?}");
    }

    for name in ["last.safetensors", "best.safetensors"] {
        let file = WeightsFile::load(&at(run(1).join(name))).unwrap();
        let metadata = file.metadata().unwrap();
        assert_eq!(metadata.class_names, digits::load().unwrap().train.class_names());
        assert_eq!(metadata.dataset, "digits");
        let model = file.model().unwrap();
        assert_eq!(model.parameters().0, 93_322);
        // The history tells which weights these are.
        assert!(history.iter().any(|row| row.weights_hash == Some(model.weights_hash())), "{name}: {history:?}");
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

#[test]
fn what_a_run_began_with_follows_from_its_configuration() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let letters = folder.path().join("letters.safetensors");
    write_weights(&letters, [28, 28, 1], 26);
    // Steps so small that the weights stay where they are.
    let still = ["--optimizer", "sgd", "--learning-rate", "1e-30", "--seed", "3", "--freeze", "conv2d"];
    let short = ["--limit", "16", "--validation-split", "0.5", "--epochs", "1"];
    let train = |arguments: &[&str]| {
        succeeds(folder.path(), &[&["train"], arguments, &still, &short].concat());
        let run = folder.path().join(arguments[1]);
        let last = WeightsFile::load(&run.join("last.safetensors")).unwrap().model().unwrap();
        (RunConfig::load(&run.join("config.toml")).unwrap(), last)
    };
    let (afresh, from_afresh) = train(&["--out", "afresh"]);
    // The head, which is for other classes, begins anew.
    let (onward, from_onward) = train(&["--out", "onward", "--init", &letters.display().to_string()]);
    for (config, trained) in [(&afresh, &from_afresh), (&onward, &from_onward)] {
        let initial = config.initial_model(trained).unwrap();
        assert!(initial.weights().iter().any(|(_, _, values)| values.iter().any(|value| *value != 0.0)));
        for ((name, _, before), (_, _, after)) in initial.weights().iter().zip(trained.weights()) {
            assert!(before.iter().zip(after).all(|(before, after)| (before - after).abs() < 1e-20), "{name} differs");
        }
    }
    assert_ne!(from_afresh.weights()[0], from_onward.weights()[0]);
    fs::remove_file(&letters).unwrap();
    let error = onward.initial_model(&from_onward).unwrap_err().to_string();
    assert!(error.contains("letters.safetensors") && error.contains("put them back"), "{error}");
    assert!(afresh.initial_model(&from_afresh).is_ok());
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
