//! A kernel is a shader file with its constants; compiled, it is a pipeline whose bindings are known by name.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use naga::valid::{Capabilities, GlobalUse, ValidationFlags, Validator};
use rayon::prelude::*;

use super::shaders;
use super::{Gpu, GpuError};

/// A value that the host sets in a shader's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Constant {
    /// A `u32`.
    U32(u32),
    /// A `bool`.
    Bool(bool),
}

impl From<u32> for Constant {
    fn from(value: u32) -> Self {
        Constant::U32(value)
    }
}

impl From<bool> for Constant {
    fn from(value: bool) -> Self {
        Constant::Bool(value)
    }
}

/// A shader file with the constants that stand before its text. It is the pipeline's key: the text follows from it
/// alone, so that no constant can be set and not keyed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kernel {
    source: Source,
}

/// Where a kernel's text comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Source {
    /// A file of `shaders/` by its path without the ending, with the constants that stand before it.
    File { path: &'static str, constants: Vec<(String, Constant)> },
    /// The whole text, from elsewhere.
    Text { name: String, text: String },
}

/// A typed set of constants for a shader file, declared by `kernel!`.
pub trait Specialization {
    /// The file's path in `shaders/`, without the ending.
    fn file(&self) -> &'static str;

    /// The `const` lines: names in capitals, in the order of the struct's fields.
    fn constants(&self) -> Vec<(String, Constant)>;
}

impl<S: Specialization> From<S> for Kernel {
    fn from(specialization: S) -> Self {
        let mut constants = vec![("WORKGROUP_SIZE".to_owned(), Constant::U32(super::WORKGROUP_SIZE))];
        constants.extend(specialization.constants());
        Self { source: Source::File { path: specialization.file(), constants } }
    }
}

/// Declares a specialisation: a struct whose fields become the constants of a shader file. The file is a literal, or,
/// where several files take the same constants, `[name]`: then the struct has a field of that name that holds it.
macro_rules! kernel {
    ($(#[$meta:meta])* $visibility:vis struct $name:ident($file:literal) { $($field:ident: $type:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        $visibility struct $name { $($field: $type),* }

        impl $crate::gpu::Specialization for $name {
            fn file(&self) -> &'static str {
                $file
            }

            fn constants(&self) -> Vec<(String, $crate::gpu::Constant)> {
                vec![$((stringify!($field).to_uppercase(), self.$field.into())),*]
            }
        }
    };
    ($(#[$meta:meta])* $visibility:vis struct $name:ident([$file:ident]) { $($field:ident: $type:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        $visibility struct $name { $file: &'static str, $($field: $type),* }

        impl $crate::gpu::Specialization for $name {
            fn file(&self) -> &'static str {
                self.$file
            }

            fn constants(&self) -> Vec<(String, $crate::gpu::Constant)> {
                vec![$((stringify!($field).to_uppercase(), self.$field.into())),*]
            }
        }
    };
}
pub(crate) use kernel;

impl Kernel {
    /// A kernel whose whole WGSL text comes from outside `shaders/`: for programs with ops of their own, and for tests.
    /// The text itself is the pipeline's key, the name is for messages.
    ///
    /// Every kernel's workgroups are [`WORKGROUP_SIZE`](super::WORKGROUP_SIZE) invocations along x.
    pub fn from_text(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { source: Source::Text { name: name.into(), text: text.into() } }
    }

    /// The shader file's path in `shaders/`, without the ending; or the name that was given with the text.
    pub fn name(&self) -> &str {
        match &self.source {
            Source::File { path, .. } => path,
            Source::Text { name, .. } => name,
        }
    }

    /// The whole WGSL text.
    pub fn text(&self) -> Result<String, GpuError> {
        match &self.source {
            Source::File { path, constants } => shaders::assemble(path, constants).map_err(|reason| self.error(reason)),
            Source::Text { text, .. } => Ok(text.clone()),
        }
    }

    /// The text, parsed.
    pub fn module(&self) -> Result<naga::Module, GpuError> {
        self.parsed(&self.text()?)
    }

