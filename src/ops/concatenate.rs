//! `to[r, to_offset + c] = from[r, from_offset + c]`: one input's part of a concatenation, or of its gradient.

use crate::gpu::{Dispatch, Recording, View, kernel};

kernel! {
    /// One copied element per invocation.
    struct Copy("concatenate/copy_channels") {}
}

/// Copies neighbouring channels of every row from one tensor to another.
///
/// Concatenation along the channels copies each input to its place in the output (`from_offset` 0); the gradient of an
/// input copies that place of `dout` back (`to_offset` 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyChannels {
    /// The number of rows: for pictures batch * height * width.
    pub rows: usize,
    /// The channels of the tensor that is read.
    pub from_channels: usize,
    /// The first channel to read.
    pub from_offset: usize,
    /// The channels of the tensor that is written.
    pub to_channels: usize,
    /// The first channel to write; those outside the copied ones stay as they are.
    pub to_offset: usize,
    /// The number of channels to copy.
    pub channels: usize,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    rows: u32,
    from_channels: u32,
    from_offset: u32,
    to_channels: u32,
    to_offset: u32,
    channels: u32,
}

impl CopyChannels {
    /// Appends `to[r, to_offset + c] = from[r, from_offset + c]` for c < channels; `from` of shape (rows,
    /// from_channels), `to` of shape (rows, to_channels). They must not share a buffer.
    pub fn record(self, recording: &mut Recording, label: &str, from: View, to: View) {
        let params = Params {
            rows: self.rows as u32,
            from_channels: self.from_channels as u32,
            from_offset: self.from_offset as u32,
            to_channels: self.to_channels as u32,
            to_offset: self.to_offset as u32,
            channels: self.channels as u32,
        };
        recording.dispatch(Dispatch {
            label: format!("{label}: copy of channels"),
            kernel: Copy {}.into(),
            params: bytemuck::bytes_of(&params),
            bindings: &[("source", from), ("destination", to)],
            invocations: self.rows * self.channels,
        });
    }
}
