//! Which adapter to use, and what there is to choose from.

use serde::Serialize;

use super::{FailedKernels, GpuError};

/// The adapter that is wanted, and the limits to ask it for.
#[derive(Clone, Debug, Default)]
pub struct AdapterRequest {
    /// A number of [`list_adapters`] or a part of a name, whatever its case. Default: the environment variable
    /// `WGPU_ADAPTER_NAME`, else the first of the list.
    pub adapter: Option<String>,
    /// The limits to open the device with.
    pub limits: LimitsRequest,
    /// Kernels that failed a check somewhere: those that did on the adapter that is opened are not chosen. Default none.
    pub failed: FailedKernels,
}

/// The limits a device is opened with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LimitsRequest {
    /// All that the adapter has.
    #[default]
    Adapter,
    /// WebGPU's defaults and no more: what runs so runs on every adapter.
    Webgpu,
}

impl LimitsRequest {
    /// The bytes that a shader can bind at a time by WebGPU's defaults: 128 MiB.
    pub fn webgpu_binding_bytes() -> u64 {
        wgpu::Limits::default().max_storage_buffer_binding_size
    }
}

/// What an adapter is and allows, as `ocellus devices` prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AdapterDescription {
    /// Its place in the list, which `--adapter` takes.
    pub number: usize,
    /// Its name by the driver.
    pub name: String,
    /// vulkan, metal, dx12 or gl.
    pub backend: String,
    /// discrete GPU, integrated GPU, virtual GPU, software or unknown.
    #[serde(rename = "type")]
    pub kind: String,
    /// The driver and its version.
    pub driver: String,
    /// The limits that matter for training.
    pub limits: AdapterLimits,
}

/// The limits of an adapter that matter for training.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AdapterLimits {
    /// The largest range of a buffer that a shader can see, in bytes.
    pub max_storage_buffer_binding_size: u64,
    /// The largest buffer, in bytes.
    pub max_buffer_size: u64,
    /// Storage buffers per shader.
    pub max_storage_buffers_per_shader_stage: u32,
    /// Workgroup memory, in bytes.
    pub max_compute_workgroup_storage_size: u32,
    /// Invocations per workgroup.
    pub max_compute_invocations_per_workgroup: u32,
    /// Workgroups per dimension of a dispatch.
    pub max_compute_workgroups_per_dimension: u32,
    /// Whether shaders can use subgroup operations.
    pub subgroups: bool,
}

/// All usable adapters, the preferred first: discrete before integrated before virtual, software last. OpenGL is only
/// searched where no native backend has an adapter, or where `WGPU_BACKEND` names it (`gl`).
pub async fn list_adapters() -> Vec<AdapterDescription> {
    let adapters = enumerate().await;
    adapters.iter().enumerate().map(|(number, adapter)| describe(number, adapter)).collect()
}

/// The adapter that `request` asks for.
pub(super) async fn choose(request: &AdapterRequest) -> Result<wgpu::Adapter, GpuError> {
    let mut adapters = enumerate().await;
    if adapters.is_empty() {
        return Err(GpuError::NoAdapter { searched: searched() });
    }
    let wanted = request.adapter.clone().or_else(|| std::env::var("WGPU_ADAPTER_NAME").ok()).filter(|w| !w.is_empty());
    let Some(wanted) = wanted else {
        return Ok(adapters.swap_remove(0));
    };
    // A number past the list may still be a part of a name: "4090".
    let number = wanted.parse::<usize>().ok().filter(|number| *number < adapters.len());
    let lower = wanted.to_lowercase();
    let named = || adapters.iter().position(|adapter| adapter.get_info().name.to_lowercase().contains(&lower));
    match number.or_else(named) {
        Some(index) => Ok(adapters.swap_remove(index)),
        None => {
            let available: Vec<String> =
                adapters.iter().enumerate().map(|(i, a)| format!("{i} {}", a.get_info().name)).collect();
            Err(GpuError::UnknownAdapter { wanted, available: available.join(", ") })
        }
    }
}

/// True for an adapter that computes on the CPU.
pub(super) fn is_software(info: &wgpu::AdapterInfo) -> bool {
    info.device_type == wgpu::DeviceType::Cpu
}

/// The backends that are searched, in words.
pub fn searched() -> String {
    let names: Vec<String> =
        backends().iter().flat_map(|group| group.iter_names()).map(|(name, _)| name.to_lowercase()).collect();
    format!("backends searched: {}", names.join(", "))
}

/// The backends to search, one group after the other until one has an adapter: those that `WGPU_BACKEND` names, else
/// the native ones and then OpenGL, whose drivers are slower to ask and less exact.
fn backends() -> Vec<wgpu::Backends> {
    match wgpu::Backends::from_env() {
        Some(backends) => vec![backends],
        None => vec![wgpu::Backends::PRIMARY, wgpu::Backends::SECONDARY],
    }
}

