//! Models and settings as text: what `train`, `summary` and `--print-config` make of files, and what they refuse.

use std::fs;

use ocellus::model::{WeightsFile, cifar10_weights};
use ocellus::train::{ModelSource, Optimizer, RunConfig};

use super::{ocellus, refuses_command, succeeds, text};
use crate::support::gpu;

/// A short training of a model of its own on few digits.
const SMALL: &str = r#"
name = "small"

[data]
name = "digits"
limit = 48

[training]
epochs = 1
batch_size = 16
seed = 4

[optimizer]
name = "sgd"
learning_rate = 0.02
momentum = 0.9

[[layers]]
type = "conv2d"
filters = 4
kernel_size = [3, 5]
strides = 2
activation = "relu"

[[layers]]
type = "flatten"

[[layers]]
type = "dense"
units = 10
"#;

/// Two ways that meet again, one of them through a layer that is used twice.
const GRAPH: &str = r#"
name = "graph"

[[layers]]
type = "input_layer"
shape = [28, 28, 1]

[[layers]]
name = "stem"
type = "conv2d"
filters = 4
kernel_size = 3
strides = 2

[[layers]]
name = "block"
type = "conv2d"
filters = 4
kernel_size = 3
padding = "same"

[[layers]]
name = "block"
type = "conv2d"
filters = 4
kernel_size = 3
padding = "same"

[[layers]]
name = "sum"
type = "add"
inputs = ["stem", "block#2"]

[[layers]]
type = "global_average_pooling2d"

[[layers]]
name = "head"
type = "dense"
units = 10
"#;

#[test]
fn options_go_before_the_file_and_print_config_shows_both() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("small.toml"), SMALL).unwrap();
    let arguments = [
        "train",
        "small.toml",
        "--epochs",
        "3",
        "--no-shuffle",
        "--no-fusion",
        "--learning-rate",
        "0.5",
        "--print-config",
    ];
    let printed = succeeds(folder.path(), &arguments).stdout;
    let parse = |text: &str| RunConfig::parse("printed".as_ref(), text).unwrap();
    let mut expected = parse(SMALL);
    expected.training.epochs = 3;
    expected.training.shuffle = false;
    expected.training.fusion = false;
    expected.optimizer.learning_rate = 0.5;
    assert_eq!(parse(&printed), expected);
    // Nothing but options: the defaults.
    let printed = succeeds(folder.path(), &["train", "--model", "lecture", "--print-config"]).stdout;
    assert!(printed.starts_with("model = \"lecture\"\n"), "{printed}");
    assert_eq!(parse(&printed), RunConfig { model: parse("model = \"lecture\"").model, ..RunConfig::default() });
}

#[test]
fn a_runs_config_repeats_it_to_the_bit() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("small.toml"), SMALL).unwrap();
    succeeds(folder.path(), &["train", "small.toml"]);
    let written = fs::read(folder.path().join("runs/small-1/last.safetensors")).unwrap();
    succeeds(folder.path(), &["train", "runs/small-1/config.toml"]);
    // The folder is as good as its file.
    succeeds(folder.path(), &["train", "runs/small-1"]);
    for run in ["runs/small-2", "runs/small-3"] {
        let run = folder.path().join(run);
        assert!(fs::read(run.join("last.safetensors")).unwrap() == written, "{run:?} ended in other weights");
        assert_eq!(text(&run.join("config.toml")), text(&folder.path().join("runs/small-1/config.toml")));
    }
}

#[test]
fn a_graph_with_a_shared_layer_trains_from_text() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("graph.toml"), GRAPH).unwrap();
    succeeds(folder.path(), &["train", "graph.toml", "--limit", "32", "--epochs", "1", "--out", "run"]);
    let model = WeightsFile::load(&folder.path().join("run/last.safetensors")).unwrap().model().unwrap();
    assert_eq!(model.layers().iter().filter(|layer| layer.name() == "block").count(), 1);
    assert_eq!(model.parameters().0, (9 * 4 + 4) + (9 * 4 * 4 + 4) + (4 * 10 + 10));
    for argument in ["graph.toml", "run", "run/last.safetensors"] {
        let table = succeeds(folder.path(), &["summary", argument]).stdout;
        assert!(table.contains("Connected to") && table.contains("sum (Add)"), "{table}");
        // 13x13 outputs: one input channel, then twice four; and the head.
        let work = 169 * 9 * 4 + 2 * 169 * 9 * 16 + 40;
        assert_eq!(work, 54_796);
        assert!(table.contains("Multiply-adds per image: 54,796\n"), "{table}");
        assert!(table.contains("GPU memory to train at batch size 32: "), "{table}");
    }
}

