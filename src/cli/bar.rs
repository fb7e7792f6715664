//! A bar for work that takes long, on the standard error.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::data::{Unit, Watch};

/// Shows how far a piece of work is; nothing where the standard error is no terminal.
pub(super) struct Bar {
    bar: Mutex<ProgressBar>,
}

impl Bar {
    pub(super) fn new() -> Self {
        Self { bar: Mutex::new(ProgressBar::hidden()) }
    }

    fn with(&self, tell: impl FnOnce(&mut ProgressBar)) {
        tell(&mut self.bar.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Watch for Bar {
    fn begin(&self, what: &str, total: Option<u64>, unit: Unit) {
        let template = match (unit, total) {
            (Unit::Bytes, Some(_)) => "{msg} {bar:20} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
            (Unit::Bytes, None) => "{msg} {spinner} {bytes} {bytes_per_sec}",
            (Unit::Pictures, Some(_)) => "{msg} {bar:20} {pos}/{len} {per_sec} {eta}",
            (Unit::Pictures, None) => "{msg} {spinner} {pos} {per_sec}",
            (Unit::Checks, Some(_)) => "{msg} {bar:20} {pos}/{len} {elapsed}",
            (Unit::Checks, None) => "{msg} {spinner} {elapsed}",
        };
        let new = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        if let Ok(style) = ProgressStyle::with_template(template) {
            new.set_style(style.progress_chars("━╸─"));
        }
        new.set_message(what.to_owned());
        new.enable_steady_tick(Duration::from_millis(250));
        self.with(|bar| *bar = new);
    }

    fn advance(&self, amount: u64) {
        self.with(|bar| bar.inc(amount));
    }

    fn end(&self) {
        self.with(|bar| bar.finish_and_clear());
    }
}
