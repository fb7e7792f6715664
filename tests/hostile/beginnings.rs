//! What a training begins with: models that files describe, before and after they get weights.

use std::path::Path;
use std::sync::PoisonError;

use ocellus::files::checksum;
use ocellus::train::{InitialWeights, RunConfig};

use crate::allocator::{refusing, taken};
use crate::model_files::{GIANT_HEAD, described, small_model, weights};
use crate::{TURN, survives};

/// The settings of a model of dense layers with so many units, on 784 inputs.
fn dense(units: &[usize]) -> RunConfig {
    let layers: String = units.iter().map(|units| format!("[[layers]]\ntype = \"dense\"\nunits = {units}\n")).collect();
    let input = "[[layers]]\ntype = \"input_layer\"\nshape = [28, 28, 1]\n[[layers]]\ntype = \"flatten\"\n";
    RunConfig::parse(Path::new("run.toml"), &format!("{input}{layers}")).unwrap()
}

/// Why no training begins so, which must be told before memory is taken.
fn refused(begin: impl FnOnce() -> String) -> String {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut told = String::new();
    let bytes = taken(|| told = begin());
    assert!(bytes < 1 << 20, "{bytes} bytes before this was told: {told}");
    told
}

#[test]
fn weights_that_describe_a_giant_begin_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("giant.safetensors");
    let giants = [
        (GIANT_HEAD, "'dense.kernel' has shape (32, 3), the model's has (32, 20000000)"),
        ([r#"\"filters\":2"#, r#"\"filters\":2000000"#], "'conv2d.kernel' has shape (3, 3, 1, 2)"),
    ];
    for ([option, other], reason) in giants {
        std::fs::write(&path, described(option, other)).unwrap();
        // With the file's classes, and with others, for which the head is made anew.
        for classes in [3, 7] {
            let error = refused(|| {
                let initial = InitialWeights::load(&path).unwrap();
                RunConfig::default().begin(Some(&initial), [6, 6, 1], classes).unwrap_err().to_string()
            });
            assert!(error.contains(reason) && error.contains("giant.safetensors"), "{error}");
        }
    }
    // Nor with a model of one's own that is no giant's.
    std::fs::write(&path, weights()).unwrap();
    let error = refused(|| {
        let initial = InitialWeights::load(&path).unwrap();
        dense(&[1_000_000, 10]).begin(Some(&initial), [28, 28, 1], 10).unwrap_err().to_string()
    });
    assert!(error.contains("'dense.kernel' has shape (32, 3), the model's has (784, 1000000)"), "{error}");
}

#[test]
fn weights_that_are_changed_begin_a_training_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    survives(2000, 64, &[weights()], |bytes| {
        let mut bytes = bytes.to_vec();
        checksum::seal(&mut bytes);
        std::fs::write(&path, &bytes).unwrap();
        let Ok(initial) = InitialWeights::load(&path) else { return false };
        let begun = |classes| RunConfig::default().begin(Some(&initial), [6, 6, 1], classes).is_ok();
        let _ = begun(5);
        begun(3)
    });
}

#[test]
fn settings_of_a_giant_fill_nothing() {
    // Each layer is one that a model may have, of 4 GB.
    let error = refused(|| dense(&[1000, 1_000_000, 1000]).begin(None, [28, 28, 1], 10).unwrap_err().to_string());
    assert!(error.contains("layer 'dense_1'") && error.contains("at most 4294967296 are filled"), "{error}");
    // Seen from a model that was trained it is another one, before it has weights.
    let trained = small_model();
    let error = refused(|| dense(&[1000, 1_000_000]).initial_model(&trained).unwrap_err().to_string());
    assert!(error.contains("another model") && error.contains("conv2d.kernel"), "{error}");
}

#[test]
fn where_there_is_no_memory_for_weights_it_is_told() {
    let config = dense(&[100, 100_000]);
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let error = refusing(16 << 20, || config.begin(None, [28, 28, 1], 10).unwrap_err().to_string());
    assert!(
        error.contains("layer 'dense_1': there is no memory for the 40000000 bytes of 'dense_1.kernel'"),
        "{error}"
    );
    assert!(config.begin(None, [28, 28, 1], 10).is_ok());
}
