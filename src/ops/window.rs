//! A window's geometry as shaders take it.

use crate::shape::Window;

/// `struct Window` of `shaders/common/window.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct WindowParams {
    input: [u32; 2],
    output: [u32; 2],
    window: [u32; 2],
    stride: [u32; 2],
    dilation: [u32; 2],
    before: [u32; 2],
}

impl From<Window> for WindowParams {
    fn from(window: Window) -> Self {
        let Window { rows, columns } = window;
        let pair = |row: usize, column: usize| [row as u32, column as u32];
        Self {
            input: pair(rows.input, columns.input),
            output: pair(rows.output, columns.output),
            window: pair(rows.window, columns.window),
            stride: pair(rows.stride, columns.stride),
            dilation: pair(rows.dilation, columns.dilation),
            before: pair(rows.before, columns.before),
        }
    }
}
