//! `ocellus filters`, of the weights in the program and of runs.

use std::fs;

use ocellus::model::{Metadata, Sequential, WeightsFile, layers::*};

use super::runs::write_run;
use super::{names, ocellus, refuses, refuses_command, succeeds, write_weights};

#[test]
fn filters_are_drawn_here_or_in_the_runs_folder() {
    let folder = tempfile::tempdir().unwrap();
    let ran = succeeds(folder.path(), &["filters"]);
    assert!(ran.stderr.contains("the CIFAR-10 weights inside the program"), "{}", ran.stderr);
    assert_eq!(names(folder.path()), ["filters.png"]);
    write_run(&folder.path().join("run"), &[0.5, 0.25]);
    for (number, arguments) in
        [["run"].as_slice(), &["run", "--weights", "last"], &["run", "--layer", "conv2d_1"], &["run/best.safetensors"]]
            .into_iter()
            .enumerate()
    {
        let ran = succeeds(folder.path(), &[&["filters"], arguments].concat());
        assert!(
            ran.stderr.contains("run/filters.png") && !ran.stderr.contains("not shown"),
            "{number}: {}",
            ran.stderr
        );
    }
    succeeds(folder.path(), &["filters", "run", "-o", "others.svg"]);
    assert_eq!(names(folder.path()), ["filters.png", "others.svg", "run"]);
}

#[test]
fn where_it_is_not_known_what_a_training_began_with_its_end_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    write_weights(&folder.path().join("own.safetensors"), [28, 28, 1], 10);
    let ran = succeeds(folder.path(), &["filters", "own.safetensors"]);
    assert!(ran.stderr.contains("own.safetensors tells of no training"), "{}", ran.stderr);
    assert!(folder.path().join("filters.png").exists());
    // Settings that began with weights that are gone.
    let run = folder.path().join("run");
    write_run(&run, &[0.5]);
    let config = fs::read_to_string(run.join("config.toml")).unwrap();
    fs::write(run.join("config.toml"), config.replace("[training]", "[training]\ninit = \"gone.safetensors\""))
        .unwrap();
    let ran = succeeds(folder.path(), &["filters", "run"]);
    assert!(ran.stderr.contains("not shown") && ran.stderr.contains("gone.safetensors"), "{}", ran.stderr);
}

#[test]
fn layers_without_kernels_are_refused() {
    refuses(
        &["filters", "--layer", "conv3d"],
        &["--layer conv3d", "did you mean 'conv2d'?", "max_pooling2d", "dense_1"],
    );
    refuses(&["filters", "--layer", "dense"], &["'dense' (Dense)", "conv2d, conv2d_1, conv2d_2"]);
    refuses(&["filters", "--layer", "max_pooling2d"], &["'max_pooling2d' (MaxPooling2D)", "conv2d_1"]);
    refuses(&["filters", "absent"], &["absent", "neither a run's folder"]);
    let folder = tempfile::tempdir().unwrap();
    let model = Sequential::new([4, 4, 1]).add(Flatten {}).add(Dense::new(3)).build().unwrap();
    let path = folder.path().join("flat.safetensors");
    WeightsFile::save(&path, &model, &Metadata::new(&model, "digits", &[])).unwrap();
    let command = ocellus(folder.path(), &["filters", "flat.safetensors"]);
    refuses_command(folder.path(), command, &["has no convolution"]);
}

#[test]
fn depthwise_filters_are_drawn_too() {
    let folder = tempfile::tempdir().unwrap();
    let model = Sequential::new([6, 6, 3])
        .add(DepthwiseConv2d::new(3).depth_multiplier(2))
        .add(Flatten {})
        .add(Dense::new(3))
        .build()
        .unwrap();
    model.initialize(1);
    WeightsFile::save(&folder.path().join("own.safetensors"), &model, &Metadata::new(&model, "digits", &[])).unwrap();
    succeeds(folder.path(), &["filters", "own.safetensors"]);
    let picture = image::open(folder.path().join("filters.png")).unwrap();
    assert!(picture.width() > 600 && picture.height() > 100, "{} x {}", picture.width(), picture.height());
}
