//! What a plan is made for.

use crate::ops::{ELEMENT_BYTES, KernelChoice, KernelChoices, Shard};

/// What a plan is to compute. Fusion and shared memory never take away what is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Samples at a time.
    pub batch_size: usize,
    /// How dropout and batch normalisation behave.
    pub mode: Mode,
    /// Where the images come from.
    pub images: ImageSource,
    /// The loss and metrics to compute; labels come from where the images come from.
    pub loss: Option<Loss>,
    /// The gradients to compute, from the loss, or from a seed that the host writes to the output's gradient when there
    /// is no loss.
    pub gradients: Wanted,
    /// The layers whose outputs are to be read, and [`Request::LOGITS`] where those are wanted; the model's outputs
    /// always are when nothing else is computed.
    pub read: Vec<String>,
    /// The kernels to use.
    pub kernels: KernelChoice,
    /// Those to use instead for single passes.
    pub choices: KernelChoices,
    /// Kernels that are not to be used where a plainer choice has others, by their paths in `shaders/`: those that
    /// [`Gpu::failed_kernels`](crate::gpu::Gpu::failed_kernels) tells.
    pub failed_kernels: Vec<String>,
    /// Whether what can run as one kernel with what stands before it does, and gradients of what only a pooling sees are
    /// taken where the pooling looks alone. Default true; without it every op of the plan stands by itself.
    pub fusion: bool,
    /// The largest range that the device binds, in bytes.
    pub max_binding_bytes: u64,
}

impl Request {
    /// Slots of the ring into which steps write their metrics.
    pub const RING_SLOTS: usize = 128;
    /// Bytes of the ring: the sum of the losses and the number of correct predictions of each slot's batch.
    pub const RING_BYTES: u64 = Self::RING_SLOTS as u64 * 2 * ELEMENT_BYTES;

    /// The name of the model's first output where nothing else is computed. No layer can have it, since it has a dot; the
    /// layer's own name would mean the layer's first use where it is used several times.
    pub const OUTPUT: &str = "model.output";
    /// The name, in [`Request::read`], of what goes into the softmax at the model's end; of the first output itself where
    /// there is no softmax. The loss is taken from it.
    pub const LOGITS: &str = "model.logits";
    /// The name of the images that the host writes: (batch, input shape) f32, pixels from 0 to 1.
    pub const IMAGES: &str = "host.images";
    /// The name of the labels that the host writes: (batch) u32.
    pub const LABELS: &str = "host.labels";
    /// The name of the output's gradient that the host writes where there is no loss: (batch, output shape) f32.
    pub const SEED: &str = "host.seed";

    /// Prediction for so many samples that the host writes, on a device that binds so many bytes.
    pub fn prediction(batch_size: usize, max_binding_bytes: u64) -> Self {
        Self {
            batch_size,
            mode: Mode::Inference,
            images: ImageSource::Host,
            loss: None,
            gradients: Wanted::default(),
            read: Vec::new(),
            kernels: KernelChoice::default(),
            choices: KernelChoices::default(),
            failed_kernels: Vec::new(),
            fusion: true,
            max_binding_bytes,
        }
    }
}

/// How layers behave that know training from inference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Dropout drops, batch normalisation uses the batch's statistics and updates the moving ones.
    Training,
    /// Dropout does nothing, batch normalisation uses the moving statistics.
    Inference,
}

/// Where a plan's images and labels come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageSource {
    /// Gathered from a dataset on the GPU, in the order that a buffer gives.
    Resident(Vec<Shard>),
    /// Written by the host before each run: [`Request::IMAGES`], and [`Request::LABELS`] for a loss.
    Host,
}

/// Softmax cross-entropy from integer labels; metrics are the loss and the number of correct predictions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loss {
    /// Which share of a label's weight is spread over all classes. Default 0.
    pub label_smoothing: f32,
}

/// The gradients that a plan computes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Those of all trainable weights, into the gradients' buffer.
    pub weights: bool,
    /// Those of these layers' outputs, to be read.
    pub layers: Vec<String>,
}

impl Wanted {
    /// Whether any gradient is wanted.
    pub fn any(&self) -> bool {
        self.weights || !self.layers.is_empty()
    }
}
