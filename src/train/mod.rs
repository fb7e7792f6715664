//! Training: optimizers, the trainer, its history; evaluation and prediction.

mod blocking;
mod calibration;
mod callback;
mod error;
mod evaluate;
mod footprint;
mod history;
mod metrics_ring;
mod optimizer;
mod options;
mod pass;
mod predict;
mod predictions;
mod report;
mod run_config;
mod run_folder;
mod runs;
mod trainer;
mod update;

pub use blocking::Blocking;
pub use calibration::{Calibration, CalibrationBin};
pub use callback::{Callback, EpochStart, StepMetrics};
pub use error::TrainError;
pub use evaluate::{Evaluation, evaluate, evaluate_with};
pub use footprint::{prediction_memory, training_memory};
pub use history::{EpochRecord, History};
pub use optimizer::{Optimizer, Rule};
pub use options::TrainOptions;
pub use predict::{PredictOptions, Predictor, predict_dataset};
pub use predictions::{Predictions, softmax};
pub use report::{ClassReport, ConfusedPair, Report};
pub use run_config::{BuildError, ConfigError, DataConfig, LayersSource, ModelSource, RunConfig, TrainingConfig};
pub use run_folder::{RunError, RunFolder};
pub use runs::{ListedRun, Run, WhichWeights, last_run, list_runs};
pub use trainer::{Trainer, TrainingPlan};
