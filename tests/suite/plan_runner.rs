//! Runs one plan on images that the host gives.

use ocellus::gpu::{Buffer, Gpu, Readback};
use ocellus::model::Model;
use ocellus::ops::{KernelChoice, KernelChoices, StepRecord};
use ocellus::plan::{
    DeviceWeights, ImageSource, Loss, Mode, Plan, PlanError, Pool, Request, Resources, Wanted, WeightLayout, compile,
};

/// The step that every plan of these tests runs as.
pub const STEP: StepRecord = StepRecord {
    iteration: 3,
    first_sample: 0,
    slot: 1,
    seed: 9,
    learning_rate: 0.0,
    bias_correction: 1.0,
    padding: [0; 2],
};

/// A training step of so many images: the loss, and the gradients of all weights.
pub fn training(batch_size: usize) -> Request {
    Request {
        batch_size,
        mode: Mode::Training,
        images: ImageSource::Host,
        loss: Some(Loss { label_smoothing: 0.0 }),
        gradients: Wanted { weights: true, layers: Vec::new() },
        read: Vec::new(),
        kernels: KernelChoice::default(),
        choices: KernelChoices::default(),
        failed_kernels: Vec::new(),
        fusion: true,
        max_binding_bytes: 1 << 27,
    }
}

/// A plan with all that it needs.
pub struct Runner<'a> {
    gpu: &'a Gpu,
    model: &'a Model,
    weights: DeviceWeights,
    gradients: Buffer,
    ring: Buffer,
    plan: Plan,
    readback: Readback,
}

impl<'a> Runner<'a> {
    /// A plan of `model`, with the weights it has now, for a request whose images come from the host.
    pub fn new(gpu: &'a Gpu, model: &'a Model, request: &Request) -> Result<Self, PlanError> {
        let compiled = compile(model, &WeightLayout::new(model), request)?;
        let weights = DeviceWeights::upload(gpu, model)?;
        let gradients = Buffer::storage(gpu, "gradients", weights.layout().trainable_bytes())?;
        let ring = Buffer::storage(gpu, "ring", Request::RING_BYTES)?;
        let steps = Buffer::uniform(gpu, "steps", StepRecord::STRIDE)?;
        steps.write(gpu, 0, &[STEP])?;
        let pool = Pool::allocate(gpu, &[&compiled])?;
        let resources = Resources {
            weights: &weights,
            gradients: Some(&gradients),
            images: &[],
            labels: None,
            order: None,
            ring: Some(&ring),
            steps: Some(&steps),
        };
        let plan = compiled.prepare(gpu, "test", &resources, &pool)?;
        let readback = Readback::new(gpu, "readback", 1 << 16)?;
        Ok(Self { gpu, model, weights, gradients, ring, plan, readback })
    }

    /// Runs the plan once on these images and, where there is a loss, labels.
    pub fn run(&self, images: &[f32], labels: Option<&[u32]>) {
        self.plan.write(self.gpu, Request::IMAGES, images).unwrap();
        if let Some(labels) = labels {
            self.plan.write(self.gpu, Request::LABELS, labels).unwrap();
        }
        let mut submission = self.gpu.begin("test");
        self.plan.run(&mut submission, 0);
        submission.submit().unwrap();
    }

    /// Writes the gradient of the model's output that the others start from.
    pub fn seed(&self, seed: &[f32]) {
        self.plan.write(self.gpu, Request::SEED, seed).unwrap();
    }

    /// A tensor that the request asked for.
    pub fn read(&self, name: &str) -> Vec<f32> {
        pollster::block_on(self.plan.read(&self.readback, name)).unwrap()
    }

    /// The sum of the losses, and the number of correct answers.
    pub fn metrics(&self) -> [f32; 2] {
        let bytes = pollster::block_on(self.readback.read(&self.ring, u64::from(STEP.slot) * 8, 8)).unwrap();
        bytemuck::pod_read_unaligned(&bytes)
    }

    /// The gradient of every trained weight by its name.
    pub fn gradients(&self) -> Vec<(String, Vec<f32>)> {
        pollster::block_on(self.weights.read_like(&self.readback, self.model, &self.gradients)).unwrap()
    }
}
