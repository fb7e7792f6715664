//! How fast it is: images per second end to end, and each kernel's time beside what the device can do.
//!
//! Pictures and labels are made in memory, so that nothing is downloaded and the same seed measures the same work.
//! Warm-up is never counted; what is told is the median of several measurements with their quartiles.

mod ceiling;
mod host;
mod inference;
mod kernels;
mod options;
mod passes;
mod pictures;
mod spread;
mod training;

pub use ceiling::{Ceiling, Copying, MultiplyAdds};
pub use inference::{InferenceRate, measure_inference};
pub use kernels::{KernelTimes, Measured, OtherMeasured, PassTimes, measure_kernels};
pub use options::BenchOptions;
pub use spread::Spread;
pub use training::{TrainingRate, measure_training};
