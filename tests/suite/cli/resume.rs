//! Runs that are killed, interrupted or damaged, and go on.

use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::*;

/// Twelve epochs of eight steps over 60 pictures, with a checkpoint every three, validated on 20.
const LONG: &str =
    "train --limit 80 --epochs 12 --batch-size 8 --checkpoint-every 3 --model lenet5 --validation-split 0.25";

/// The same with these arguments at its end.
fn long(more: &[&'static str]) -> Vec<&'static str> {
    LONG.split(' ').chain(more.iter().copied()).collect()
}

/// `history.csv` without its timing columns.
fn metrics(run: &Path) -> Vec<Vec<String>> {
    let columns = |line: &str| {
        let mut columns: Vec<String> = line.split(',').map(str::to_owned).collect();
        columns.drain(5..7);
        columns
    };
    text(&run.join("history.csv")).lines().map(columns).collect()
}

/// Holds that two runs have the same bits in all that training makes.
fn same(first: &Path, second: &Path) {
    assert_eq!(metrics(first), metrics(second));
    assert!(metrics(first)[1].last().unwrap().len() == 16, "a hash of the weights");
    for name in ["last.safetensors", "best.safetensors", "steps.csv"] {
        let [first, second] = [first, second].map(|run| fs::read(run.join(name)).unwrap());
        assert!(first == second, "{name} differs");
    }
}

/// The steps at which the run has checkpoints.
fn steps(run: &Path) -> Vec<usize> {
    let Ok(entries) = fs::read_dir(run.join("checkpoints")) else { return Vec::new() };
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let number = |name: String| name.strip_prefix("step-")?.strip_suffix(".safetensors")?.parse().ok();
    let mut steps: Vec<usize> = entries.map(name).filter_map(number).collect();
    steps.sort_unstable();
    steps
}

/// Begins the program, which trains in `run`; it is to be at step `step` or later when this returns.
pub(super) fn begin(folder: &Path, arguments: &[&str], run: &str, step: usize) -> Child {
    let mut command = ocellus(folder, arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for(&mut child, &folder.join(run), step);
    child
}

/// Waits until the program, which trains in `run`, is at step `step` or later.
fn wait_for(child: &mut Child, run: &Path, step: usize) {
    let started = Instant::now();
    while steps(run).last().is_none_or(|last| *last < step) {
        if let Some(status) = child.try_wait().unwrap() {
            let mut told = String::new();
            child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
            panic!("it ended with {status} before step {step}: {told}");
        }
        assert!(started.elapsed() < Duration::from_secs(300), "it does not come to step {step}");
        sleep(Duration::from_millis(5));
    }
}

/// Waits for the program, which was asked to end.
pub(super) fn end(child: Child) -> Ran {
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[test]
fn a_run_that_is_killed_again_and_again_ends_in_the_bits_of_one_that_was_not() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (straight, run) = (folder.path().join("straight"), folder.path().join("run"));
    succeeds(folder.path(), &long(&["--out", "straight"]));
    let arguments = long(&["--out", "run", "--keep", "3"]);
    let mut child = begin(folder.path(), &arguments, "run", 3);
    for step in [10, 40] {
        child.kill().unwrap();
        child.wait().unwrap();
        let before = steps(&run);
        assert!(before.len() <= 4, "{before:?}");
        child = begin(folder.path(), &["train", "--resume"], "run", before.last().unwrap().max(&step) + 1);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let ran = succeeds(folder.path(), &["train", "--resume", "run"]);
    assert!(ran.stderr.contains("run goes on in epoch "), "{}", ran.stderr);
    same(&straight, &run);
    // Nothing unfinished is left, and as many checkpoints as asked for.
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
    assert_eq!(names(&run), expected);
    assert_eq!(names(&run.join("checkpoints")).len(), 3);
    assert_eq!(steps(&run), [90, 93, 96]);
    assert_eq!(names(&straight.join("checkpoints")).len(), 2);

    // A run that is done is done, and goes on when it is to have more epochs.
    let ran = succeeds(folder.path(), &["train", "--resume", "run"]);
    assert!(ran.stderr.contains("run has all its 12 epochs"), "{}", ran.stderr);
    same(&straight, &run);
    let mut refused = ocellus(folder.path(), &["train", "--resume", "run", "--epochs", "11"]);
    refused.stdout(Stdio::piped());
    refuses_command(folder.path(), refused, &["--epochs 11", "has 12 already"]);
    succeeds(folder.path(), &["train", "--resume", "run", "--epochs", "13"]);
    let mut longer = long(&["--out", "longer"]);
    longer[4] = "13";
    succeeds(folder.path(), &longer);
    same(&folder.path().join("longer"), &run);
    assert_eq!(RunConfig::load(&run.join("config.toml")).unwrap().training.epochs, 13);
}

#[cfg(unix)]
pub(super) fn signal(child: &Child, names: &[&str]) {
    for name in names {
        let sent = Command::new("kill").args([name, child.id().to_string().as_str()]).status().unwrap();
        assert!(sent.success());
    }
}

/// Whether Ctrl-C is ignored here, as shells have it for what they start in the background: the program then ignores it too.
#[cfg(unix)]
pub(super) fn ctrl_c_is_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).map(str::trim).unwrap_or("0");
    let ignored = u64::from_str_radix(mask, 16).unwrap() & 2 != 0;
    if ignored {
        eprintln!("skipped: Ctrl-C is ignored here");
    }
    ignored
}

#[cfg(unix)]
#[test]
fn ctrl_c_and_sigterm_leave_a_checkpoint_and_say_how_to_go_on() {
    if gpu().is_none() || ctrl_c_is_ignored() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    succeeds(folder.path(), &long(&["--out", "straight"]));
    for (name, step, arguments) in
        [("-INT", 2, long(&["--out", "run"])), ("-TERM", 30, vec!["train", "--resume", "run"])]
    {
        let child = begin(folder.path(), &arguments, "run", step);
        signal(&child, &[name]);
        let ran = end(child);
        assert_eq!(ran.code, Some(130), "{}", ran.stderr);
        let stopped = ran.stdout.lines().find(|line| line.starts_with("Stopped in epoch ")).unwrap();
        assert!(stopped.contains("/12 after step ") && stopped.ends_with("/8"), "{stopped}");
        assert_eq!(ran.stdout.lines().last(), Some("Go on with: ocellus train --resume run"));
        assert!(!ran.stderr.contains("training failed"), "{}", ran.stderr);
        let rows = text(&run.join("steps.csv")).lines().count();
        assert_eq!(rows, 1 + steps(&run).last().unwrap(), "nothing that was trained is lost");
    }
    succeeds(folder.path(), &["train", "--resume", "run"]);
    same(&folder.path().join("straight"), &run);
}

#[cfg(unix)]
#[test]
fn a_second_signal_ends_the_program_at_once() {
    if gpu().is_none() || ctrl_c_is_ignored() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // Steps that take long, so that the program is amid one when the second signal comes.
    let arguments = ["train", "--out", "run", "--model", "vgg-small", "--batch-size", "512"];
    let child = begin(folder.path(), &arguments, "run", 0);
    sleep(Duration::from_millis(300));
    signal(&child, &["-INT", "-TERM"]);
    let ran = end(child);
    assert_eq!(ran.code, Some(130), "{}", ran.stderr);
    assert!(!ran.stdout.contains("Stopped"), "{}", ran.stdout);
}

#[cfg(target_os = "linux")]
#[test]
fn a_lost_terminal_stops_no_training_that_was_told_to_ignore_it() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let command = ocellus(folder.path(), &long(&["--out", "run"]));
    // As `nohup` does it.
    let mut ignoring = Command::new("sh");
    ignoring.args(["-c", r#"trap '' HUP; exec "$0" "$@""#]).arg(command.get_program()).args(command.get_args());
    ignoring.current_dir(folder.path()).envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut child = ignoring.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for(&mut child, &run, 3);
    signal(&child, &["-HUP"]);
    let ran = end(child);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(steps(&run).last(), Some(&96), "it trains to its end");
}

#[test]
fn two_programs_do_not_train_in_one_folder() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut child = begin(folder.path(), &long(&["--out", "run"]), "run", 0);
    let ran = finish(ocellus(folder.path(), &["train", "--resume", "run"]));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("another program is training in run; "), "{}", ran.stderr);
}

#[test]
fn a_damaged_checkpoint_is_named_and_the_one_before_it_taken() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (straight, run) = (folder.path().join("straight"), folder.path().join("run"));
    let short = |more: &[&'static str]| {
        let mut arguments = long(more);
        arguments[4] = "2";
        arguments
    };
    succeeds(folder.path(), &short(&["--out", "straight"]));
    succeeds(folder.path(), &short(&["--out", "run", "--keep", "4"]));
    assert_eq!(steps(&run), [9, 12, 15, 16]);
    let file = |step: usize| run.join(format!("checkpoints/step-{step}.safetensors"));
    let whole = fs::read(file(16)).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 4;
    fs::write(file(16), &flipped).unwrap();
    fs::write(file(15), &whole[..whole.len() / 3]).unwrap();
    let ran = succeeds(folder.path(), &["train", "--resume", "run"]);
    assert!(ran.stderr.contains("step-16.safetensors is damaged: its checksum says "), "{}", ran.stderr);
    assert!(ran.stderr.contains("goes on from step 12"), "{}", ran.stderr);
    same(&straight, &run);

    // What is left of a run without any whole one is refused and left as it is.
    for step in steps(&run) {
        fs::write(file(step), b"{").unwrap();
    }
    let resume = || ocellus(folder.path(), &["train", "--resume", "run"]);
    refuses_command(folder.path(), resume(), &["step-16.safetensors is damaged"]);
    for step in steps(&run) {
        fs::remove_file(file(step)).unwrap();
    }
    refuses_command(folder.path(), resume(), &["run has trained epochs but no checkpoint"]);
}

