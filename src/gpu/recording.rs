//! What is to be done, as a list of named commands; plain data until a device executes it.

use super::{Kernel, OFFSET_ALIGNMENT};

/// Invocations per workgroup of every kernel: a multiple of every GPU's subgroup.
pub const WORKGROUP_SIZE: u32 = 64;

/// Workgroups per dimension that every device allows.
const MAX_WORKGROUPS: u64 = 65_535;

/// A range of one of the buffers that a recording will be executed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct View {
    /// The buffer's place in the list given to [`Gpu::prepare`](super::Gpu::prepare).
    pub slot: usize,
    /// The first byte, a multiple of [`OFFSET_ALIGNMENT`].
    pub offset: u64,
    /// The number of bytes.
    pub bytes: u64,
}

/// One dispatch as an op asks for it.
pub struct Dispatch<'a> {
    /// What it does, for traces and error messages.
    pub label: String,
    /// The kernel to run.
    pub kernel: Kernel,
    /// The bytes of the shader's `params`; empty when it has none.
    pub params: &'a [u8],
    /// The shader's storage buffers by their names in the text.
    pub bindings: &'a [(&'static str, View)],
    /// How many invocations are needed; the kernel ignores those beyond.
    pub invocations: usize,
}

/// One recorded command.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// What it belongs to, as [`Recording::enter`] said: a layer's name; empty where nothing was said.
    pub scope: String,
    /// What it does.
    pub label: String,
    /// The kernel it runs.
    pub kernel: Kernel,
    /// The bytes of the shader's `params`.
    pub params: Vec<u8>,
    /// The shader's storage buffers by name.
    pub bindings: Vec<(&'static str, View)>,
    /// Workgroups along x and y; the kernel's index is linear over both.
    pub workgroups: [u32; 2],
    /// The multiply-adds of its formula; 0 where it is no sum of products.
    pub multiply_adds: u64,
}

/// A list of commands in the order in which they run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    commands: Vec<Command>,
    avoided: Vec<String>,
    scope: String,
}

impl Recording {
    /// An empty recording for a device on which these kernels failed, by their paths in `shaders/`.
    pub fn avoiding(kernels: &[String]) -> Self {
        Self { avoided: kernels.to_vec(), ..Self::default() }
    }

    /// An empty recording for the same device.
    pub fn emptied(&self) -> Self {
        Self::avoiding(&self.avoided)
    }

    /// Whether an op may choose this kernel where it has another for the same.
    pub fn may_choose(&self, kernel: &str) -> bool {
        self.avoided.iter().all(|avoided| avoided != kernel)
    }

    /// Appends a dispatch; one without invocations is left out.
    pub fn dispatch(&mut self, dispatch: Dispatch<'_>) {
        self.dispatch_products(0, dispatch);
    }

    /// Appends a dispatch whose formula sums so many products, as [`Recording::dispatch`].
    pub fn dispatch_products(&mut self, multiply_adds: usize, dispatch: Dispatch<'_>) {
        if dispatch.invocations == 0 {
            return;
        }
        self.commands.push(Command {
            scope: self.scope.clone(),
            label: dispatch.label,
            kernel: dispatch.kernel,
            params: dispatch.params.to_vec(),
            bindings: dispatch.bindings.to_vec(),
            workgroups: fold(dispatch.invocations as u64),
            multiply_adds: multiply_adds as u64,
        });
    }

    /// Says what the commands that follow belong to.
    pub fn enter(&mut self, scope: &str) {
        scope.clone_into(&mut self.scope);
    }

    /// The commands in order.
    pub fn commands(&self) -> &[Command] {
        &self.commands
    }

    /// The recording without the commands at these places.
    pub fn without(&self, places: &[usize]) -> Self {
        let left = self.commands.iter().enumerate().filter(|(place, _)| !places.contains(place));
        let commands = left.map(|(_, command)| command.clone()).collect();
        Self { commands, ..self.clone() }
    }

    /// Gives every view another slot.
    pub fn map_slots(&mut self, new_slot: impl Fn(usize) -> usize) {
        for command in &mut self.commands {
            for (_, view) in &mut command.bindings {
                view.slot = new_slot(view.slot);
            }
        }
    }

    /// The bytes of the arena that holds all commands' `params`.
    pub fn parameter_bytes(&self) -> u64 {
        self.commands.iter().map(|command| (command.params.len() as u64).next_multiple_of(OFFSET_ALIGNMENT)).sum()
    }
}

/// The workgroups for so many invocations, folded into two dimensions where one does not hold them.
fn fold(invocations: u64) -> [u32; 2] {
    let groups = invocations.div_ceil(WORKGROUP_SIZE.into());
    let rows = groups.div_ceil(MAX_WORKGROUPS);
    let columns = groups.div_ceil(rows);
    // Both are at most 65,535 for every number of invocations that 32-bit indices can count.
    [columns as u32, rows as u32]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workgroups_beyond_the_limit_of_one_dimension_fold_into_two() {
        assert_eq!(fold(1), [1, 1]);
        assert_eq!(fold(64 * 65_535), [65_535, 1]);
        let [x, y] = fold(64 * 65_535 + 1);
        assert_eq!(y, 2);
        assert!(x <= 65_535 && u64::from(x) * u64::from(y) * 64 > 64 * 65_535);
        let [x, y] = fold(u32::MAX.into());
        assert!(x <= 65_535 && y <= 65_535);
    }
}
