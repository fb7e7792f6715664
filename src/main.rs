//! The binary: parses the command line, runs it, and prints what went wrong.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use ocellus::cli::{Cli, end_cleanly_on_interrupt, run};

fn main() -> ExitCode {
    start_log();
    end_cleanly_on_interrupt();
    match pollster::block_on(run(Cli::parse())) {
        Ok(status) => status,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

/// What the program says beside its output goes to the standard error; `RUST_LOG` says how much.
fn start_log() {
    let default = env_logger::Env::default().default_filter_or("ocellus=info,warn");
    env_logger::Builder::from_env(default)
        .format(|out, record| match record.level() {
            log::Level::Info => writeln!(out, "{}", record.args()),
            level => writeln!(out, "{}: {}", level.as_str().to_lowercase(), record.args()),
        })
        .init();
}

/// Prints an error and its causes, each once.
fn report(error: &dyn Error) {
    let mut text = format!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        let line = error.to_string();
        // Transparent errors repeat what they wrap.
        if !text.ends_with(&line) {
            text += &format!("\n  because: {line}");
        }
        cause = error.source();
    }
    // Nothing is left to do where even this cannot be printed.
    let _ = writeln!(std::io::stderr(), "{text}");
}
