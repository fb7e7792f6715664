//! Ctrl-C, and where there are such signals a request to terminate or a lost terminal: the first asks a training to stop,
//! which it does between two steps, and any other ends the program at once.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::files;

/// Whether a training runs that stops when it is asked.
static HEARD: AtomicBool = AtomicBool::new(false);

/// Whether it was asked.
static ASKED: AtomicBool = AtomicBool::new(false);

/// What is to be done at a signal: asks the training to stop, or ends the program where there is none or it was asked
/// before.
pub fn interrupt() {
    if !HEARD.load(Ordering::SeqCst) || ASKED.swap(true, Ordering::SeqCst) {
        files::exit_without_unfinished(Interrupt::EXIT_STATUS.into());
    }
}

/// Hears signals as long as it is there.
#[derive(Debug)]
pub(super) struct Interrupt;

impl Interrupt {
    /// The exit status by which shells know a program that was interrupted.
    pub(super) const EXIT_STATUS: u8 = 130;

    /// Hears signals from now on.
    pub(super) fn listen() -> Self {
        HEARD.store(true, Ordering::SeqCst);
        Self
    }

    /// Whether the training was asked to stop.
    pub(super) fn is_asked(&self) -> bool {
        ASKED.load(Ordering::SeqCst)
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        HEARD.store(false, Ordering::SeqCst);
    }
}
