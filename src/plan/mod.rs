//! Model + request -> buffers with lifetimes and a recording: the only room that knows both models and GPU work.
//!
//! [`compile`] is a plain function: what it returns knows its bytes before anything is allocated. One mechanism serves
//! training, evaluation, prediction, inner layers' values and gradients of whatever is asked for.

mod compile;
mod compiler;
mod device_weights;
mod error;
mod layout;
mod lifetimes;
mod lower;
mod pool;
mod prepared;
mod request;
mod trusted;

pub use compile::{Compiled, compile};
pub use device_weights::DeviceWeights;
pub use error::PlanError;
pub use layout::WeightLayout;
pub use pool::Pool;
pub use prepared::{Plan, Resources};
pub use request::{ImageSource, Loss, Mode, Request, Wanted};

/// A named part of the GPU memory that a plan needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryItem {
    /// What it holds.
    pub label: String,
    /// Its bytes, as the buffer will have them.
    pub bytes: u64,
}
