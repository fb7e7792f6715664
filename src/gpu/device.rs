//! The open device, what it has allocated and whether it is still there.

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};

use super::adapter::{self, AdapterRequest};
use super::fault::Faults;
use super::kernel::Pipeline;
use super::{GpuError, Kernel};

/// A device with its queue, its compiled kernels and an account of its buffers. Clones share one device.
#[derive(Clone)]
pub struct Gpu {
    shared: Arc<Shared>,
}

struct Shared {
    device: wgpu::Device,
    queue: wgpu::Queue,
    info: wgpu::AdapterInfo,
    limits: wgpu::Limits,
    failed_kernels: Vec<String>,
    pipelines: Mutex<HashMap<Kernel, Arc<Pipeline>>>,
    spoilt: Mutex<Option<Spoilt>>,
    ledger: Arc<Ledger>,
    lost: Arc<OnceLock<String>>,
    faults: Faults,
}

/// A kernel that is to be compiled from another text than its own.
type Spoilt = (String, fn(&str) -> String);

/// What has been allocated through one device.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) bytes: AtomicU64,
    pub(super) created: AtomicU64,
}

impl Gpu {
    /// Opens a device on the adapter that `request` asks for.
    pub async fn open(request: &AdapterRequest) -> Result<Self, GpuError> {
        let adapter = adapter::choose(request).await?;
        let info = adapter.get_info();
        if let Some(reason) = adapter::unsuitable(&adapter) {
            return Err(GpuError::Unsuitable { adapter: info.name, reason });
        }
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("ocellus"),
            // Kernels that need subgroups stand beside others that do without; timestamps are for measuring.
            required_features: adapter.features() & (wgpu::Features::SUBGROUP | wgpu::Features::TIMESTAMP_QUERY),
            required_limits: adapter::limits_of(&adapter, request.limits),
            ..Default::default()
        };
        let (device, queue) = adapter
            .request_device(&descriptor)
            .await
            .map_err(|source| GpuError::RequestDevice { adapter: info.name.clone(), source })?;
        let failed = request.failed.on(&info);
        for kernel in &failed {
            warn_once(
                &info,
                &format!(
                    "'{kernel}' gave wrong numbers when 'ocellus doctor' examined it on this adapter and driver: it is not \
                 chosen where another kernel gives the same"
                ),
            );
        }
        let gpu = Self::with_failed(device, queue, failed);
        let lost = gpu.shared.lost.clone();
        gpu.shared.device.set_device_lost_callback(move |reason, message| {
            let reason = format!("{reason:?}").to_lowercase();
            // The first reason is the cause; a later one only follows from it.
            let _ = lost.set(if message.is_empty() { reason } else { format!("{message} ({reason})") });
        });
        log::debug!("adapter: {}", gpu.adapter_line());
        let failed = gpu.shared.lost.clone();
        gpu.shared.device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            // Raised outside any call that could return it: the next call does.
            let _ = failed.set(format!("it reported an error: {error}"));
        }));
        gpu.inject_from_environment();
        if gpu.is_software() {
            warn_once(&info, &format!("'{}' computes on the CPU: no GPU driver was found or chosen", info.name));
        }
        Ok(gpu)
    }

    /// A device that the program already has. Its callbacks for errors and loss stay the program's own: here a loss is
    /// only seen where something is refused or does not come back.
    pub fn from_device(device: wgpu::Device, queue: wgpu::Queue) -> Self {
        Self::with_failed(device, queue, Vec::new())
    }

    fn with_failed(device: wgpu::Device, queue: wgpu::Queue, failed_kernels: Vec<String>) -> Self {
        let (info, limits) = (device.adapter_info(), device.limits());
        Self {
            shared: Arc::new(Shared {
                device,
                queue,
                info,
                limits,
                failed_kernels,
                pipelines: Mutex::default(),
                spoilt: Mutex::default(),
                ledger: Arc::default(),
                lost: Arc::default(),
                faults: Faults::default(),
            }),
        }
    }

    /// The wgpu device, for programs that share it.
    pub fn device(&self) -> &wgpu::Device {
        &self.shared.device
    }

    /// The wgpu queue, for programs that share it.
    pub fn queue(&self) -> &wgpu::Queue {
        &self.shared.queue
    }

    /// The adapter as wgpu describes it.
    pub fn adapter_info(&self) -> &wgpu::AdapterInfo {
        &self.shared.info
    }

    /// The limits the device was opened with.
    pub fn limits(&self) -> &wgpu::Limits {
        &self.shared.limits
    }

    /// The kernels that failed a check on this adapter and are not to be chosen, by their paths in `shaders/`.
    pub fn failed_kernels(&self) -> &[String] {
        &self.shared.failed_kernels
    }

    /// True when the adapter computes on the CPU.
    pub fn is_software(&self) -> bool {
        adapter::is_software(&self.shared.info)
    }

    /// True where the device is one of OpenGL, whose contexts belong to a thread at a time.
    pub(crate) fn is_opengl(&self) -> bool {
        self.shared.info.backend == wgpu::Backend::Gl
    }

    /// How many invocations share what one of them has fetched, where shaders can use it and all subgroups are of one
    /// size; `None` elsewhere.
    pub fn subgroup_size(&self) -> Option<u32> {
        let (smallest, largest) = (self.shared.info.subgroup_min_size, self.shared.info.subgroup_max_size);
        let usable = self.shared.device.features().contains(wgpu::Features::SUBGROUP);
        (usable && smallest == largest).then_some(largest)
    }

    /// The adapter in one line: name, type, backend and driver, and the kernels that are not to be chosen on it.
    pub fn adapter_line(&self) -> String {
        let info = &self.shared.info;
        let kind = adapter::kind_name(info.device_type);
        let line = format!("{} ({kind}, {}, {} {})", info.name, info.backend.to_str(), info.driver, info.driver_info);
        match self.failed_kernels() {
            [] => line,
            failed => format!("{line} without {}", failed.join(", ")),
        }
    }

    /// The bytes of all live buffers created through this device.
    pub fn allocated_bytes(&self) -> u64 {
        self.shared.ledger.bytes.load(Ordering::Relaxed)
    }

    /// How many buffers have been created through this device so far.
    pub fn buffers_created(&self) -> u64 {
        self.shared.ledger.created.load(Ordering::Relaxed)
    }

    /// Waits until everything written and submitted so far is done, and lets go of the memory it passed through.
    pub fn flush(&self) -> Result<(), GpuError> {
        self.shared.queue.submit(std::iter::empty());
        let polled = self.shared.device.poll(wgpu::PollType::wait_indefinitely());
        self.check_alive()?;
        match polled {
            Ok(_) => Ok(()),
            Err(error) => Err(GpuError::Refused { action: "wait".to_owned(), reason: error.to_string() }),
        }
    }

    pub(super) fn ledger(&self) -> &Arc<Ledger> {
        &self.shared.ledger
    }

    pub(super) fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    pub(super) fn pipelines(&self) -> MutexGuard<'_, HashMap<Kernel, Arc<Pipeline>>> {
        // A panic elsewhere cannot leave the map half written: entries are whole when they are inserted.
        self.shared.pipelines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets this device compile the kernel of this name from what `spoil` makes of its text, and all others from their
    /// own. For tests of what finds a wrong kernel.
    #[doc(hidden)]
    pub fn spoil_kernel(&self, name: &str, spoil: fn(&str) -> String) {
        self.restore_kernels();
        self.pipelines().retain(|kernel, _| kernel.name() != name);
        *self.spoilt() = Some((name.to_owned(), spoil));
    }

    /// Takes [`Gpu::spoil_kernel`] back.
    #[doc(hidden)]
    pub fn restore_kernels(&self) {
        if let Some((name, _)) = self.spoilt().take() {
            self.pipelines().retain(|kernel, _| kernel.name() != name);
        }
    }

    /// The text that the kernel is compiled from on this device, where it is not its own.
    pub(super) fn spoilt_text(&self, kernel: &Kernel) -> Result<Option<String>, GpuError> {
        let spoil = self.spoilt().as_ref().filter(|(name, _)| name == kernel.name()).map(|(_, spoil)| *spoil);
        spoil.map(|spoil| kernel.text().map(|text| spoil(&text))).transpose()
    }

    fn spoilt(&self) -> MutexGuard<'_, Option<Spoilt>> {
        self.shared.spoilt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An error when the device is gone.
    pub(super) fn check_alive(&self) -> Result<(), GpuError> {
        // A device that was destroyed says so when it is polled.
        let _ = self.shared.device.poll(wgpu::PollType::Poll);
        match self.shared.lost.get() {
            Some(reason) => Err(GpuError::DeviceLost { reason: reason.clone() }),
            None => Ok(()),
        }
    }

    /// Runs `action` and returns the error that the device raised meanwhile, if any, of whatever kind: an error that no
    /// scope catches ends the program.
    pub(super) fn catch<T>(&self, action: impl FnOnce() -> T) -> (T, Option<wgpu::Error>) {
        use wgpu::ErrorFilter::{Internal, OutOfMemory, Validation};
        let scopes = [OutOfMemory, Validation, Internal].map(|filter| self.shared.device.push_error_scope(filter));
        let value = action();
        let mut error = None;
        // The innermost scope first.
        for scope in scopes.into_iter().rev() {
            let popped = pin!(scope.pop());
            // On native the answer is there at once; a browser's comes later, through the program's own error callback.
            if let Poll::Ready(Some(raised)) = popped.poll(&mut Context::from_waker(Waker::noop())) {
                error.get_or_insert(raised);
            }
        }
        (value, error)
    }

    /// What it means that the device raised `error` in the course of `action`, over so many bytes; `None` where they are
    /// not known.
    pub(super) fn refused(&self, action: &str, bytes: Option<u64>, error: &wgpu::Error) -> GpuError {
        let (action, allocated) = (action.to_owned(), self.allocated_bytes());
        match (error, bytes) {
            (wgpu::Error::OutOfMemory { .. }, Some(bytes)) => GpuError::OutOfMemory { label: action, bytes, allocated },
            (wgpu::Error::OutOfMemory { .. }, None) => GpuError::NoMemoryForWork { action, allocated },
            _ => GpuError::Refused { action, reason: error.to_string() },
        }
    }
}

impl std::fmt::Debug for Gpu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gpu({})", self.adapter_line())
    }
}

/// Says it once of an adapter, however many devices the program opens on it.
fn warn_once(info: &wgpu::AdapterInfo, text: &str) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    if SAID.lock().unwrap_or_else(PoisonError::into_inner).insert(format!("{info:?}: {text}")) {
        log::warn!("{text}");
    }
}
