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
mod predictions;
mod report;
mod run_folder;
mod runs;
mod trainer;
mod update;

pub use blocking::Blocking;
pub use callback::{Callback, EpochStart, StepMetrics};
pub use error::TrainError;
pub use evaluate::{Evaluation, evaluate, evaluate_with};
pub use history::{EpochRecord, History};
pub use optimizer::{Optimizer, Rule};
pub use options::TrainOptions;
pub use predict::{PredictOptions, Predictor, predict_dataset};
pub use predictions::{Predictions, softmax};
pub use report::{ClassReport, Report};
pub use run_folder::{DataConfig, RunConfig, RunError, RunFolder, TrainingConfig};
pub use runs::{Run, WhichWeights, last_run, list_runs};
pub use trainer::{Trainer, TrainingPlan};
