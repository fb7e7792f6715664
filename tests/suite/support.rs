//! What all tests share: the device, and numbers to feed it.

use std::io::Write;
use std::sync::OnceLock;

use ocellus::gpu::{AdapterRequest, Command, Dispatch, Gpu, Kernel, LimitsRequest, Recording, WORKGROUP_SIZE};
use ocellus::random::{self, Stream};
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

/// `count` numbers uniform in [-1, 1), the same for the same `seed`.
pub fn numbers(seed: u32, count: usize) -> Vec<f32> {
    (0..count).map(|i| random::uniform(seed, Stream::InitialWeights, 0, i as u32) * 2.0 - 1.0).collect()
}

/// The same numbers as the reference takes them.
pub fn wide(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().map(|&x| x.into()).collect()
}

/// So many cases of a property, without files of past failures beside the sources.
pub fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { cases: count, failure_persistence: None, ..ProptestConfig::default() }
}

/// The terms for `compare` where `terms` summands as large as `largest` cancel, so that the result is small and its
/// error is not: the bound becomes `1e-5 * sqrt(terms) * largest`.
pub fn cancelling(terms: usize, largest: f64, expected: &[f64]) -> usize {
    let result = expected.iter().fold(0.0_f64, |result, e| result.max(e.abs()));
    // What cancels to exactly 0 must do so on the device too.
    if result == 0.0 { 1 } else { (terms as f64 * (largest / result).powi(2).max(1.0)).ceil() as usize }
}

/// The largest magnitude.
pub fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |largest, x| largest.max(x.abs()))
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
