//! The time of each layer's passes, kernel by kernel.

use serde::Serialize;

use super::passes::{Pass, Poolings};
use super::pictures::made_up;
use super::{BenchOptions, Ceiling, Spread};
use crate::gpu::{Gpu, GpuError, Prepared, Recording, Timer};
use crate::model::Model;
use crate::ops::KernelChoice;
use crate::train::{TrainError, TrainOptions, TrainingPlan};

/// Seconds that a measurement of one pass takes at least, by repetition.
const MEASUREMENT_SECONDS: f64 = 0.01;

/// Repetitions at most.
const MOST_REPETITIONS: f64 = 1000.0;

/// The times of a training step's passes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KernelTimes {
    /// The adapter in a line.
    pub adapter: String,
    /// The model's name.
    pub model: String,
    /// Samples per step.
    pub batch_size: usize,
    /// Whether the device's own timestamps told the time; otherwise it is from submitting to the end, less what an
    /// empty submission takes.
    pub timestamps: bool,
    /// What the device can do at most, measured in the same run.
    pub ceiling: Ceiling,
    /// The passes in the order in which they run.
    pub passes: Vec<PassTimes>,
}

/// One pass of one layer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PassTimes {
    /// The layer; `loss` and `optimizer` come beside the model's own.
    pub layer: String,
    /// The op and its pass, such as `conv2d: gradient of the kernel`. Where a max pooling runs in the kernel of the
    /// convolution before it by any choice, both are one pass by all, such as `conv2d and max_pooling2d: forward`; but where
    /// the convolution has both gradients, the pooling's is a pass of its own, which choices with it in the kernels of both
    /// do not have.
    pub pass: String,
    /// The operations that the formula asks for, a multiply-add counting as two; none where the pass is no sum of
    /// products. Outputs that a pooling after the layer never looks at are not computed, and not counted.
    pub operations: Option<u64>,
    /// With the kernels that training runs by the options, pass by pass those that were measured to be the fastest by
    /// default; none where its plan has no such pass, since another pass does its work.
    pub chosen: Option<Measured>,
    /// With the other choices of kernels that the device can run, the fastest kinds first; without those that are the same
    /// kernels as one before, or whose plans have no such pass.
    pub others: Vec<OtherMeasured>,
}

/// A pass with another choice of kernels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OtherMeasured {
    /// The choice.
    pub choice: KernelChoice,
    /// How fast it was.
    #[serde(flatten)]
    pub measured: Measured,
}

/// A pass as it was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// The kernels that run, in their order.
    pub kernels: Vec<String>,
    /// Milliseconds on the device.
    pub milliseconds: Spread,
    /// Billions of operations per second, by the median.
    pub gflops: Option<f64>,
    /// Their share of the ceiling.
    pub share_of_ceiling: Option<f64>,
    /// Billions of bytes per second, by the median, where every element of every bound tensor counts once; none where
    /// only a part of a tensor is used. Small tensors may be faster than a large copy, since caches hold them.
    pub gigabytes_per_second: Option<f64>,
}

/// A pass by every choice of kernels.
struct Row {
    /// Those that were measured, with their seconds; no kernels twice. Without a choice those that training runs.
    by_choice: Vec<(Option<KernelChoice>, Pass, Spread)>,
}

