//! A training before anything is allocated.

use super::metrics_ring::MetricsRing;
use super::out_of_memory::{OutOfMemory, SmallerBatch, refused_memory};
use super::pass_plan::PassPlan;
use super::trainer::READBACK_BYTES;
use super::update::UpdatePlan;
use super::{TrainError, TrainOptions, Trainer};
use crate::data::Dataset;
use crate::gpu::{Buffer, Gpu, Recording};
use crate::model::{Layer, Model};
use crate::ops::{ELEMENT_BYTES, KernelChoices, Pass};
use crate::plan::{Compiled, ImageSource, Loss, MemoryItem, Mode, PlanError, Pool, Request, Wanted, WeightLayout};
use crate::tuning::Tuning;

/// A training before anything is allocated: its commands and its bytes are known.
#[derive(Clone)]
pub struct TrainingPlan {
    pub(super) gpu: Gpu,
    pub(super) model: Model,
    pub(super) options: TrainOptions,
    pub(super) weights: WeightLayout,
    /// That of a training step, but for where its pictures are.
    pub(super) request: Request,
    /// The kernels that the training began with, where it goes on with others.
    pub(super) began_with: Option<KernelChoices>,
    pub(super) training: PassPlan,
    pub(super) validation: Option<PassPlan>,
    pub(super) update: UpdatePlan,
}

impl TrainingPlan {
    /// Plans the training of `model` on `training`, validated on `validation` after every epoch.
    pub fn new(
        gpu: &Gpu,
        model: &Model,
        training: &Dataset,
        validation: Option<&Dataset>,
        options: &TrainOptions,
    ) -> Result<Self, TrainError> {
        options.check()?;
        let weights = WeightLayout::new(model);
        let frozen = |layer: &Layer| !layer.trainable() && !layer.variables().is_empty();
        if weights.trainable_bytes() == 0 && model.layers().iter().any(frozen) {
            return Err(TrainError::NothingToTrain(model.name().to_owned()));
        }
        let max_binding_bytes = gpu.limits().max_storage_buffer_binding_size;
        let request = Request {
            batch_size: options.batch_size,
            mode: Mode::Training,
            images: ImageSource::Host,
            loss: Some(Loss { label_smoothing: options.label_smoothing as f32 }),
            gradients: Wanted { weights: true, layers: Vec::new() },
            read: Vec::new(),
            kernels: options.kernels.on(gpu),
            choices: KernelChoices::default(),
            failed_kernels: gpu.failed_kernels().to_vec(),
            fusion: options.fusion,
            max_binding_bytes,
        };
        let validating = evaluation_request(&request);
        let plan = Self {
            gpu: gpu.clone(),
            model: model.clone(),
            options: *options,
            training: PassPlan::new(model, &weights, training, &request)?,
            validation: validation.map(|set| PassPlan::new(model, &weights, set, &validating)).transpose()?,
            update: UpdatePlan::new(&options.optimizer, &weights),
            weights,
            request,
            began_with: None,
        };
        plan.warn_of_failed_kernels();
        Ok(plan)
    }

    /// Says which kernels run that are known to be wrong here, since nothing else does their work.
    fn warn_of_failed_kernels(&self) {
        let runs = |kernel: &String| {
            let mut commands = self.recordings().into_iter().flat_map(Recording::commands);
            commands.any(|command| command.kernel.name() == kernel)
        };
        for kernel in self.gpu.failed_kernels().iter().filter(|kernel| runs(kernel)) {
            log::warn!("'{kernel}' runs all the same, since there is no other for this: do not trust what comes out");
        }
    }

    /// The GPU memory that the training takes, part by part: all buffers that [`TrainingPlan::start`] will create.
    pub fn memory(&self) -> Vec<MemoryItem> {
        let item = |label: &str, bytes| MemoryItem { label: label.to_owned(), bytes: Buffer::size_for(bytes) };
        let mut items = self.weights.memory();
        items.push(item("gradients", self.weights.trainable_bytes()));
        items.extend(self.update.memory());
        items.push(Pool::memory(&self.compiled()));
        items.extend(self.training.memory("training"));
        items.extend(self.validation.iter().flat_map(|pass| pass.memory("validation")));
        items.extend(MetricsRing::memory());
        items.push(item("weights: readback", READBACK_BYTES));
        items
    }

