//! What goes wrong while a training runs, and what is left of it.

use super::*;

/// An optimizer whose first step makes weights that no step can use.
const DIVERGING: [&str; 4] = ["--optimizer", "sgd", "--learning-rate", "1e30"];

/// A training in the folder `run` that is refused amid it: its messages.
fn fails(folder: &Path, arguments: &[&str]) -> String {
    let ran = finish(ocellus(folder, arguments));
    assert_eq!(ran.code, Some(1), "{arguments:?}: {}", ran.stderr);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    ran.stderr
}

#[test]
fn a_training_that_is_not_finite_stops_names_the_layer_and_keeps_its_last_checkpoint() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let arguments = [&SHORT[..], &DIVERGING, &["--checkpoint-every", "1", "--out", "run"]].concat();
    let told = fails(folder.path(), &arguments);
    // After the first step: the weights are finite, and the next step begins with them.
    let checkpoint = Path::new("run/checkpoints/step-1.safetensors");
    for words in [
        "training failed; its last checkpoint is run/checkpoints/step-1.safetensors, go on from there with: ocellus train",
        "--resume run",
        "step 2 of epoch 1 has numbers that are NaN or infinite: first in the output of layer '",
        "lower learning rate",
    ] {
        assert!(told.contains(words), "'{words}' is not in: {told}");
    }
    assert!(folder.path().join(checkpoint).is_file());
    // From there it comes to the same end, or skips what it cannot use.
    assert!(fails(folder.path(), &["train", "--resume", "run"]).contains("step 2 of epoch 1 has numbers that are NaN"));
    let ran = succeeds(folder.path(), &["train", "--resume", "run", "--on-nan", "skip"]);
    assert!(
        ran.stderr.contains("step 2 of epoch 1 has numbers that are NaN") && ran.stderr.contains("the step is skipped"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("2 steps of epoch 1 were skipped"), "{}", ran.stderr);
    assert!(ran.stderr.contains("3 steps of epoch 2 were skipped"), "{}", ran.stderr);
    let steps = text(&folder.path().join("run/steps.csv"));
    assert_eq!(steps.lines().filter(|line| line.ends_with(",NaN,NaN")).count(), 5, "{steps}");
}

#[test]
fn what_to_do_about_nan_is_one_of_two_words() {
    refuses(&["train", "--on-nan", "pray"], &["--on-nan", "'pray'", "'stop' nor 'skip'"]);
    let folder = tempfile::tempdir().unwrap();
    let printed = succeeds(folder.path(), &["train", "--on-nan", "skip", "--print-config"]).stdout;
    assert!(printed.contains("on_nan = \"skip\""), "{printed}");
}

/// A training of one epoch of the program's own, which the environment makes the device fail.
fn with_fault(folder: &Path, fault: &str, arguments: &[&str]) -> Command {
    let mut command = ocellus(folder, arguments);
    command.env(ocellus::gpu::fault::VARIABLE, fault);
    command
}

#[test]
fn a_training_that_does_not_fit_the_gpu_writes_nothing_and_says_what_would() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let arguments = [&SHORT[..], &["--out", "run"]].concat();
    let words = [
        "at batch size 24; its largest parts are: ",
        "output of layer 'conv2d",
        "a batch size of ",
        " would fit",
        "the GPU is out of memory: buffer '",
    ];
    refuses_command(folder.path(), with_fault(folder.path(), "memory=6000000", &arguments), &words);
    let words = ["no smaller batch size would fit: take a smaller model"];
    refuses_command(folder.path(), with_fault(folder.path(), "memory=100000", &arguments), &words);
}

#[test]
fn a_lost_device_ends_a_training_that_goes_on_from_its_last_checkpoint() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let arguments = |out| [&SHORT[..], &["--model", "lenet5", "--checkpoint-every", "1", "--out", out]].concat();
    // Checkpoints are submissions as well: amid the second epoch.
    for (fault, words) in [
        ("lost=40", "the GPU device was lost: destroyed"),
        ("submission-memory=40", "the GPU has no memory for this training"),
    ] {
        let run = fault.split_once('=').unwrap().0;
        let ran = finish(with_fault(folder.path(), fault, &arguments(run)));
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
        let last = ran.stderr.split("its last checkpoint is ").nth(1).unwrap().split(',').next().unwrap();
        assert!(last.starts_with(&format!("{run}/checkpoints/step-")), "{}", ran.stderr);
        assert!(folder.path().join(last).is_file(), "{last}");
        assert!(ran.stderr.contains(&format!("ocellus train --resume {run}")), "{}", ran.stderr);
        succeeds(folder.path(), &["train", "--resume", run]);
    }
    succeeds(folder.path(), &arguments("straight"));
    let weights = |run: &str| fs::read(folder.path().join(run).join("last.safetensors")).unwrap();
    assert!(weights("lost") == weights("straight") && weights("submission-memory") == weights("straight"));
}

#[cfg(unix)]
#[test]
fn without_an_adapter_a_run_stays_as_it_is() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    succeeds(folder.path(), &[&SHORT[..], &["--model", "lenet5", "--out", "run"]].concat());
    let mut gone = ocellus(folder.path(), &["train", "--resume", "run", "--epochs", "3"]);
    gone.env("VK_DRIVER_FILES", "/nowhere").env("VK_ICD_FILENAMES", "/nowhere").env("WGPU_BACKEND", "vulkan");
    refuses_command(folder.path(), gone, &["no GPU adapter was found", "install a Vulkan"]);
}

