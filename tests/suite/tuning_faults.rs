//! What goes wrong while kernels are measured.

use std::error::Error;
use std::fs;

use ocellus::gpu::fault::{self, Fault};
use ocellus::gpu::{Gpu, GpuError};
use ocellus::ops::KernelChoices;
use ocellus::train::TrainError;
use ocellus::tuning::{ChoiceCache, Tuning};
use pollster::block_on;

use crate::support::{own_gpu, skipped};
use crate::tuning::{measures, plan};

/// A device of the test's own where there is a pass to measure.
fn measuring_gpu() -> Option<Gpu> {
    let gpu = own_gpu()?;
    if !measures(&gpu) {
        skipped("there is one kernel for each pass here");
        return None;
    }
    Some(gpu)
}

#[test]
fn a_device_that_is_lost_while_kernels_are_measured_ends_it_and_names_the_pass() {
    // Amid the run of all candidates, the reading of what one gave, and a timing: after one submission come three to eight
    // readings, then at least six timings.
    for submissions in [0, 2, 9] {
        let Some(gpu) = measuring_gpu() else { return };
        let folder = tempfile::tempdir().unwrap();
        let mut tuning = Tuning::new(&gpu, Some(ChoiceCache::open(folder.path()))).unwrap();
        fault::inject(&gpu, Fault::Lost(submissions));
        let error = block_on(plan(&gpu).tuned(&mut tuning)).err().unwrap();
        let TrainError::Tuning(failed) = &error else { panic!("{error}") };
        assert!(failed.pass.starts_with("conv2d "), "{error}");
        let source = failed.source().unwrap().downcast_ref::<GpuError>();
        assert!(matches!(source, Some(GpuError::DeviceLost { .. })), "{source:?}");
        assert!(error.to_string().contains("--kernel-choice fixed measures none"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "what is not known is not remembered");
    }
}

#[test]
fn without_memory_for_measurements_the_kernels_are_those_of_the_adapters_class() {
    for fault in [Fault::Memory(1000), Fault::SubmissionMemory(0)] {
        let Some(gpu) = measuring_gpu() else { return };
        let passes = plan(&gpu).passes();
        let folder = tempfile::tempdir().unwrap();
        let mut tuning = Tuning::new(&gpu, Some(ChoiceCache::open(folder.path()))).unwrap();
        fault::inject(&gpu, fault);
        let (mut chosen, mut by_class) = (KernelChoices::default(), KernelChoices::default());
        block_on(tuning.choose(&passes, &mut chosen)).unwrap();
        assert_eq!((tuning.counts().measured, tuning.counts().fixed), (0, passes.len()), "{fault:?}");
        assert!(tuning.wrong().is_empty(), "no kernel is to blame: {:?}", tuning.wrong());
        tuning.choose_by_class(&passes, &mut by_class);
        assert!(passes.iter().all(|pass| chosen.get(pass) == by_class.get(pass)), "{fault:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "what is not known is not remembered");
    }
}
