//! Text: settings and models in TOML, histories, run folders, kernels written out.

use std::path::Path;
use std::sync::PoisonError;

use ocellus::explain::{Kernel, Matrix};
use ocellus::shape::Shape;
use ocellus::train::{EpochRecord, History, ModelSource, Run, RunConfig};

use crate::{TURN, survives};

/// Text, of which what is not UTF-8 is replaced.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const SETTINGS: &str = r#"
name = "graph"
outputs = ["out"]

[data]
name = "./pictures"
image_size = [32, 32]
limit = 100
validation_split = 0.2

[training]
epochs = 3
batch_size = 16
seed = 7
label_smoothing = 0.1
kernels = "fast"
on_nan = "skip"
checkpoint_every = 10
keep = 2
freeze = ["first"]

[optimizer]
name = "adamw"
learning_rate = 1e-3
weight_decay = 0.01
global_clipnorm = 1.0

[kernels]
"conv2d forward: 16 x (28->14 by 3 stride 2 padding 1, 28->14 by 3 stride 2 padding 1), 1->4 channels, bias" = "block"
"matmul forward: 16 x 7->10" = "naive"

[[layers]]
type = "input_layer"
shape = [28, 28, 1]

[[layers]]
type = "conv2d"
name = "first"
filters = 4
kernel_size = [3, 3]
strides = 2
padding = "same"
activation = "relu"

[[layers]]
type = "batch_normalization"
name = "norm"

[[layers]]
type = "depthwise_conv2d"
kernel_size = 3
padding = "same"
depth_multiplier = 2
dilation_rate = 1

[[layers]]
type = "max_pooling2d"
name = "pooled"
pool_size = 2
padding = "same"

[[layers]]
type = "average_pooling2d"
name = "mean"
inputs = ["norm"]
pool_size = 2

[[layers]]
type = "concatenate"
inputs = ["pooled", "mean"]

[[layers]]
type = "dropout"
rate = 0.25

[[layers]]
type = "flatten"

[[layers]]
type = "dense"
name = "out"
units = 10
"#;

#[test]
fn settings_and_models_in_toml() {
    let named = "model = \"lecture\"\n[data]\nname = \"digits\"\n[optimizer]\nname = \"sgd\"\nmomentum = 0.9\n";
    survives(1500, 4000, &[SETTINGS.into(), named.into()], |bytes| {
        let config = RunConfig::parse(Path::new("run.toml"), &text(bytes));
        if let Ok(config) = &config {
            // What it says is written and read again; the model takes no memory before it gets weights.
            assert!(config.to_toml().is_ok());
            match &config.model {
                Some(ModelSource::Layers(source)) => {
                    if let Ok(model) = source.build(&Shape::from([28, 28, 1])) {
                        assert!(!model.name().contains(['/', '\\']), "a name that leaves the folder");
                        let _ = (model.parameters(), model.multiply_adds());
                    }
                }
                Some(ModelSource::Builtin(name)) => assert!(!name.contains(['/', '\\'])),
                None => {}
            }
        }
        config.is_ok()
    });
}

#[test]
fn settings_as_deep_as_a_stack() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    for (open, close) in [("[", "]"), ("{a=", "}"), ("a.", "")] {
        let deep = format!("x = {}1{}", open.repeat(100_000), close.repeat(100_000));
        let keys = format!("{}x = 1", open.repeat(100_000));
        for text in [deep, keys] {
            assert!(RunConfig::parse(Path::new("run.toml"), &text).is_err());
        }
    }
}

fn history() -> History {
    let record = |epoch| EpochRecord {
        epoch,
        loss: 1.25,
        accuracy: 0.5,
        val_loss: Some(1.5),
        val_accuracy: None,
        seconds: 2.5,
        images_per_second: 100.0,
        weights_hash: Some(0xab),
    };
    History { epochs: (1..4).map(record).collect() }
}

#[test]
fn histories_and_run_folders() {
    survives(2000, 200, &[history().to_csv().into_bytes()], |bytes| {
        let Ok(history) = History::from_csv(&text(bytes)) else { return false };
        let _ = (history.best(), history.seconds(), history.images_per_second(), history.to_csv());
        true
    });
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("config.toml", SETTINGS.as_bytes());
    write("best.safetensors", b"");
    write("last.safetensors", b"");
    survives(500, 4000, &[history().to_csv().into_bytes()], |bytes| {
        write("history.csv", bytes);
        Run::open(folder.path()).is_ok()
    });
    write("history.csv", history().to_csv().as_bytes());
    survives(500, 4000, &[SETTINGS.into()], |bytes| {
        write("config.toml", bytes);
        Run::open(folder.path()).is_ok()
    });
}

#[test]
fn kernels_written_out() {
    let valid = ["0 -1 0; -1 5 -1; 0 -1 0", "1 2 3", "0.5 -.5; 1e-3 2e3"].map(|text| text.as_bytes().to_vec());
    survives(1000, 200, &valid, |bytes| {
        let text = text(bytes);
        let _ = text.parse::<Kernel>();
        text.parse::<Matrix>().is_ok()
    });
}