/// The program where no file may have more than so many KiB: what a disk does that is full.
#[cfg(unix)]
fn on_a_full_disk(folder: &Path, kibibytes: u32, arguments: &[&str]) -> Command {
    let program = ocellus(folder, arguments);
    let mut command = Command::new("bash");
    command.current_dir(folder).stdin(Stdio::null());
    // Without the trap the signal of the limit ends the program.
    command.args(["-c", &format!("trap '' XFSZ; ulimit -f {kibibytes}; exec \"$0\" \"$@\"")]);
    command.arg(program.get_program()).args(program.get_args());
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
}

#[cfg(unix)]
#[test]
fn a_full_disk_ends_a_training_that_goes_on_when_there_is_room() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let arguments = |out| [&SHORT[..], &["--out", out]].concat();
    // The first checkpoint has 1.1 MB, those with the best epoch's weights a third more.
    let ran = finish(on_a_full_disk(folder.path(), 1250, &arguments("run")));
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    for words in [
        "its last checkpoint is run/checkpoints/step-0.safetensors, go on from there with: ocellus train --resume run",
        "cannot write the checkpoint run/checkpoints/step-3.safetensors; check that the folder may be written and has room",
        "File too large",
    ] {
        assert!(ran.stderr.contains(words), "'{words}' is not in: {}", ran.stderr);
    }
    assert_eq!(names(&folder.path().join("run/checkpoints")), ["step-0.safetensors"], "nothing unfinished is left");
    assert!(names(&folder.path().join("run")).iter().all(|name| !name.starts_with(".ocellus-")));
    succeeds(folder.path(), &["train", "--resume", "run"]);
    succeeds(folder.path(), &arguments("straight"));
    let weights = |run: &str| fs::read(folder.path().join(run).join("last.safetensors")).unwrap();
    assert!(weights("run") == weights("straight"));

    // Where not even the configuration fits, nothing is left of the run but its folder.
    let ran = finish(on_a_full_disk(folder.path(), 0, &arguments("none")));
    assert!(ran.code == Some(1) && ran.stderr.contains("cannot write none/config.toml"), "{}", ran.stderr);
    assert_eq!(names(&folder.path().join("none")), [".lock"]);
}

/// Makes all below `folder` read-only, or not.
#[cfg(unix)]
fn lock_up(folder: &Path, read_only: bool) {
    use std::os::unix::fs::PermissionsExt;
    for (path, _) in files(folder).into_iter().chain([(folder.to_owned(), 0)]) {
        let mode = match (path.is_dir(), read_only) {
            (true, true) => 0o555,
            (true, false) => 0o755,
            (false, true) => 0o444,
            (false, false) => 0o644,
        };
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn a_run_that_may_not_be_written_is_read_and_refused_to_training() {
    use std::os::unix::fs::{MetadataExt, chown};
    use std::os::unix::process::CommandExt;
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    succeeds(folder.path(), &[&SHORT[..], &["--model", "lenet5", "--out", "run"]].concat());
    // The one to whom everything is allowed becomes somebody else.
    let nobody = 65534;
    let is_root = fs::metadata(folder.path()).unwrap().uid() == 0;
    if is_root {
        chown(folder.path(), Some(nobody), None).unwrap();
    }
    lock_up(folder.path(), true);
    let allowed = |arguments: &[&str]| {
        let mut command = ocellus(folder.path(), arguments);
        if is_root {
            command.uid(nobody);
        }
        command
    };
    let refused = |arguments: &[&str], words: &[&str]| refuses_command(folder.path(), allowed(arguments), words);
    refused(
        &["train", "--resume", "run", "--epochs", "3"],
        &["cannot write run/.lock; check that the folder may be written"],
    );
    refused(&["train", "--limit", "64", "--out", "new"], &["cannot write new; check that the folder may be written"]);
    let evaluated = finish(allowed(&["evaluate", "run", "--limit", "20"]));
    lock_up(folder.path(), false);
    assert_eq!(evaluated.code, Some(0), "{}", evaluated.stderr);
}

#[test]
fn damaged_weights_are_named_and_the_others_offered() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    succeeds(folder.path(), &[&SHORT[..], &["--model", "lenet5", "--out", "run"]].concat());
    let best = folder.path().join("run/best.safetensors");
    let whole = fs::read(&best).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() - 5] ^= 1;
    let evaluate = |more: &[&str]| ocellus(folder.path(), &[&["evaluate", "run", "--limit", "20"], more].concat());
    for (contents, reason) in [
        (&flipped[..], "run/best.safetensors is damaged: its checksum says "),
        (&whole[..whole.len() / 2], "run/best.safetensors is not a whole safetensors file"),
        (&whole[..20], "run/best.safetensors is not a whole safetensors file"),
    ] {
        fs::write(&best, contents).unwrap();
        refuses_command(folder.path(), evaluate(&[]), &[reason, "--weights last", "ocellus train --resume run"]);
        assert_eq!(finish(evaluate(&["--weights", "last"])).code, Some(0));
        succeeds(folder.path(), &["train", "--resume", "run"]);
        assert!(fs::read(&best).unwrap() == whole, "it is written anew");
        assert_eq!(finish(evaluate(&[])).code, Some(0));
    }
}