#[test]
fn the_pictures_can_be_taken_by_several_layers_without_declaring_an_input() {
    let folder = tempfile::tempdir().unwrap();
    let branch = |name: &str, inputs: &str| {
        format!("[[layers]]\ntype = \"conv2d\"\nname = \"{name}\"\nfilters = 2\nkernel_size = 3\n{inputs}\n")
    };
    let sum = "[[layers]]\ntype = \"add\"\ninputs = [\"a\", \"b\"]\n[[layers]]\ntype = \"flatten\"\n";
    let config = [branch("a", ""), branch("b", "inputs = [\"input_layer\"]"), sum.to_owned()].concat();
    fs::write(folder.path().join("two.toml"), config).unwrap();
    let table = succeeds(folder.path(), &["summary", "two.toml"]).stdout;
    assert_eq!(table.matches("input_layer").count(), 3, "the layer itself, and what it gives to a and b: {table}");
}

/// Refused with all of `words`, and with nothing written.
fn refused(config: &str, words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.toml"), config).unwrap();
    refuses_command(folder.path(), ocellus(folder.path(), &["train", "a.toml"]), words);
}

#[test]
fn errors_name_file_line_key_and_the_nearest_word() {
    refused("[training]\nepoch = 3", &["a.toml:2: [training]: there is no 'epoch' here; did you mean 'epochs'?"]);
    refused("[optimiser]\nname = \"adam\"", &["a.toml:1: there is no 'optimiser' here; did you mean 'optimizer'?"]);
    refused("[optimizer]\nname = \"adm\"", &["a.toml:2: [optimizer]: 'name'", "did you mean 'adam'?"]);
    refused(
        "[optimizer]\nname = \"sgd\"\nbeta_1 = 0.9",
        &["a.toml:3: [optimizer]: there is no 'beta_1' here", "momentum"],
    );
    refused("model = \"lectur\"", &["a.toml:1: 'model': there is no model 'lectur'; did you mean 'lecture'?"]);
    refused("[training]\n\nepochs = 0", &["a.toml:3: 'epochs' is 0, it must be at least 1"]);
    refused(
        "[data]\nvalidation_split = 2.0",
        &["a.toml:2: 'validation_split' is 2, it must be between 0 and 1, for example 0.1"],
    );
    refused("[data]\nlimit = 0", &["a.toml:2: 'limit' is 0, it must be at least 1"]);
    refused("[optimizer]\nlearning_rate = 0.0", &["a.toml:2: 'learning_rate' is 0.0, it must be above 0"]);
    refused("outputs = [\"logit\"]\n[[layers]]\ntype = \"flatten\"", &["a.toml:1: there is no layer 'logit'"]);
    let first = "[[layers]]\ntype = \"flatten\"\nname = \"a.b\"\n[[layers]]\ntype = \"dense\"\nunits = 10";
    refused(first, &["a.toml:1: 'a.b' cannot be a layer's name"]);
    let outside = "name = \"../evil\"\n[[layers]]\ntype = \"flatten\"\n[[layers]]\ntype = \"dense\"\nunits = 10";
    refused(outside, &["'../evil' cannot be a model's name"]);
    refused("[[layers]]\ntype = \"flatten\"\ntrianable = false", &["a.toml:3: ", "did you mean 'trainable'?"]);
    refused("model = \"lecture\"\n[[layers]]\ntype = \"flatten\"", &["a.toml:1: the file has both"]);
    refused("name = \"m\"", &["a.toml:1: a model has a 'name' but no layers; add [[layers]]"]);
    refused("epochs = = 3", &["a.toml:1: this is not TOML"]);
    refused("[[layers]]\ntype = \"conv2\"", &["a.toml:2: 'type': there is no layer 'conv2'; did you mean 'conv2d'?"]);
    refused("[[layers]]\nfilters = 3", &["a.toml:1: layers[0]: 'type' is missing; there are input_layer, conv2d"]);
    let layer = |rest: &str| format!("[[layers]]\ntype = \"conv2d\"\nname = \"c\"\n{rest}");
    refused(
        &layer("filtres = 3"),
        &["a.toml:4: layer 'c' (conv2d): there is no 'filtres' here; did you mean 'filters'?"],
    );
    refused(&layer("filters = 3"), &["a.toml:1: layer 'c' (conv2d): 'kernel_size' is missing; add it"]);
    let rest = "filters = 3\nkernel_size = 3\nactivation = \"rleu\"";
    refused(&layer(rest), &["a.toml:6: layer 'c' (conv2d): 'activation': there is no 'rleu'; did you mean 'relu'?"]);
    refused(&layer("filters = 3\nkernel_size = \"3x3\""), &["a.toml:5: layer 'c' (conv2d): 'kernel_size'", "[3, 5]"]);
    refused(&layer("filters = -3\nkernel_size = 3"), &["a.toml:4: layer 'c' (conv2d): 'filters'", "-3"]);
}