    fn parsed(&self, text: &str) -> Result<naga::Module, GpuError> {
        naga::front::wgsl::parse_str(text).map_err(|error| self.error(error.emit_to_string(text)))
    }

    /// The storage buffers, by their names in the text, that some invocation writes to: fewer than those that are
    /// declared as written, where two bindings may stand in one buffer.
    pub fn written_bindings(&self) -> Result<Vec<String>, GpuError> {
        let module = self.module()?;
        let info = Validator::new(ValidationFlags::all(), Capabilities::all())
            .validate(&module)
            .map_err(|error| self.error(error.to_string()))?;
        let written = module.global_variables.iter().filter(|(handle, variable)| {
            matches!(variable.space, naga::AddressSpace::Storage { .. })
                && (0..module.entry_points.len())
                    .any(|entry| info.get_entry_point(entry)[*handle].contains(GlobalUse::WRITE))
        });
        Ok(written.filter_map(|(_, variable)| variable.name.clone()).collect())
    }

    fn error(&self, reason: impl Into<String>) -> GpuError {
        GpuError::Kernel { kernel: self.to_string(), reason: reason.into() }
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name())?;
        let Source::File { constants, .. } = &self.source else { return Ok(()) };
        for (name, value) in constants {
            match value {
                Constant::U32(value) => write!(f, " {name}={value}")?,
                Constant::Bool(value) => write!(f, " {name}={value}")?,
            }
        }
        Ok(())
    }
}

/// The checks that stay in the kernels of `shaders/`.
const RUNTIME_CHECKS: wgpu::ShaderRuntimeChecks =
    wgpu::ShaderRuntimeChecks { force_loop_bounding: false, ..wgpu::ShaderRuntimeChecks::checked() };

/// What a shader's global variable takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BindingKind {
    /// `params`: the dispatch's own constants, of so many bytes, in the arena.
    Parameters { bytes: u64 },
    /// `step`: the step's record, at an offset that is given when the recording is replayed.
    Step,
    /// A storage buffer.
    Storage { writes: bool },
}

/// A global variable of a shader, read off its text.
#[derive(Clone, Debug)]
pub(super) struct BindingSlot {
    pub(super) name: String,
    pub(super) number: u32,
    pub(super) kind: BindingKind,
}

/// A compiled kernel.
pub(super) struct Pipeline {
    pub(super) raw: wgpu::ComputePipeline,
    pub(super) layout: wgpu::BindGroupLayout,
    pub(super) slots: Vec<BindingSlot>,
}

impl Pipeline {
    pub(super) fn uses_step(&self) -> bool {
        self.slots.iter().any(|slot| slot.kind == BindingKind::Step)
    }
}

/// The bindings that `module` declares, by number.
pub(super) fn binding_slots(module: &naga::Module) -> Result<Vec<BindingSlot>, String> {
    let mut layouter = naga::proc::Layouter::default();
    layouter.update(module.to_ctx()).map_err(|error| error.to_string())?;
    let mut slots = Vec::new();
    for (_, variable) in module.global_variables.iter() {
        let Some(binding) = variable.binding else { continue };
        let name = variable.name.clone().unwrap_or_default();
        let kind = match variable.space {
            naga::AddressSpace::Uniform if name == "step" => BindingKind::Step,
            naga::AddressSpace::Uniform => BindingKind::Parameters { bytes: layouter[variable.ty].size.into() },
            naga::AddressSpace::Storage { access } => {
                BindingKind::Storage { writes: access.contains(naga::StorageAccess::STORE) }
            }
            _ => return Err(format!("'{name}' is neither a uniform nor a storage buffer")),
        };
        slots.push(BindingSlot { name, number: binding.binding, kind });
    }
    slots.sort_by_key(|slot| slot.number);
    Ok(slots)
}

