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
        "the loss or a gradient of step 2 of epoch 1 is NaN or infinite: first in the output of layer '",
        "lower learning rate",
    ] {
        assert!(told.contains(words), "'{words}' is not in: {told}");
    }
    assert!(folder.path().join(checkpoint).is_file());
    // From there it comes to the same end, or skips what it cannot use.
    assert!(fails(folder.path(), &["train", "--resume", "run"]).contains("of step 2 of epoch 1"));
    let ran = succeeds(folder.path(), &["train", "--resume", "run", "--on-nan", "skip"]);
    assert!(
        ran.stderr.contains("of step 2 of epoch 1") && ran.stderr.contains("the step is skipped"),
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
