//! `ocellus train --kernel-choice`: measured kernels are written down, and a run's settings repeat exactly those.

use std::fs;
use std::path::Path;
use std::process::Command;

use ocellus::gpu::{FailedKernels, shader_files};
use ocellus::ops::KernelSelection;
use ocellus::train::RunConfig;

use super::{SHORT, finish, ocellus, refuses_command, text};
use crate::support::gpu;

/// The program in `folder`, with the cache of this name there, saying what it measures.
fn with_cache(folder: &Path, arguments: &[&str], cache: &str) -> Command {
    let mut command = ocellus(folder, arguments);
    command.env("OCELLUS_CACHE", folder.join(cache)).env("RUST_LOG", "ocellus=info");
    command
}

#[test]
fn a_run_writes_its_kernels_down_and_its_settings_repeat_them() {
    let Some(gpu) = gpu() else { return };
    let folder = tempfile::tempdir().unwrap();
    let command = |arguments: &[&str], cache: &str| with_cache(folder.path(), arguments, cache);
    let measured = [&SHORT[..], &["--kernel-choice", "auto", "--out", "first"]].concat();
    let first = finish(command(&measured, "cache"));
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    assert!(first.stderr.contains("kernels: ") && first.stderr.contains(" measured in "), "{}", first.stderr);
    let config = folder.path().join("first/config.toml");
    let kernels = RunConfig::load(&config).unwrap().kernels;
    assert!(!kernels.is_empty());

    // Nothing is measured where the settings say all, so that it needs no cache.
    let repeated = ["train", "first/config.toml", "--kernel-choice", "auto", "--out", "second"];
    let second = finish(command(&repeated, "no-cache"));
    assert_eq!(second.code, Some(0), "{}", second.stderr);
    assert!(second.stderr.contains("kernels: 0 measured"), "{}", second.stderr);
    assert!(!second.stderr.contains("that this training has not"), "{}", second.stderr);
    assert_eq!(RunConfig::load(&folder.path().join("second/config.toml")).unwrap().kernels, kernels);
    let [first, second] = ["first", "second"].map(|run| fs::read(folder.path().join(run).join("last.safetensors")));
    assert!(first.unwrap() == second.unwrap(), "the weights differ");

    // Those for batches of another size are not used, which is said.
    let other_batches = ["train", "first/config.toml", "--kernel-choice", "auto", "--batch-size", "20", "--dry-run"];
    let looked_at = finish(command(&other_batches, "no-cache"));
    assert_eq!(looked_at.code, Some(0), "{}", looked_at.stderr);
    assert!(looked_at.stderr.contains("passes that this training has not, such as '"), "{}", looked_at.stderr);

    // Goes on with them, too; the default said aloud changes nothing, other kernels are refused by their name.
    let mut resumed = ocellus(folder.path(), &["train", "--resume", "first", "--epochs", "3"]);
    resumed.env("OCELLUS_KERNELS", "naive");
    refuses_command(folder.path(), resumed, &["its kernels is \"fast\", here it is \"naive\""]);
    let mut resumed = ocellus(folder.path(), &["train", "--resume", "first", "--epochs", "3"]);
    resumed.env("OCELLUS_KERNELS", "fast");
    let resumed = finish(resumed);
    assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);

    // The same settings where one of the kernels is known to be wrong.
    let text = text(&config).replace("= \"subgroup\"", "= \"block\"").replace("= \"tile\"", "= \"block\"");
    fs::write(folder.path().join("blocked.toml"), text).unwrap();
    let mut failed = FailedKernels::default();
    failed.insert(&gpu, "conv2d/gradient_of_kernel.block");
    // Where there was nothing to measure, nothing was kept.
    fs::create_dir_all(folder.path().join("cache")).unwrap();
    fs::write(folder.path().join("cache/failed-kernels.json"), failed.to_json()).unwrap();
    let words =
        ["'conv2d/gradient_of_kernel.block' was chosen for conv2d gradient of the kernel", "--kernel-choice fixed"];
    refuses_command(folder.path(), command(&["train", "blocked.toml", "--kernel-choice", "auto"], "cache"), &words);
    let fixed = ["train", "blocked.toml", "--kernel-choice", "fixed", "--out", "third"];
    assert_eq!(finish(command(&fixed, "cache")).code, Some(0));
    let third = RunConfig::load(&folder.path().join("third/config.toml")).unwrap();
    assert!(third.kernels.is_empty() && third.training.kernel_choice == KernelSelection::Fixed);
}