    /// The bytes of [`TrainingPlan::memory`] together.
    pub fn bytes(&self) -> u64 {
        self.memory().iter().map(|item| item.bytes).sum()
    }

    /// The bytes of the datasets among them.
    pub fn data_bytes(&self) -> u64 {
        self.training.data_bytes() + self.validation.as_ref().map_or(0, PassPlan::data_bytes)
    }

    /// The recordings of one training step: gather, forward and backward pass of a whole batch; the optimizer.
    pub fn recordings(&self) -> Vec<&Recording> {
        let step = self.training.compiled().into_iter().next().map(|compiled| compiled.recording());
        step.into_iter().chain([self.update.recording()]).collect()
    }

    /// Every plan of the training and its validation.
    pub(super) fn compiled(&self) -> Vec<&Compiled> {
        let mut plans = self.training.compiled();
        plans.extend(self.validation.iter().flat_map(PassPlan::compiled));
        plans
    }

    /// Allocates everything, uploads weights and data, which must be those of [`TrainingPlan::new`], and compiles the
    /// kernels.
    ///
    /// # Errors
    ///
    /// [`TrainError::OutOfMemory`] where the device has no room for it, and whatever else it refuses.
    pub fn start(&self, training: &Dataset, validation: Option<&Dataset>) -> Result<Trainer, TrainError> {
        let before = self.gpu.allocated_bytes();
        let started = Trainer::allocate(self.clone(), training, validation);
        started.map_err(|error| self.explained(error, Some(before)))
    }

    /// `error`, told with what there is to do about it where the device has no more memory. `before` are the bytes of all
    /// buffers before those of this training, where it failed as it got its own; what has them all and wants more for work
    /// on its way does not know how much there is.
    pub(super) fn explained(&self, error: TrainError, before: Option<u64>) -> TrainError {
        let (source, allocated) = match refused_memory(error) {
            Ok(refused) => refused,
            Err(error) => return error,
        };
        let batch_size = self.options.batch_size;
        let smaller = match allocated.zip(before) {
            // What the device gave this training before it refused more.
            Some((allocated, before)) => {
                let fits = self.fitting_batch_size(allocated.saturating_sub(before));
                fits.map_or(SmallerBatch::None, SmallerBatch::Fits)
            }
            None => SmallerBatch::half(batch_size),
        };
        TrainError::OutOfMemory(OutOfMemory {
            bytes: self.bytes(),
            batch_size,
            largest: self.largest(),
            smaller,
            source,
        })
    }

    /// The largest parts of the memory: buffers by their names, and of those that tensors share each layer's output.
    fn largest(&self) -> Vec<MemoryItem> {
        let shared = Pool::memory(&self.compiled()).label;
        let mut items: Vec<MemoryItem> = self.memory().into_iter().filter(|item| item.label != shared).collect();
        items.extend(self.model.nodes().iter().map(|node| MemoryItem {
            label: format!("output of layer '{}'", node.layer.name()),
            bytes: (self.options.batch_size * node.shape.elements()) as u64 * ELEMENT_BYTES,
        }));
        items.sort_by_key(|item| std::cmp::Reverse(item.bytes));
        items.truncate(OutOfMemory::LARGEST);
        items
    }

    /// The largest batch size below the present one that takes no more than so many bytes.
    fn fitting_batch_size(&self, room: u64) -> Option<usize> {
        let fits = |batch_size| self.with_batch_size(batch_size).is_ok_and(|plan| plan.bytes() <= room);
        let (mut fitting, mut too_large) = (0, self.options.batch_size);
        while fitting + 1 < too_large {
            let middle = fitting.midpoint(too_large);
            if fits(middle) { fitting = middle } else { too_large = middle }
        }
        (fitting > 0).then_some(fitting)
    }