async fn enumerate() -> Vec<wgpu::Adapter> {
    for backends in backends() {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle_from_env();
        descriptor.backends = backends;
        // Validation layers cost time and are not there on users' machines; wgpu's own validation stays on.
        descriptor.flags = wgpu::InstanceFlags::empty().with_env();
        let instance = wgpu::Instance::new(descriptor);
        let mut adapters = instance.enumerate_adapters(backends).await;
        adapters.retain(|adapter| unsuitable(adapter).is_none());
        if !adapters.is_empty() {
            // A stable sort: adapters of one rank keep the driver's order.
            adapters.sort_by_key(|adapter| rank(&adapter.get_info()));
            return adapters;
        }
    }
    Vec::new()
}

/// The order of preference, smallest first.
fn rank(info: &wgpu::AdapterInfo) -> (u8, u8) {
    let kind = match info.device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    };
    let backend = u8::from(info.backend == wgpu::Backend::Gl);
    (kind, backend)
}

/// Why compute shaders cannot run there; `None` when they can.
pub(super) fn unsuitable(adapter: &wgpu::Adapter) -> Option<String> {
    if !adapter.get_downlevel_capabilities().flags.contains(wgpu::DownlevelFlags::COMPUTE_SHADERS) {
        return Some("it has no compute shaders".to_owned());
    }
    let (has, needs) = (adapter.limits(), needed_limits());
    let mut missing = None;
    needs.check_limits_with_fail_fn(&has, true, |name, wanted, allowed| {
        missing = Some(format!("its limit {name} is {allowed}, {wanted} is needed"));
    });
    missing
}

/// WebGPU's default limits as far as compute shaders need them; textures and vertices do not matter here.
fn needed_limits() -> wgpu::Limits {
    let webgpu = wgpu::Limits::default();
    wgpu::Limits {
        max_bind_groups: webgpu.max_bind_groups,
        max_bindings_per_bind_group: 16,
        max_dynamic_uniform_buffers_per_pipeline_layout: 1,
        max_storage_buffers_per_shader_stage: webgpu.max_storage_buffers_per_shader_stage,
        max_uniform_buffers_per_shader_stage: 2,
        max_storage_buffer_binding_size: webgpu.max_storage_buffer_binding_size,
        max_buffer_size: webgpu.max_buffer_size,
        max_compute_workgroup_storage_size: webgpu.max_compute_workgroup_storage_size,
        max_compute_invocations_per_workgroup: webgpu.max_compute_invocations_per_workgroup,
        max_compute_workgroup_size_x: webgpu.max_compute_workgroup_size_x,
        max_compute_workgroups_per_dimension: webgpu.max_compute_workgroups_per_dimension,
        ..wgpu::Limits::downlevel_webgl2_defaults()
    }
}

/// The limits to open `adapter` with.
pub(super) fn limits_of(adapter: &wgpu::Adapter, request: LimitsRequest) -> wgpu::Limits {
    match request {
        LimitsRequest::Adapter => adapter.limits(),
        // Where an adapter lacks some of WebGPU's texture limits, what compute needs is enough.
        LimitsRequest::Webgpu if wgpu::Limits::default().check_limits(&adapter.limits()) => wgpu::Limits::default(),
        LimitsRequest::Webgpu => needed_limits(),
    }
}

fn describe(number: usize, adapter: &wgpu::Adapter) -> AdapterDescription {
    let (info, limits) = (adapter.get_info(), adapter.limits());
    AdapterDescription {
        number,
        name: info.name.clone(),
        backend: info.backend.to_str().to_owned(),
        kind: kind_name(info.device_type).to_owned(),
        driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
        limits: AdapterLimits {
            max_storage_buffer_binding_size: limits.max_storage_buffer_binding_size,
            max_buffer_size: limits.max_buffer_size,
            max_storage_buffers_per_shader_stage: limits.max_storage_buffers_per_shader_stage,
            max_compute_workgroup_storage_size: limits.max_compute_workgroup_storage_size,
            max_compute_invocations_per_workgroup: limits.max_compute_invocations_per_workgroup,
            max_compute_workgroups_per_dimension: limits.max_compute_workgroups_per_dimension,
            subgroups: adapter.features().contains(wgpu::Features::SUBGROUP),
        },
    }
}

/// The type of an adapter in words.
pub(super) fn kind_name(kind: wgpu::DeviceType) -> &'static str {
    match kind {
        wgpu::DeviceType::DiscreteGpu => "discrete GPU",
        wgpu::DeviceType::IntegratedGpu => "integrated GPU",
        wgpu::DeviceType::VirtualGpu => "virtual GPU",
        wgpu::DeviceType::Cpu => "software",
        wgpu::DeviceType::Other => "unknown",
    }
}