#[test]
fn a_run_goes_on_without_a_kernel_that_was_found_wrong_since() {
    let Some(gpu) = gpu() else { return };
    let folder = tempfile::tempdir().unwrap();
    let command = |arguments: &[&str], cache: &str| with_cache(folder.path(), arguments, cache);
    let measured = [&SHORT[..], &["--model", "lenet5", "--kernel-choice", "auto", "--out", "run"]].concat();
    let first = finish(command(&measured, "cache"));
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    let kernels = RunConfig::load(&folder.path().join("run/config.toml")).unwrap().kernels;
    // Whichever of them was measured to be the fastest.
    let mut failed = FailedKernels::default();
    let names = shader_files().iter().map(|(name, _)| *name).filter(|name| name.starts_with("conv2d/forward."));
    names.filter(|name| !name.ends_with(".naive")).for_each(|name| failed.insert(&gpu, name));
    fs::create_dir_all(folder.path().join("cache")).unwrap();
    fs::write(folder.path().join("cache/failed-kernels.json"), failed.to_json()).unwrap();

    let repeated = command(&["train", "run/config.toml", "--kernel-choice", "auto", "--out", "again"], "cache");
    refuses_command(folder.path(), repeated, &["'conv2d/forward.", "was chosen for conv2d forward", "found wrong"]);
    let resumed = finish(command(&["train", "--resume", "run", "--epochs", "3"], "cache"));
    assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
    for words in
        ["began with 'conv2d/forward.", "it was found wrong there; 'conv2d/forward.naive", "the bits are others"]
    {
        assert!(resumed.stderr.contains(words), "'{words}' is not in: {}", resumed.stderr);
    }
    assert_eq!(RunConfig::load(&folder.path().join("run/config.toml")).unwrap().kernels, kernels);
    // Where the kernel is right again, the run goes on with it, and nothing is replaced.
    let back = finish(command(&["train", "--resume", "run", "--epochs", "4"], "another-cache"));
    assert_eq!(back.code, Some(0), "{}", back.stderr);
    assert!(!back.stderr.contains("began with"), "{}", back.stderr);
}

#[test]
fn settings_that_fix_the_kernels_and_list_measured_ones_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let both = "[training]\nkernel_choice = \"fixed\"\n[kernels]\n\"matmul forward: 8 x 4->4\" = \"block\"\n";
    fs::write(folder.path().join("both.toml"), both).unwrap();
    let command = ocellus(folder.path(), &["train", "both.toml", "--print-config", "--kernel-choice", "auto"]);
    refuses_command(folder.path(), command, &["both.toml:3", "keep one of them"]);
    fs::write(folder.path().join("forced.toml"), both.replace("kernel_choice = \"fixed\"", "kernels = \"naive\""))
        .unwrap();
    let command = ocellus(folder.path(), &["train", "forced.toml", "--print-config"]);
    refuses_command(folder.path(), command, &["forced.toml:3", "'kernels' forces others"]);
    fs::write(folder.path().join("fast.toml"), both.replace("fixed", "auto").replace("block", "fast")).unwrap();
    let command = ocellus(folder.path(), &["train", "fast.toml", "--print-config"]);
    refuses_command(folder.path(), command, &["fast.toml:3", "\"fast\" is none"]);
    fs::write(folder.path().join("word.toml"), both.replace("fixed", "auto").replace("block", "blok")).unwrap();
    let command = ocellus(folder.path(), &["train", "word.toml", "--print-config"]);
    refuses_command(folder.path(), command, &["word.toml", "blok"]);
}
