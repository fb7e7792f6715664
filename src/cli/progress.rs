//! Training as it goes, in Keras' manner: a bar per epoch, or one plain line where the output is no terminal.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::model::Model;
use crate::train::{Callback, EpochRecord, EpochStart, StepMetrics, TrainError};

/// Prints the progress of a training.
pub(super) struct Progress {
    terminal: bool,
    start: EpochStart,
    bar: ProgressBar,
}

/// The bar's characters: done, being done, to do.
const CHARACTERS: &str = "━╸─";

impl Progress {
    pub(super) fn new() -> Self {
        let start = EpochStart { epoch: 0, epochs: 0, steps: 0, step: 0 };
        Self { terminal: std::io::stdout().is_terminal(), start, bar: ProgressBar::hidden() }
    }
}

impl Progress {
    /// Takes the bar of an epoch away that is not finished.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Callback for Progress {
    fn on_epoch_begin(&mut self, start: EpochStart) -> Result<(), TrainError> {
        self.start = start;
        if !self.terminal {
            return Ok(());
        }
        println_checked(&format!("Epoch {}/{}", start.epoch, start.epochs))?;
        let style = ProgressStyle::with_template("{pos}/{len} {bar:20} {eta} {msg}")
            .map_err(|error| TrainError::Callback("the progress bar's template".to_owned(), error.into()))?;
        let bar = ProgressBar::with_draw_target(Some(start.steps as u64), ProgressDrawTarget::stdout());
        bar.set_style(style.progress_chars(CHARACTERS));
        bar.set_position(start.step as u64);
        bar.reset_eta();
        bar.enable_steady_tick(Duration::from_millis(250));
        self.bar = bar;
        Ok(())
    }

    fn on_step(&mut self, metrics: StepMetrics) -> Result<(), TrainError> {
        if self.terminal {
            self.bar.inc(1);
            let steps = self.bar.position() - self.start.step as u64;
            let per_step = self.bar.elapsed().as_secs_f64() / steps as f64;
            self.bar.set_message(format!(
                "{} - accuracy: {:.4} - loss: {:.4}",
                step_time(per_step),
                metrics.running_accuracy,
                metrics.running_loss
            ));
        }
        Ok(())
    }

    fn on_epoch_end(&mut self, record: &EpochRecord, _model: &Model) -> Result<(), TrainError> {
        let line = summary(record, self.start.steps);
        if !self.terminal {
            return println_checked(&format!("Epoch {}/{} - {line}", self.start.epoch, self.start.epochs));
        }
        self.bar.finish_and_clear();
        let steps = self.start.steps;
        println_checked(&format!("{steps}/{steps} {} {line}", "━".repeat(20)))
    }
}

/// `12s - 8ms/step - accuracy: 0.4512 - loss: 1.5012 - val_accuracy: 0.5235 - val_loss: 1.3312`
fn summary(record: &EpochRecord, steps: usize) -> String {
    let EpochRecord { accuracy, loss, seconds, .. } = record;
    let mut line =
        format!("{seconds:.0}s - {} - accuracy: {accuracy:.4} - loss: {loss:.4}", step_time(seconds / steps as f64));
    if let (Some(accuracy), Some(loss)) = (record.val_accuracy, record.val_loss) {
        line += &format!(" - val_accuracy: {accuracy:.4} - val_loss: {loss:.4}");
    }
    line
}

fn step_time(seconds: f64) -> String {
    if seconds < 1e-3 { format!("{:.0}us/step", seconds * 1e6) } else { format!("{:.0}ms/step", seconds * 1e3) }
}

/// Prints a line; a closed pipe ends the training with an error instead of a panic.
fn println_checked(line: &str) -> Result<(), TrainError> {
    writeln!(std::io::stdout(), "{line}")
        .map_err(|error| TrainError::Callback("cannot print the progress".to_owned(), error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epochs_line_reads_as_in_keras() {
        let record = EpochRecord {
            epoch: 1,
            loss: 1.50123,
            accuracy: 0.45121,
            val_loss: Some(1.33119),
            val_accuracy: Some(0.5125),
            seconds: 12.4,
            images_per_second: 4032.0,
            weights_hash: None,
        };
        assert_eq!(
            summary(&record, 1563),
            "12s - 8ms/step - accuracy: 0.4512 - loss: 1.5012 - val_accuracy: 0.5125 - val_loss: 1.3312"
        );
    }
}