impl Gpu {
    /// Compiles those of `kernels` that are not compiled yet, on all processors at once: a driver takes up to seconds for
    /// one, and works on each by itself.
    pub(super) fn compile_all<'a>(&self, kernels: impl IntoIterator<Item = &'a Kernel>) -> Result<(), GpuError> {
        let mut known: HashSet<Kernel> = self.pipelines().keys().cloned().collect();
        let new: Vec<&Kernel> = kernels.into_iter().filter(|kernel| known.insert((*kernel).clone())).collect();
        // An error is that of the first kernel that has one, whichever was compiled first.
        let compiled: Vec<_> = new.par_iter().map(|kernel| self.compile(kernel)).collect();
        for (kernel, pipeline) in new.into_iter().zip(compiled) {
            self.pipelines().insert(kernel.clone(), Arc::new(pipeline?));
        }
        Ok(())
    }

    /// The compiled kernel; compiled at most once per device.
    pub(super) fn pipeline(&self, kernel: &Kernel) -> Result<Arc<Pipeline>, GpuError> {
        if let Some(pipeline) = self.pipelines().get(kernel) {
            return Ok(pipeline.clone());
        }
        let pipeline = Arc::new(self.compile(kernel)?);
        self.pipelines().insert(kernel.clone(), pipeline.clone());
        Ok(pipeline)
    }

    fn compile(&self, kernel: &Kernel) -> Result<Pipeline, GpuError> {
        self.check_alive()?;
        let started = Instant::now();
        let module = match self.spoilt_text(kernel)? {
            Some(text) => kernel.parsed(&text)?,
            None => kernel.module()?,
        };
        let slots = binding_slots(&module).map_err(|reason| kernel.error(reason))?;
        let entries: Vec<_> = slots.iter().map(layout_entry).collect();
        let label = Some(kernel.name());
        let checks = match kernel.source {
            Source::File { .. } => RUNTIME_CHECKS,
            Source::Text { .. } => wgpu::ShaderRuntimeChecks::checked(),
        };
        let (pipeline, error) = self.catch(|| {
            let device = self.device();
            let source = wgpu::ShaderSource::Naga(std::borrow::Cow::Owned(module));
            let descriptor = wgpu::ShaderModuleDescriptor { label, source };
            // SAFETY: bounds checks stay on. What is left out is only the counter that ends an endless loop, and every
            // loop of every kernel of `shaders/` counts up to an extent; texts from elsewhere keep the counter. It keeps
            // drivers from unrolling: with it, lavapipe runs conv2d's blocked kernels at a third to four fifths of the rate.
            #[expect(unsafe_code, reason = "measured to pay up to threefold")]
            let module = unsafe { device.create_shader_module_trusted(descriptor, checks) };
            let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label, entries: &entries });
            let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label,
                bind_group_layouts: &[Some(&layout)],
                immediate_size: 0,
            });
            let raw = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label,
                layout: Some(&pipeline_layout),
                module: &module,
                entry_point: None,
                compilation_options: wgpu::PipelineCompilationOptions {
                    // Every kernel writes the workgroup memory that it reads.
                    zero_initialize_workgroup_memory: false,
                    ..Default::default()
                },
                cache: None,
            });
            Pipeline { raw, layout, slots }
        });
        match error {
            // That says nothing of the kernel.
            Some(error @ wgpu::Error::OutOfMemory { .. }) => Err(self.refused(kernel.name(), None, &error)),
            Some(error) => Err(kernel.error(error.to_string())),
            None => {
                log::debug!("made the pipeline of {kernel} in {:.0} ms", started.elapsed().as_secs_f64() * 1e3);
                Ok(pipeline)
            }
        }
    }
}

fn layout_entry(slot: &BindingSlot) -> wgpu::BindGroupLayoutEntry {
    let ty = match slot.kind {
        BindingKind::Parameters { .. } | BindingKind::Step => wgpu::BufferBindingType::Uniform,
        BindingKind::Storage { writes } => wgpu::BufferBindingType::Storage { read_only: !writes },
    };
    wgpu::BindGroupLayoutEntry {
        binding: slot.number,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer {
            ty,
            has_dynamic_offset: slot.kind == BindingKind::Step,
            min_binding_size: None,
        },
        count: None,
    }
}