/// Measures every pass of a training step of `model`, with the kernels that training runs by `options` and with all
/// others.
pub async fn measure_kernels(gpu: &Gpu, model: &Model, options: &BenchOptions) -> Result<KernelTimes, TrainError> {
    model.try_initialize(options.seed)?;
    let timer = Timer::new(gpu)?;
    let before = Ceiling::measure(gpu, &timer).await?;
    let data = made_up(model, options.batch_size, options)?;
    let chosen = options.plan(gpu, model, &data).await?;
    let mut plans = vec![(None, chosen)];
    for choice in KernelChoice::available(gpu).into_iter().rev() {
        let train = TrainOptions { kernels: choice, ..options.train_options() };
        let plan = TrainingPlan::new(gpu, model, &data, None, &train)?;
        // The same commands need no second look.
        if plans.iter().all(|(_, other)| other.recordings() != plan.recordings()) {
            plans.push((Some(choice), plan));
        }
    }
    let recordings: Vec<&Recording> = plans.iter().flat_map(|(_, plan)| plan.recordings()).collect();
    let poolings = Poolings::new(model, &recordings);
    let mut rows: Vec<Row> = Vec::new();
    for (choice, plan) in &plans {
        let mut trainer = plan.start(&data, None)?;
        // Once, so that every tensor holds what it does in training.
        trainer.train_epoch(&mut ()).await?;
        for pass in poolings.passes(&plan.recordings()) {
            let same = |row: &&mut Row| row.by_choice.iter().any(|(_, other, _)| other.serves_as(&pass));
            let row = rows.iter_mut().find(same);
            let known = |row: &Row| row.by_choice.iter().any(|(_, other, _)| other.identity == pass.identity);
            if row.as_deref().is_some_and(known) {
                continue;
            }
            let seconds = repeated(&timer, trainer.prepared()[pass.recording], &pass.places).await?;
            let measured = (*choice, pass, Spread::of(&seconds));
            match row {
                Some(row) => row.by_choice.push(measured),
                None => rows.push(Row { by_choice: vec![measured] }),
            }
        }
    }
    // Once more, so that a disturbed measurement does not raise every share.
    let ceiling = before.max(Ceiling::measure(gpu, &timer).await?);
    let passes = rows.into_iter().filter_map(|row| {
        let (layer, pass) = row.by_choice.first().map(|(_, pass, _)| (pass.layer.clone(), pass.name.clone()))?;
        let operations = row.by_choice.first().and_then(|(_, pass, _)| pass.operations());
        let (mut own, mut others) = (None, Vec::new());
        for (choice, pass, seconds) in row.by_choice {
            let measured = Measured::new(&pass, operations, seconds, &ceiling);
            match choice {
                Some(choice) => others.push(OtherMeasured { choice, measured }),
                None => own = Some(measured),
            }
        }
        Some(PassTimes { layer, pass, operations, chosen: own, others })
    });
    Ok(KernelTimes {
        adapter: gpu.adapter_line(),
        model: model.name().to_owned(),
        batch_size: options.batch_size,
        timestamps: timer.has_timestamps(),
        ceiling,
        passes: passes.collect(),
    })
}

impl Measured {
    fn new(pass: &Pass, operations: Option<u64>, seconds: Spread, ceiling: &Ceiling) -> Self {
        // Nothing can be said of what is too short to be measured.
        let per_second = |amount: u64| (seconds.median > 0.0).then(|| amount as f64 / seconds.median * 1e-9);
        let gflops = operations.and_then(per_second);
        Self {
            kernels: pass.kernels.clone(),
            milliseconds: seconds.map(|seconds| seconds * 1e3),
            gflops,
            share_of_ceiling: gflops.map(|gflops| gflops / ceiling.gflops),
            gigabytes_per_second: pass.bytes.and_then(per_second),
        }
    }
}

/// The seconds of repeated measurements of these commands, after a warm-up; fewer where they take long.
pub(super) async fn repeated(timer: &Timer, prepared: &Prepared, commands: &[usize]) -> Result<Vec<f64>, GpuError> {
    timer.seconds(prepared, commands, 1).await?;
    let once = timer.seconds(prepared, commands, 1).await?;
    let repetitions = (MEASUREMENT_SECONDS / once.max(1e-9)).ceil().clamp(1.0, MOST_REPETITIONS);
    let measurements = if once > 0.1 { 3 } else { 7 };
    let mut seconds = Vec::new();
    for _ in 0..measurements {
        seconds.push(timer.seconds(prepared, commands, repetitions as usize).await? / repetitions);
    }
    Ok(seconds)
}
