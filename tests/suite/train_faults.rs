//! A device that runs out of memory or is lost, as training tells it.

use fault::Fault;
use ocellus::gpu::{Gpu, fault};
use ocellus::train::{
    Blocking, Callback, Checkpoint, CheckpointSchedule, Optimizer, SmallerBatch, TrainError, TrainOptions, Trainer,
    TrainingPlan,
};

use crate::support::own_gpu;
use crate::train_models::{pictures, plain};

const SHAPE: [usize; 3] = [17, 18, 3];

fn options() -> TrainOptions {
    TrainOptions { epochs: 2, batch_size: 128, optimizer: Optimizer::adam(), ..TrainOptions::default() }
}

fn plan(gpu: &Gpu, options: &TrainOptions) -> TrainingPlan {
    TrainingPlan::new(gpu, &plain(SHAPE, 4), &pictures(1, SHAPE, 4, 400), None, options).unwrap()
}

#[test]
fn a_training_that_does_not_fit_says_what_is_large_and_which_batch_size_would_fit() {
    let Some(gpu) = own_gpu() else { return };
    let data = pictures(1, SHAPE, 4, 400);
    // In order: hardly anything fits, most of it does, all but the last buffer does.
    let needed = plan(&gpu, &options()).bytes();
    for (room, may_fit) in [(40_000, false), (needed * 3 / 4, true), (needed - 1, true)] {
        let gpu = own_gpu().unwrap();
        fault::inject(&gpu, Fault::Memory(room));
        let plan = plan(&gpu, &options());
        let Err(TrainError::OutOfMemory(error)) = plan.start(&data, None) else { panic!("{room} bytes are enough") };
        assert_eq!((error.bytes, error.batch_size), (needed, 128));
        let told = error.to_string();
        assert!(told.contains(&format!("takes {needed} bytes at batch size 128")), "{told}");
        assert!(told.contains("output of layer 'conv2d' ("), "{told}");
        assert!(error.largest.len() == 3 && error.largest.is_sorted_by(|a, b| a.bytes >= b.bytes), "{told}");
        assert!(error.largest.iter().all(|item| told.contains(&format!("{} ({} bytes)", item.label, item.bytes))));
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("out of memory: buffer '"), "{source}");
        assert_eq!(gpu.allocated_bytes(), 0, "what was there before it failed is given back");
        match error.smaller {
            SmallerBatch::Try(half) => panic!("{half} is no more than a try: {told}"),
            SmallerBatch::None => assert!(!may_fit && told.contains("no smaller batch size would fit"), "{told}"),
            SmallerBatch::Fits(fits) => {
                assert!(may_fit && told.contains(&format!("a batch size of {fits} would fit")), "{told}");
                // It does, and then trains.
                let options = TrainOptions { batch_size: fits, ..options() };
                let mut trainer = self::plan(&gpu, &options).start(&data, None).unwrap();
                Blocking::fit(&mut trainer, &mut ()).unwrap();
            }
        }
    }
}

/// Keeps the last checkpoint.
#[derive(Default)]
struct Last(Option<Checkpoint>);

impl Callback for Last {
    fn checkpoints(&self) -> CheckpointSchedule {
        CheckpointSchedule::Epochs
    }

    fn on_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainError> {
        self.0 = Some(checkpoint.clone());
        Ok(())
    }
}

/// What a training fails with on a device with this fault, and its last checkpoint.
fn failure(fault: Fault) -> Option<(TrainError, Checkpoint)> {
    let gpu = own_gpu()?;
    let data = pictures(1, SHAPE, 4, 400);
    let mut trainer = plan(&gpu, &options()).start(&data, None).unwrap();
    // The checkpoint at the beginning is three submissions, for weights and two moments; steps follow.
    fault::inject(&gpu, fault);
    let mut last = Last::default();
    let error = Blocking::fit(&mut trainer, &mut last).unwrap_err();
    assert!(matches!(Blocking::checkpoint(&trainer), Err(TrainError::AmidStep)), "a moment between two steps");
    Some((error, last.0.unwrap()))
}

#[test]
fn a_device_that_runs_out_of_memory_later_says_which_batch_size_to_try() {
    let Some((error, checkpoint)) = failure(Fault::SubmissionMemory(4)) else { return };
    let TrainError::OutOfMemory(error) = error else { panic!("{error}") };
    assert_eq!(error.batch_size, 128);
    // What it lacks is not known: no size is said to fit, and none is a byte below the present one.
    assert_eq!(error.smaller, SmallerBatch::Try(64), "{error}");
    let told = error.to_string();
    assert!(told.contains("the driver does not tell: try a batch size of 64"), "{told}");
    assert!(!told.contains("would fit"), "{told}");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        source.contains("out of memory for 'steps' on top of buffers of ") && !source.contains(" 0 bytes"),
        "{source}"
    );
    assert_eq!(checkpoint.iteration() % 4, 0);
}

#[test]
fn a_device_that_is_lost_amid_training_ends_it_with_an_error_and_the_checkpoint_goes_on_elsewhere() {
    let Some((error, checkpoint)) = failure(Fault::Lost(4)) else { return };
    assert!(error.to_string().contains("the GPU device was lost"), "{error}");
    let gpu = own_gpu().unwrap();
    let data = pictures(1, SHAPE, 4, 400);
    let finish = |checkpoint: Option<&Checkpoint>| {
        let model = plain(SHAPE, 4);
        let mut trainer = Trainer::new(&gpu, &model, &data, None, &options()).unwrap();
        if let Some(checkpoint) = checkpoint {
            trainer.restore(checkpoint).unwrap();
        }
        Blocking::fit(&mut trainer, &mut ()).unwrap();
        model.weights_hash()
    };
    assert_eq!(finish(Some(&checkpoint)), finish(None));
}
