//! The time of each layer's passes, kernel by kernel.

use serde::Serialize;

use super::pictures::made_up;
use super::{BenchOptions, Ceiling, Spread};
use crate::gpu::{Command, Gpu, GpuError, Prepared, Recording, Timer};
use crate::model::Model;
use crate::ops::KernelChoice;
use crate::train::{TrainError, TrainOptions, Trainer, TrainingPlan};

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
    /// The op and its pass, such as `conv2d: gradient of the kernel`.
    pub pass: String,
    /// The operations that the formula asks for, a multiply-add counting as two; none where the pass is no sum of
    /// products. Outputs that a pooling after the layer never looks at are not computed, and not counted.
    pub operations: Option<u64>,
    /// With the kernels that the options choose, by the adapter's class by default; none where its plan has no such pass, since another pass does its work.
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

/// A pass' commands in a plan.
struct Pass {
    layer: String,
    name: String,
    /// Which of the plan's recordings, and the places there.
    recording: usize,
    places: Vec<usize>,
    kernels: Vec<String>,
    /// Each kernel with its constants: what tells two from one another.
    identity: Vec<String>,
    multiply_adds: u64,
    bytes: Option<u64>,
}

/// A training step that is ready, and its passes.
struct Step {
    trainer: Trainer,
    passes: Vec<Pass>,
}

/// A pass by every choice of kernels.
struct Row {
    /// Those that were measured, with their seconds; no kernels twice.
    by_choice: Vec<(KernelChoice, Pass, Spread)>,
}

/// Measures every pass of a training step of `model`, with the kernels that `options` choose and with all others.
pub async fn measure_kernels(gpu: &Gpu, model: &Model, options: &BenchOptions) -> Result<KernelTimes, TrainError> {
    model.initialize(options.seed);
    let timer = Timer::new(gpu)?;
    let before = Ceiling::measure(gpu, &timer).await?;
    let chosen = options.kernels.on(gpu);
    let others = KernelChoice::available(gpu).into_iter().rev().filter(|choice| *choice != chosen);
    let mut rows: Vec<Row> = Vec::new();
    for choice in std::iter::once(chosen).chain(others) {
        let Step { trainer, passes } = Step::prepare(gpu, model, options, choice).await?;
        for pass in passes {
            let same = |row: &&mut Row| row.by_choice.iter().any(|(_, other, _)| other.serves_as(&pass));
            let row = rows.iter_mut().find(same);
            let known = |row: &Row| row.by_choice.iter().any(|(_, other, _)| other.identity == pass.identity);
            if row.as_deref().is_some_and(known) {
                continue;
            }
            let seconds = repeated(&timer, trainer.prepared()[pass.recording], &pass.places).await?;
            let measured = (choice, pass, Spread::of(&seconds));
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
            if choice == chosen { own = Some(measured) } else { others.push(OtherMeasured { choice, measured }) }
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

impl Step {
    /// A step over one batch, run once so that every tensor holds what it does in training.
    async fn prepare(
        gpu: &Gpu,
        model: &Model,
        options: &BenchOptions,
        kernels: KernelChoice,
    ) -> Result<Self, TrainError> {
        let data = made_up(model, options.batch_size, options)?;
        let (batch_size, seed) = (options.batch_size, options.seed);
        let train = TrainOptions { batch_size, seed, kernels, ..TrainOptions::default() };
        let plan = TrainingPlan::new(gpu, model, &data, None, &train)?;
        let passes = passes(&plan.recordings());
        let mut trainer = plan.start(&data, None)?;
        trainer.train_epoch(&mut ()).await?;
        Ok(Self { trainer, passes })
    }
}

impl Pass {
    /// Whether it does what `other` does in another plan.
    fn serves_as(&self, other: &Self) -> bool {
        self.layer == other.layer && self.name == other.name
    }

    /// What the formulas ask for; none where none of them is a sum of products.
    fn operations(&self) -> Option<u64> {
        (self.multiply_adds > 0).then_some(2 * self.multiply_adds)
    }
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

/// The passes of a step's recordings: commands of one layer that serve one pass, in the order of their first ones.
fn passes(recordings: &[&Recording]) -> Vec<Pass> {
    let mut passes: Vec<Pass> = Vec::new();
    for (recording, commands) in recordings.iter().map(|recording| recording.commands()).enumerate() {
        for (place, command) in commands.iter().enumerate() {
            let name = pass_name(&command.label);
            let known = passes.iter_mut().find(|pass| pass.layer == command.scope && pass.name == name);
            let (kernel, bytes) = (command.kernel.name().to_owned(), bytes(command));
            if let Some(pass) = known {
                pass.places.push(place);
                pass.kernels.push(kernel);
                pass.identity.push(command.kernel.to_string());
                pass.multiply_adds += command.multiply_adds;
                pass.bytes = pass.bytes.zip(bytes).map(|(sum, bytes)| sum + bytes);
                continue;
            }
            passes.push(Pass {
                layer: command.scope.clone(),
                name,
                recording,
                places: vec![place],
                kernels: vec![kernel],
                identity: vec![command.kernel.to_string()],
                multiply_adds: command.multiply_adds,
                bytes,
            });
        }
    }
    passes
}

/// The op and its pass: the first two parts of a command's label. A third tells a step within the pass.
fn pass_name(label: &str) -> String {
    label.split(": ").take(2).collect::<Vec<_>>().join(": ")
}

/// The bytes of all tensors that a command binds, each once; none for a gather, which sees the whole dataset.
fn bytes(command: &Command) -> Option<u64> {
    if command.kernel.name().starts_with("gather/") {
        return None;
    }
    let mut views: Vec<_> = command.bindings.iter().map(|(_, view)| *view).collect();
    views.sort_unstable_by_key(|view| (view.slot, view.offset));
    views.dedup();
    Some(views.iter().map(|view| view.bytes).sum())
}
