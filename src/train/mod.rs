//! Training: optimizers, the trainer, its history; evaluation and prediction.

mod blocking;
mod callback;
mod error;
mod evaluate;
mod history;
mod metrics_ring;
mod optimizer;
mod options;
mod pass;
mod predict;
mod run_folder;
mod trainer;
mod update;

pub use blocking::Blocking;
pub use callback::{Callback, EpochStart, StepMetrics};
pub use error::TrainError;
pub use evaluate::{Evaluation, evaluate};
pub use history::{EpochRecord, History};
pub use optimizer::{Optimizer, Rule};
pub use options::TrainOptions;
pub use predict::Predictor;
pub use run_folder::{DataConfig, RunConfig, RunError, RunFolder, TrainingConfig};
pub use trainer::{Trainer, TrainingPlan};
