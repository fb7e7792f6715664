//! Training's memory: known before it starts, and the same ever after.

use ocellus::data::{Dataset, digits};
use ocellus::gpu::Gpu;
use ocellus::model::{Model, lecture};
use ocellus::train::{
    Blocking, Callback, EpochRecord, Optimizer, Rule, StepMetrics, TrainError, TrainOptions, TrainingPlan,
};

use crate::support::{self, own_gpu};
use crate::train_models::{dense, noisy, pictures, plain, without_weights};

fn options(batch_size: usize, optimizer: Optimizer) -> TrainOptions {
    TrainOptions { epochs: 3, batch_size, optimizer, ..TrainOptions::default() }
}

#[test]
fn the_bytes_of_a_plan_are_those_that_its_start_allocates() {
    let Some(gpu) = own_gpu() else { return };
    let shape = [9, 10, 3];
    let (data, validation) = (pictures(1, shape, 4, 23), pictures(2, shape, 4, 9));
    let clipped = Optimizer { global_clipnorm: Some(1.0), ..Optimizer::adamw() };
    let momentum = Optimizer { rule: Rule::Sgd { momentum: 0.9, nesterov: true }, ..Optimizer::sgd() };
    let cases: [(Model, Option<&Dataset>, TrainOptions); 8] = [
        (plain(shape, 4), None, options(4, Optimizer::sgd())),
        (plain(shape, 4), Some(&validation), options(4, clipped)),
        (noisy(shape, 4), Some(&validation), options(8, momentum)),
        (noisy(shape, 4), None, options(23, Optimizer::rmsprop())),
        (noisy(shape, 4), Some(&validation), options(64, clipped)),
        (dense(shape, 4), Some(&data), options(1, Optimizer::adam())),
        (without_weights(shape), None, options(4, clipped)),
        (plain(shape, 4), None, TrainOptions { fusion: false, ..options(5, Optimizer::adam()) }),
    ];
    for (number, (model, validation, options)) in cases.iter().enumerate() {
        let before = gpu.allocated_bytes();
        let plan = TrainingPlan::new(&gpu, model, &data, *validation, options).unwrap();
        assert_eq!(gpu.allocated_bytes(), before, "case {number}: planning allocates nothing");
        let trainer = plan.start(&data, *validation).unwrap();
        assert_eq!(gpu.allocated_bytes() - before, plan.bytes(), "case {number}");
        drop(trainer);
        assert_eq!(gpu.allocated_bytes(), before, "case {number}: everything is given back");
    }
}

/// Notes how many buffers there have been by each epoch's end.
struct Created(Gpu, Vec<u64>);

impl Callback for Created {
    fn on_step(&mut self, _metrics: StepMetrics) -> Result<(), TrainError> {
        self.1.push(self.0.buffers_created());
        Ok(())
    }

    fn on_epoch_end(&mut self, _record: &EpochRecord, _model: &Model) -> Result<(), TrainError> {
        self.1.push(self.0.buffers_created());
        Ok(())
    }
}

#[test]
fn no_buffer_is_created_after_the_first_step() {
    let Some(gpu) = own_gpu() else { return };
    let shape = [9, 10, 3];
    let (data, validation) = (pictures(1, shape, 4, 23), pictures(2, shape, 4, 9));
    let plan =
        TrainingPlan::new(&gpu, &noisy(shape, 4), &data, Some(&validation), &options(4, Optimizer::adam())).unwrap();
    let mut trainer = plan.start(&data, Some(&validation)).unwrap();
    let mut created = Created(gpu.clone(), vec![gpu.buffers_created()]);
    Blocking::fit(&mut trainer, &mut created).unwrap();
    assert_eq!(created.1.len(), 1 + 3 * 7);
    assert!(created.1.iter().all(|&count| count == created.1[0]), "{:?}", created.1);
}

/// Notes what the device's allocator has given out, step by step.
struct Allocated {
    gpu: Gpu,
    bytes: Vec<u64>,
    ledger: Vec<u64>,
}

impl Callback for Allocated {
    fn on_step(&mut self, metrics: StepMetrics) -> Result<(), TrainError> {
        if metrics.step % 100 == 99 {
            let report = self.gpu.device().generate_allocator_report();
            self.bytes.extend(report.map(|report| report.total_allocated_bytes));
            self.ledger.push(self.gpu.allocated_bytes());
        }
        Ok(())
    }
}

#[test]
fn the_devices_memory_stays_flat_over_two_thousand_steps_and_is_what_the_ledger_says() {
    let Some(gpu) = own_gpu() else { return };
    let data = digits::load().unwrap().train.take(2000).unwrap();
    let model = lecture([28, 28, 1], 10).unwrap();
    model.initialize(1);
    let options = TrainOptions { epochs: 1, ..options(1, Optimizer::adam()) };
    let plan = TrainingPlan::new(&gpu, &model, &data, None, &options).unwrap();
    let mut trainer = plan.start(&data, None).unwrap();
    let mut allocated = Allocated { gpu: gpu.clone(), bytes: Vec::new(), ledger: Vec::new() };
    Blocking::fit(&mut trainer, &mut allocated).unwrap();
    assert_eq!(allocated.ledger.len(), 20);
    assert!(allocated.ledger.iter().all(|&bytes| bytes == plan.bytes()), "{:?}", allocated.ledger);
    let Some(&first) = allocated.bytes.first() else {
        support::skipped("this backend does not tell what it has allocated");
        return;
    };
    let slack = plan.bytes() / 10 + (16 << 20);
    for &bytes in &allocated.bytes {
        assert!(bytes.abs_diff(plan.bytes()) <= slack, "{bytes} allocated, {} in the ledger", plan.bytes());
        // Uploads on their way come and go.
        assert!(bytes <= first + (1 << 20), "{:?}", allocated.bytes);
    }
}
