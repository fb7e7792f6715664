//! `ocellus devices`: what there is to train on.

use std::io::Write;

use clap::Args;

use super::CliError;
use crate::gpu::{AdapterDescription, GpuError, list_adapters, searched_backends};

/// The options of `ocellus devices`.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(options: &Options) -> Result<(), CliError> {
    let adapters = list_adapters().await;
    let mut out = std::io::stdout().lock();
    if options.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&adapters)?)?;
        return Ok(());
    }
    if adapters.is_empty() {
        return Err(GpuError::NoAdapter { searched: searched_backends() }.into());
    }
    for adapter in &adapters {
        write!(out, "{}", describe(adapter))?;
    }
    Ok(())
}

fn describe(adapter: &AdapterDescription) -> String {
    let AdapterDescription { number, name, backend, kind, driver, limits } = adapter;
    let mib = |bytes: u64| format!("{} MiB", bytes >> 20);
    format!(
        "{number}: {name}\n   \
         type      {kind}\n   \
         backend   {backend}\n   \
         driver    {driver}\n   \
         bindings  {} each, {} per shader; buffers up to {}\n   \
         groups    {} invocations, {} KiB of workgroup memory, {} per dimension\n   \
         subgroups {}\n",
        mib(limits.max_storage_buffer_binding_size),
        limits.max_storage_buffers_per_shader_stage,
        mib(limits.max_buffer_size),
        limits.max_compute_invocations_per_workgroup,
        limits.max_compute_workgroup_storage_size >> 10,
        limits.max_compute_workgroups_per_dimension,
        if limits.subgroups { "yes" } else { "no" },
    )
}
