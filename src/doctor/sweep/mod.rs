//! Shapes that every op is tried at, odd ones first, and what the reference says of them. A file per op makes a
//! [`Case`] of an op with its extents: the tests use the same.

pub mod activation;
pub mod add;
pub mod average_pooling2d;
pub mod batch_normalization;
pub mod bias;
pub mod concatenate;
pub mod conv2d;
pub mod depthwise_conv2d;
pub mod dropout;
pub mod finite;
pub mod folded_normalization;
pub mod gather;
pub mod global_average_pooling2d;
pub mod global_norm;
pub mod matmul;
pub mod max_pooling2d;
pub mod numbers;
pub mod optimizer;
pub mod probe;
pub mod softmax;
pub mod softmax_cross_entropy;
pub mod sum_parts;
pub mod sum_rows;

mod shapes;

use serde::Serialize;

use super::DoctorError;
use crate::check::Case;
use crate::gpu::Gpu;
use crate::ops::KernelChoice;

/// How much is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Extent {
    /// A few shapes of every op, enough that every kernel runs.
    Quick,
    /// Many, large ones among them.
    Full,
}

/// A case that is not made yet: its reference takes time and memory.
pub type Planned = Box<dyn FnOnce() -> Case + Send>;

/// The cases of an op.
pub struct Sweep {
    /// The op, as its folder in `shaders/` is called.
    pub op: &'static str,
    /// Small ones first.
    pub cases: Vec<Planned>,
}

/// The sweeps of all ops, with every choice of kernels that the device can run.
pub fn all(gpu: &Gpu, extent: Extent) -> Vec<Sweep> {
    let choices = KernelChoice::available(gpu);
    let sweep = |op, cases| Sweep { op, cases };
    vec![
        sweep("activation", activation::cases(extent)),
        sweep("add", add::cases(extent)),
        sweep("average_pooling2d", average_pooling2d::cases(extent)),
        sweep("batch_normalization", batch_normalization::cases(extent)),
        sweep("bias", bias::cases(extent)),
        sweep("concatenate", concatenate::cases(extent)),
        sweep("conv2d", conv2d::cases(&choices, extent)),
        sweep("depthwise_conv2d", depthwise_conv2d::cases(extent)),
        sweep("dropout", dropout::cases(extent)),
        sweep("finite", finite::cases(extent)),
        sweep("folded_normalization", folded_normalization::cases(extent)),
        sweep("gather", gather::cases(extent)),
        sweep("global_average_pooling2d", global_average_pooling2d::cases(extent)),
        sweep("global_norm", global_norm::cases(extent)),
        sweep("matmul", matmul::cases(&choices, extent)),
        sweep("max_pooling2d", max_pooling2d::cases(extent)),
        sweep("optimizer", optimizer::cases(extent)),
        sweep("probe", probe::cases(extent)),
        sweep("softmax", softmax::cases(extent)),
        sweep("softmax_cross_entropy", softmax_cross_entropy::cases(extent)),
        sweep("sum_parts", sum_parts::cases(extent)),
        sweep("sum_rows", sum_rows::cases(extent)),
    ]
}

/// The sweeps of these ops alone, or of all where none are named.
///
/// # Errors
///
/// When there is no op of such a name.
pub fn of(gpu: &Gpu, extent: Extent, ops: &[String]) -> Result<Vec<Sweep>, DoctorError> {
    let mut sweeps = all(gpu, extent);
    if let Some(op) = ops.iter().find(|op| sweeps.iter().all(|sweep| sweep.op != **op)) {
        let known: Vec<&str> = sweeps.iter().map(|sweep| sweep.op).collect();
        return Err(DoctorError::Op { op: op.clone(), known: known.join(", ") });
    }
    if !ops.is_empty() {
        sweeps.retain(|sweep| ops.iter().any(|op| *op == sweep.op));
    }
    Ok(sweeps)
}

/// Makes cases of shapes, those of the full extent after those of the quick one.
fn planned<T: Send + 'static>(
    extent: Extent,
    quick: impl IntoIterator<Item = T>,
    more: impl IntoIterator<Item = T>,
    case: impl Fn(T) -> Case + Clone + Send + 'static,
) -> Vec<Planned> {
    let more = more.into_iter().take(if extent == Extent::Full { usize::MAX } else { 0 });
    let plan = |shape: T| {
        let case = case.clone();
        Box::new(move || case(shape)) as Planned
    };
    quick.into_iter().chain(more).map(plan).collect()
}