#[test]
fn shapes_that_do_not_fit_name_the_line_and_both_layers() {
    let config = "[[layers]]\ntype = \"max_pooling2d\"\npool_size = 8\nname = \"pool\"\n\n\
                  [[layers]]\ntype = \"conv2d\"\nname = \"c\"\nfilters = 2\nkernel_size = 5\n";
    let words = ["a.toml:6: ", "layer 'c' (Conv2D) cannot take an input of shape (3, 3, 1), which layer 'pool' gives"];
    refused(config, &words);
    let merge = "[[layers]]\nname = \"a\"\ntype = \"conv2d\"\nfilters = 2\nkernel_size = 3\n\
                 [[layers]]\nname = \"b\"\ntype = \"conv2d\"\nfilters = 2\nkernel_size = 3\n\
                 [[layers]]\nname = \"s\"\ntype = \"add\"\ninputs = [\"a\", \"b\"]\n";
    refused(merge, &["a.toml:11: ", "(26, 26, 2) of layer 'a'", "(24, 24, 2) of layer 'b'"]);
    refused(&merge.replace("\"b\"]", "\"bb\"]"), &["a.toml:11: ", "there is no layer 'bb'"]);
    let few = "[[layers]]\ntype = \"flatten\"\n[[layers]]\ntype = \"dense\"\nunits = 3";
    refused(few, &["the dataset has 10 classes but model 'model' has 3 outputs"]);
}

#[test]
fn what_is_no_model_is_refused_by_summary() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("empty.toml"), "[training]\nepochs = 3").unwrap();
    let refuses = |arguments: &[&str], words: &[&str]| {
        refuses_command(folder.path(), ocellus(folder.path(), arguments), words);
    };
    refuses(&["summary", "lectur"], &["'lecture'", "there is no model of this name"]);
    refuses(&["summary", "empty.toml"], &["empty.toml", "describes no model", "[[layers]]"]);
    refuses(&["summary", "lecture", "--input", "32x32"], &["--input", "32x32x3"]);
    refuses(&["summary", "lecture", "--input", "8x8x3"], &["lecture"]);
    refuses(&["summary", "."], &["config.toml", "check that it is there"]);
    refuses(&["train", "absent.toml"], &["absent.toml", "there is no such file", "--data"]);
}

#[test]
fn an_option_out_of_range_is_named_as_typed_also_over_a_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("small.toml"), SMALL).unwrap();
    let arguments = ["train", "small.toml", "--epochs", "0"];
    refuses_command(folder.path(), ocellus(folder.path(), &arguments), &["--epochs 0: it must be at least 1"]);
}

#[test]
fn an_optimizer_named_again_keeps_the_files_constants() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("small.toml"), SMALL).unwrap();
    let printed = |name| {
        let arguments = ["train", "small.toml", "--optimizer", name, "--print-config"];
        RunConfig::parse("printed".as_ref(), &succeeds(folder.path(), &arguments).stdout).unwrap().optimizer
    };
    assert_eq!(printed("sgd"), RunConfig::parse("small".as_ref(), SMALL).unwrap().optimizer);
    assert_eq!(printed("adam"), Optimizer::adam());
    assert_eq!(printed("adamw"), Optimizer::adamw());
}

