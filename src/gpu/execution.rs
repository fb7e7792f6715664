//! Executes recordings: bind groups made once, replayed as often as wanted.

use std::sync::Arc;

use super::kernel::{BindingKind, BindingSlot, Pipeline};
use super::recording::Command;
use super::{Buffer, Gpu, GpuError, OFFSET_ALIGNMENT, Recording, View};

/// A recording with its pipelines, bind groups and uniforms, ready to be replayed.
pub struct Prepared {
    commands: Vec<PreparedCommand>,
    // The bind groups keep the memory alive; this keeps it in the device's account.
    _buffers: Vec<Buffer>,
}

struct PreparedCommand {
    pipeline: Arc<Pipeline>,
    bind_group: wgpu::BindGroup,
    workgroups: [u32; 2],
    uses_step: bool,
}

impl Prepared {
    /// Appends the commands of these places in the recording to `pass`.
    pub(super) fn encode(
        &self,
        pass: &mut wgpu::ComputePass<'_>,
        commands: impl IntoIterator<Item = usize>,
        step_offset: u32,
    ) {
        for command in commands.into_iter().filter_map(|place| self.commands.get(place)) {
            pass.set_pipeline(&command.pipeline.raw);
            let offsets: &[u32] = if command.uses_step { &[step_offset] } else { &[] };
            pass.set_bind_group(0, &command.bind_group, offsets);
            pass.dispatch_workgroups(command.workgroups[0], command.workgroups[1], 1);
        }
    }
}

impl Gpu {
    /// Compiles what `recording` needs and binds it to `buffers`, which its views name by their place.
    ///
    /// `steps` holds the step records that kernels with a `step` uniform read, each `step_bytes` long.
    pub fn prepare(
        &self,
        label: &str,
        recording: &Recording,
        buffers: &[Buffer],
        steps: Option<(&Buffer, u64)>,
    ) -> Result<Prepared, GpuError> {
        self.check_alive()?;
        let mut uniforms = Vec::new();
        let mut offsets = Vec::new();
        for command in recording.commands() {
            offsets.push(uniforms.len() as u64);
            uniforms.extend_from_slice(&command.params);
            uniforms.resize(uniforms.len().next_multiple_of(OFFSET_ALIGNMENT as usize), 0);
        }
        let arena = if uniforms.is_empty() {
            None
        } else {
            let arena = Buffer::uniform(self, &format!("{label}: uniforms"), uniforms.len() as u64)?;
            arena.write(self, 0, &uniforms)?;
            Some(arena)
        };
        self.compile_all(recording.commands().iter().map(|command| &command.kernel))?;
        let mut commands = Vec::new();
        for (command, offset) in recording.commands().iter().zip(offsets) {
            let pipeline = self.pipeline(&command.kernel)?;
            let binder = Binder { command, buffers, arena: arena.as_ref().map(|arena| (arena, offset)), steps };
            let bind_group = binder.bind_group(self, &pipeline)?;
            let uses_step = pipeline.uses_step();
            commands.push(PreparedCommand { pipeline, bind_group, workgroups: command.workgroups, uses_step });
        }
        Ok(Prepared { commands, _buffers: buffers.iter().cloned().chain(arena).collect() })
    }

    /// Starts a submission.
    pub fn begin(&self, label: &'static str) -> Submission {
        let encoder = self.device().create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some(label) });
        Submission { gpu: self.clone(), label, encoder, pass: None }
    }
}