#[test]
fn what_changes_the_training_is_refused_when_it_goes_on() {
    refuses(&["train", "--resume"], &["there is no run in runs/ yet"]);
    refuses(&["train", "--resume", "nowhere"], &["nowhere/config.toml is missing"]);
    refuses(&["train", "small.toml", "--resume", "run"], &["--resume", "CONFIG.toml"]);
    // Whatever options there are: those that do not change the training, and all others.
    let free = ["--epochs", "--checkpoint-every", "--keep", "--on-nan", "--resume", "--print-config", "--dry-run"];
    let free: Vec<&str> = free.into_iter().chain(["--adapter", "--limits", "--help"]).collect();
    let empty = tempfile::tempdir().unwrap();
    let help = succeeds(empty.path(), &["train", "--help"]).stdout;
    let lines = help.lines().map(str::trim).filter(|line| line.starts_with("--"));
    let options: Vec<&str> = lines.filter_map(|line| line.split(' ').next()).collect();
    assert!(options.contains(&"--seed") && options.contains(&"--no-shuffle"), "{help}");
    for option in options.into_iter().filter(|option| !free.contains(option)) {
        let with_value = help.contains(&format!("{option} <"));
        let value = if option == "--kernel-choice" { "fixed" } else { "1" };
        let arguments = ["train", "--resume", "run", option, value];
        refuses(&arguments[..if with_value { 5 } else { 4 }], &["'--resume [<RUN>]' cannot be used with", option]);
    }
    refuses(&["train", "--checkpoint-every", "0"], &["--checkpoint-every 0", "at least 1"]);
    refuses(&["train", "--keep", "0"], &["--keep 0", "at least 1"]);
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    succeeds(folder.path(), &[&SHORT[..], &["--out", "run"]].concat());
    let mut command = ocellus(folder.path(), &["train", "--resume", "run", "--epochs", "3"]);
    command.env("OCELLUS_KERNELS", "naive");
    refuses_command(folder.path(), command, &["its kernels is \"fast\", here it is \"naive\""]);
}
