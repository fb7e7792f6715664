//! What all tests share: the device, and numbers to feed it.

use std::io::Write;
use std::sync::OnceLock;

use ocellus::check::{Case, Verdict};
pub use ocellus::doctor::sweep::numbers::{cancelling, largest, numbers, wide};
use ocellus::gpu::{
    AdapterRequest, Buffer, Command, Dispatch, Gpu, Kernel, LimitsRequest, Recording, View, WORKGROUP_SIZE,
};
use proptest::prelude::ProptestConfig;

/// The device, opened with WebGPU's default limits so that what passes here is not owed to one driver's generosity.
///
/// Without an adapter the test says by name that it is skipped, or fails where `OCELLUS_REQUIRE_GPU` is set.
pub fn gpu() -> Option<Gpu> {
    static GPU: OnceLock<Result<Gpu, String>> = OnceLock::new();
    let opened = GPU.get_or_init(|| pollster::block_on(Gpu::open(&request())).map_err(|error| error.to_string()));
    match opened {
        Ok(gpu) => Some(gpu.clone()),
        Err(reason) if std::env::var_os("OCELLUS_REQUIRE_GPU").is_some() => panic!("{reason}"),
        Err(reason) => {
            skipped(reason);
            None
        }
    }
}

fn request() -> AdapterRequest {
    AdapterRequest { limits: LimitsRequest::Webgpu, ..Default::default() }
}

/// A device like [`gpu`]'s of the test's own: nobody else allocates on it.
pub fn own_gpu() -> Option<Gpu> {
    gpu()?;
    Some(pollster::block_on(Gpu::open(&request())).unwrap())
}

/// A device with these limits on the tests' adapter, made as a program does that already uses wgpu.
pub fn own_device(limits: wgpu::Limits) -> Option<(wgpu::Device, wgpu::Queue)> {
    let gpu = gpu()?;
    let (name, backend) = (&gpu.adapter_info().name, gpu.adapter_info().backend);
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
    let adapters = pollster::block_on(instance.enumerate_adapters(backend.into()));
    let adapter = adapters.into_iter().find(|adapter| adapter.get_info().name == *name).unwrap();
    let descriptor = wgpu::DeviceDescriptor { required_limits: limits, ..Default::default() };
    Some(pollster::block_on(adapter.request_device(&descriptor)).unwrap())
}

/// Says by name that the running test is skipped, past the capture of the test runner.
pub fn skipped(reason: &str) {
    let thread = std::thread::current();
    let _ = writeln!(std::io::stderr(), "test {} ... SKIPPED: {reason}", thread.name().unwrap_or("?"));
}

/// So many cases of a property, without files of past failures beside the sources.
pub fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { cases: count, failure_persistence: None, ..ProptestConfig::default() }
}

/// Runs a case of doctor's sweeps on the tests' device; fails with the name of each kernel that is wrong.
#[track_caller]
pub fn check(case: &Case) {
    let Some(gpu) = gpu() else { return };
    let verdicts = pollster::block_on(case.run(&gpu)).unwrap_or_else(|error| panic!("{}: {error}", case.description));
    let wrong: Vec<String> = wrong(verdicts);
    assert!(wrong.is_empty(), "{}: {}", case.description, wrong.join("; "));
}

/// Each kernel that is wrong, and how.
pub fn wrong(verdicts: Vec<Verdict>) -> Vec<String> {
    let wrong = verdicts.into_iter().filter_map(|verdict| Some((verdict.kernel, verdict.outcome.err()?)));
    wrong.map(|(kernel, wrong)| format!("{kernel}: {wrong}")).collect()
}

/// The kernel whose text is that of `kernel` with pieces of it replaced: each pair is what stands there, exactly once,
/// and what is to stand there.
pub fn altered(kernel: &Kernel, changes: &[(&str, &str)]) -> Kernel {
    let mut text = kernel.text().unwrap();
    for (piece, replacement) in changes {
        assert_eq!(text.matches(piece).count(), 1, "'{piece}' in the text of {kernel}");
        text = text.replace(piece, replacement);
    }
    Kernel::from_text(kernel.name(), text)
}

/// Appends `command` with another kernel.
pub fn dispatch_with(recording: &mut Recording, command: &Command, kernel: Kernel) {
    let [across, down] = command.workgroups;
    recording.dispatch(Dispatch {
        label: command.label.clone(),
        kernel,
        params: &command.params,
        bindings: &command.bindings,
        invocations: (across * down * WORKGROUP_SIZE) as usize,
    });
}

/// The whole of a buffer.
pub fn whole(slot: usize, buffer: &Buffer) -> View {
    View { slot, offset: 0, bytes: buffer.size() }
}