/// What one command is bound to.
struct Binder<'a> {
    command: &'a Command,
    buffers: &'a [Buffer],
    arena: Option<(&'a Buffer, u64)>,
    steps: Option<(&'a Buffer, u64)>,
}

impl Binder<'_> {
    fn bind_group(&self, gpu: &Gpu, pipeline: &Pipeline) -> Result<wgpu::BindGroup, GpuError> {
        for (name, _) in &self.command.bindings {
            if !pipeline.slots.iter().any(|slot| slot.name == *name) {
                return Err(self.error(format!("its kernel has no binding '{name}'")));
            }
        }
        let takes_parameters = pipeline.slots.iter().any(|slot| matches!(slot.kind, BindingKind::Parameters { .. }));
        if !takes_parameters && !self.command.params.is_empty() {
            return Err(self.error("its kernel has no 'params'".to_owned()));
        }
        let entries = pipeline
            .slots
            .iter()
            .map(|slot| Ok(wgpu::BindGroupEntry { binding: slot.number, resource: self.resource(slot)? }))
            .collect::<Result<Vec<_>, GpuError>>()?;
        let (bind_group, error) = gpu.catch(|| {
            gpu.device().create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some(&self.command.label),
                layout: &pipeline.layout,
                entries: &entries,
            })
        });
        match error {
            Some(error) => Err(self.error(error.to_string())),
            None => Ok(bind_group),
        }
    }

    fn resource(&self, slot: &BindingSlot) -> Result<wgpu::BindingResource<'_>, GpuError> {
        let (buffer, offset, bytes) = match slot.kind {
            BindingKind::Parameters { bytes } => {
                let given = self.command.params.len() as u64;
                match self.arena.filter(|_| given == bytes) {
                    Some((arena, offset)) => (arena, offset, bytes),
                    None => return Err(self.error(format!("'params' takes {bytes} bytes, {given} were given"))),
                }
            }
            BindingKind::Step => {
                let (steps, bytes) = self.steps.ok_or_else(|| self.error("there are no step records".to_owned()))?;
                (steps, 0, bytes)
            }
            BindingKind::Storage { .. } => {
                let view = self.view(&slot.name)?;
                let buffer = self
                    .buffers
                    .get(view.slot)
                    .ok_or_else(|| self.error(format!("'{}' is bound to no buffer", slot.name)))?;
                let (end, size) = (view.offset + view.bytes, buffer.size());
                if end > size {
                    return Err(self.error(format!("'{}' ends at byte {end}, its buffer has {size}", slot.name)));
                }
                // Bound in rows of four words: a view may end inside one, the buffer behind it does not.
                (buffer, view.offset, view.bytes.next_multiple_of(16))
            }
        };
        let size = wgpu::BufferSize::new(bytes).ok_or_else(|| self.error(format!("'{}' is empty", slot.name)))?;
        Ok(wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer: buffer.raw(), offset, size: Some(size) }))
    }

    fn view(&self, name: &str) -> Result<View, GpuError> {
        self.command
            .bindings
            .iter()
            .find(|(bound, _)| *bound == name)
            .map(|(_, view)| *view)
            .ok_or_else(|| self.error(format!("nothing is bound to '{name}'")))
    }

    fn error(&self, reason: String) -> GpuError {
        GpuError::Command { command: self.command.label.clone(), reason }
    }
}

/// Commands that go to the device together.
pub struct Submission {
    gpu: Gpu,
    label: &'static str,
    encoder: wgpu::CommandEncoder,
    pass: Option<wgpu::ComputePass<'static>>,
}

/// A submission on its way.
#[derive(Clone, Debug)]
pub struct Submitted {
    pub(super) index: wgpu::SubmissionIndex,
}

impl Submission {
    /// Appends all commands of `prepared`; those that read a step record read the one at byte `step_offset`.
    pub fn replay(&mut self, prepared: &Prepared, step_offset: u32) {
        let Self { encoder, pass, label, .. } = self;
        let pass = pass.get_or_insert_with(|| {
            let descriptor = wgpu::ComputePassDescriptor { label: Some(label), timestamp_writes: None };
            encoder.begin_compute_pass(&descriptor).forget_lifetime()
        });
        prepared.encode(pass, 0..prepared.commands.len(), step_offset);
    }

    /// Appends a pass of its own.
    pub(super) fn untimed(&mut self, encode: impl FnOnce(&mut wgpu::ComputePass<'_>)) {
        self.timed_pass(None, encode);
    }

    /// Appends a pass of its own between two timestamps, which go to `resolved`.
    pub(super) fn timed(
        &mut self,
        queries: &wgpu::QuerySet,
        resolved: &Buffer,
        encode: impl FnOnce(&mut wgpu::ComputePass<'_>),
    ) {
        let writes = wgpu::ComputePassTimestampWrites {
            query_set: queries,
            beginning_of_pass_write_index: Some(0),
            end_of_pass_write_index: Some(1),
        };
        self.timed_pass(Some(writes), encode);
        self.encoder.resolve_query_set(queries, 0..2, resolved.raw(), 0);
    }

    fn timed_pass(
        &mut self,
        timestamp_writes: Option<wgpu::ComputePassTimestampWrites<'_>>,
        encode: impl FnOnce(&mut wgpu::ComputePass<'_>),
    ) {
        self.pass = None;
        let descriptor = wgpu::ComputePassDescriptor { label: Some(self.label), timestamp_writes };
        encode(&mut self.encoder.begin_compute_pass(&descriptor));
    }

    /// Appends a copy of `bytes` bytes.
    pub fn copy(&mut self, from: &Buffer, from_offset: u64, to: &Buffer, to_offset: u64, bytes: u64) {
        self.pass = None;
        self.encoder.copy_buffer_to_buffer(from.raw(), from_offset, to.raw(), to_offset, bytes);
    }

    /// Sends all of it to the device, which begins at once. [`Readback::receive`](super::Readback::receive) waits
    /// for what comes back.
    pub fn submit(mut self) -> Result<Submitted, GpuError> {
        self.pass = None;
        self.gpu.fault_of_submission(self.label)?;
        self.gpu.check_alive()?;
        let Self { gpu, encoder, label, .. } = self;
        let (index, error) = gpu.catch(|| gpu.queue().submit(std::iter::once(encoder.finish())));
        match error {
            Some(error) => Err(gpu.refused(label, None, &error)),
            None => gpu.check_alive().map(|()| Submitted { index }),
        }
    }
}