    fn with_batch_size(&self, batch_size: usize) -> Result<Self, PlanError> {
        let mut plan = self.with_request(Request { batch_size, ..self.request.clone() })?;
        plan.options.batch_size = batch_size;
        Ok(plan)
    }

    /// The plan with these kernels for its passes; those that are not among them take the kernels that the options say.
    ///
    /// # Errors
    ///
    /// [`TrainError::Kernel`] where the device cannot run one of them, or it was found wrong there.
    pub fn with_choices(&self, choices: &KernelChoices) -> Result<Self, TrainError> {
        let plan = self.with_request(Request { choices: choices.clone(), ..self.request.clone() })?;
        for pass in plan.passes() {
            let Some(choice) = choices.get(&pass) else { continue };
            let Some((kernel, reason)) = self.refusal(&pass, choice) else { continue };
            let adapter = self.gpu.adapter_line();
            return Err(TrainError::Kernel { kernel, pass: pass.to_string(), adapter, reason });
        }
        Ok(Self { began_with: None, ..plan })
    }

    /// The plan with a choice for every pass: what was chosen before stays, passes of whole batches are measured, and those
    /// of a last, smaller batch, which runs once an epoch, take the kernels of the adapter's class. A kernel that is found
    /// wrong for one pass is chosen for none.
    ///
    /// # Errors
    ///
    /// As [`TrainingPlan::with_choices`] for what was chosen before, and what the device says.
    pub async fn tuned(&self, tuning: &mut Tuning) -> Result<Self, TrainError> {
        let mut plan = self.clone();
        loop {
            // Whether a pooling runs in a kernel is a choice too, and with it which passes there are.
            let passes = plan.passes();
            if passes.iter().all(|pass| plan.choices().get(pass).is_some()) {
                let choices = plan.choices().of(&passes);
                return plan.with_choices(&choices);
            }
            let mut choices = plan.choices().clone();
            tuning.choose(&plan.passes_of(PassPlan::whole), &mut choices).await?;
            tuning.choose_by_class(&passes, &mut choices);
            let own: Vec<Pass> = passes.into_iter().filter(|pass| self.choices().get(pass).is_none()).collect();
            tuning.withdraw(&own, &mut choices);
            let failed_kernels = [self.gpu.failed_kernels(), tuning.wrong()].concat();
            plan = plan.with_request(Request { failed_kernels, ..plan.request.clone() })?.with_choices(&choices)?;
        }
    }

    pub(super) fn with_request(&self, request: Request) -> Result<Self, PlanError> {
        let validating = evaluation_request(&request);
        let pass = |pass: &PassPlan, request: &Request| pass.for_request(&self.model, &self.weights, request);
        Ok(Self {
            training: pass(&self.training, &request)?,
            validation: self.validation.as_ref().map(|validation| pass(validation, &validating)).transpose()?,
            request,
            ..self.clone()
        })
    }

    /// The passes of which there are several kernels, in the order in which they run.
    pub fn passes(&self) -> Vec<Pass> {
        self.passes_of(PassPlan::compiled)
    }

    /// Those of some plans of the training's and the validation's pass.
    fn passes_of(&self, plans: impl Fn(&PassPlan) -> Vec<&Compiled>) -> Vec<Pass> {
        let mut passes: Vec<Pass> = Vec::new();
        let all = std::iter::once(&self.training).chain(&self.validation);
        for pass in all.flat_map(|pass| plans(pass).into_iter().flat_map(Compiled::passes)) {
            if !passes.contains(pass) {
                passes.push(*pass);
            }
        }
        passes
    }

    /// The device.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// The kernels that were chosen for single passes.
    pub fn choices(&self) -> &KernelChoices {
        &self.request.choices
    }
}

/// The request that evaluates what `request` trains: plain loss and metrics, no gradients.
fn evaluation_request(request: &Request) -> Request {
    Request {
        mode: Mode::Inference,
        loss: Some(Loss { label_smoothing: 0.0 }),
        gradients: Wanted::default(),
        ..request.clone()
    }
}