#[test]
fn summary_goes_by_what_the_file_says() {
    let folder = tempfile::tempdir().unwrap();
    let config = "model = \"lecture\"\n[data]\nname = \"cifar100\"\n[training]\nbatch_size = 8\nfreeze = [\"conv2d\"]";
    fs::write(folder.path().join("a.toml"), config).unwrap();
    let table = succeeds(folder.path(), &["summary", "a.toml"]).stdout;
    // 90 more classes than the lecture's, of 64 inputs and a bias each; 3x3x3x32 + 32 frozen.
    for words in ["Total params: 128,420", "Non-trainable params: 896", "to train at batch size 8: "] {
        assert!(table.contains(words), "{words}: {table}");
    }
    let table = succeeds(folder.path(), &["summary", "a.toml", "--classes", "10", "--batch-size", "4"]).stdout;
    assert!(table.contains("Total params: 122,570") && table.contains("at batch size 4: "), "{table}");
    // A folder of pictures: as many classes as folders, pictures of the size that is asked for.
    for class in ["cat", "dog", "owl"] {
        let class = folder.path().join("pets").join(class);
        fs::create_dir_all(&class).unwrap();
        fs::write(class.join("1.png"), "").unwrap();
    }
    let config = "model = \"lecture\"\n[data]\nname = \"pets\"\nimage_size = 64";
    fs::write(folder.path().join("pets.toml"), config).unwrap();
    let table = succeeds(folder.path(), &["summary", "pets.toml"]).stdout;
    assert!(table.contains("(None, 62, 62, 32)") && table.contains("(None, 3)"), "{table}");
    let config = "[data]\nname = \"digits\"\nimage_size = 64";
    fs::write(folder.path().join("sized.toml"), config).unwrap();
    let sized = ocellus(folder.path(), &["train", "sized.toml"]);
    refuses_command(folder.path(), sized, &["sized.toml:3: 'image_size'", "a size of their own"]);
    let large = ["summary", "lecture", "--batch-size", "99999"];
    refuses_command(folder.path(), ocellus(folder.path(), &large), &["cannot tell the memory"]);
    let zero = ["summary", "lecture", "--batch-size", "0"];
    refuses_command(folder.path(), ocellus(folder.path(), &zero), &["--batch-size 0: it must be at least 1"]);
}

#[test]
fn the_shipped_configuration_describes_the_shipped_weights() {
    let text = include_str!("../../../assets/lecture-cifar10.toml");
    let config = RunConfig::parse("lecture-cifar10.toml".as_ref(), text).unwrap();
    let weights = cifar10_weights().unwrap();
    let metadata = weights.metadata().unwrap();
    assert_eq!(config.model, Some(ModelSource::Layers(metadata.model.clone().into())));
    assert_eq!(config.data.name, metadata.dataset);
}

#[test]
fn a_training_chooses_anew_what_it_freezes() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let short = ["--limit", "16", "--epochs", "1", "--validation-split", "0.5"];
    let train = |arguments: &[&str]| succeeds(folder.path(), &[&["train"], arguments, &short].concat()).stdout;
    assert!(train(&["--freeze", "conv2d", "--out", "first"]).contains("Non-trainable params: 320 "));
    assert!(train(&["--init", "first", "--dry-run"]).contains("Non-trainable params: 0 "));
    let again = train(&["--init", "first", "--freeze", "dense,dense_1", "--dry-run"]);
    assert!(again.contains("Non-trainable params: 37,578 "), "{again}");
    // Another program's file of the run's name is no hindrance to the weights beside it.
    fs::write(folder.path().join("config.toml"), "title = \"site\"").unwrap();
    fs::copy(folder.path().join("first/best.safetensors"), folder.path().join("w.SAFETENSORS")).unwrap();
    let ran = succeeds(folder.path(), &["predict", "w.SAFETENSORS", "--data", "digits", "--limit", "2"]);
    assert_eq!(ran.stdout.lines().count(), 2, "{}", ran.stdout);
    assert!(succeeds(folder.path(), &["summary", "w.SAFETENSORS"]).stdout.contains("93,322"));
}
