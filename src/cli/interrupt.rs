//! Ctrl-C, and where there are such signals a request to terminate or a lost terminal: the first asks a training to stop,
//! which it does between two steps, and any other ends the program at once.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::files;

/// Whether a training runs that stops when it is asked.
static HEARD: AtomicBool = AtomicBool::new(false);

/// Whether it was asked.
static ASKED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C and its like end the program without a file half written left behind; a training is asked to stop
/// first. Signals that were ignored when the program began stay so: `nohup` and shells that start it in the background mean
/// it.
pub fn end_cleanly_on_interrupt() {
    match ctrlc::try_set_handler(interrupt) {
        // It is ignored, or heard by whoever began this.
        Ok(()) | Err(ctrlc::Error::MultipleHandlers) => {}
        Err(error) => not_heard(&error),
    }
    #[cfg(unix)]
    if let Err(error) = hear_termination() {
        not_heard(&error);
    }
}

fn not_heard(error: &dyn std::error::Error) {
    log::warn!("if it is interrupted now, a file in the making may stay: {error}");
}

/// Hears the request to terminate and the loss of the terminal.
#[cfg(unix)]
fn hear_termination() -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGTERM};
    let heard: Vec<i32> = [SIGTERM, SIGHUP].into_iter().filter(|signal| !is_ignored(*signal)).collect();
    let mut signals = signal_hook::iterator::Signals::new(heard)?;
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for _ in signals.forever() {
            interrupt();
        }
    })?;
    Ok(())
}

/// Whether a signal is ignored, where the system tells it in a file: the mask of ignored signals in hexadecimal digits.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}

/// What is to be done at a signal: asks the training to stop, or ends the program where there is none or it was asked
/// before.
fn interrupt() {
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
