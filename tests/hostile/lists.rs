//! Lists in the cache folder: kernels that were measured, and kernels that failed. What is wrong in them is passed
//! over.

use ocellus::doctor::read_failures;
use ocellus::tuning::ChoiceCache;

use crate::survives;

const ADAPTER: &str =
    r#""adapter": "llvmpipe (LLVM 15.0.6, 256 bits)", "backend": "vulkan", "driver": "llvmpipe 22.3""#;

#[test]
fn kernels_that_were_measured() {
    let folder = tempfile::tempdir().unwrap();
    let entry = format!(
        r#"{{{ADAPTER}, "pass": "matmul forward: 8 x 4->4", "shaders": "00ff", "choice": "block",
            "microseconds": [["block", 12.5], ["naive", 31.0]]}}"#
    );
    let valid = format!("[{entry}, {}]", entry.replace("8 x", "16 x"));
    survives(1000, 200, &[valid.into()], |bytes| {
        std::fs::write(folder.path().join("kernel-choices.json"), bytes).unwrap();
        // What it holds it says to nobody but a debugger.
        format!("{:?}", ChoiceCache::open(folder.path())).contains("matmul forward: 16 x 4->4")
    });
}

#[test]
fn kernels_that_failed() {
    let folder = tempfile::tempdir().unwrap();
    let entry = format!(r#"{{{ADAPTER}, "kernel": "matmul/forward", "text": "00ff"}}"#);
    let valid = format!("[{entry}, {}]", entry.replace("forward", "forward.block"));
    survives(1000, 200, &[valid.into()], |bytes| {
        std::fs::write(folder.path().join("failed-kernels.json"), bytes).unwrap();
        read_failures(folder.path()).to_json().contains("matmul/forward.block")
    });
}
