//! The blocked kernels: each invocation owns several pixels and channels, so that a load serves many products.

use super::Conv2d;
use crate::gpu::{Kernel, kernel};
use crate::ops::{Activation, KernelChoice};

kernel! {
    /// The geometry and the block of an invocation; all blocked kernels take it, each uses its part.
    struct Blocked([file]) {
        input_rows: u32,
        input_columns: u32,
        input_channels: u32,
        output_rows: u32,
        output_columns: u32,
        output_channels: u32,
        window_rows: u32,
        window_columns: u32,
        stride_rows: u32,
        stride_columns: u32,
        dilation_rows: u32,
        dilation_columns: u32,
        before_rows: u32,
        before_columns: u32,
        block_images: u32,
        block_rows: u32,
        block_columns: u32,
        channels: u32,
        vectors: u32,
        pool_rows: u32,
        pool_columns: u32,
        bias: bool,
        activation: u32,
    }
}

/// What an invocation owns, a subgroup of them, or a workgroup: a tile of a product's rows and columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    /// Images that its rows are of, in equal parts; for subgroups.
    pub(super) images: usize,
    /// Rows of pixels; of taps, for the gradient of the kernel by subgroups.
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Input channels, for the gradient of the kernel.
    pub(super) channels: usize,
    /// Channels by four.
    pub(super) vectors: usize,
    /// The window of the max pooling at its end, or of the one with whose gradient it begins, rows and columns; 1 by 1 for
    /// none.
    pub(super) pool: [usize; 2],
}

/// The max pooling at the end of a forward pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pool {
    /// Its window, rows and columns; 1 by 1 for none.
    pub(super) window: [usize; 2],
    /// Whether the winners are kept, for the gradient.
    pub(super) winners: bool,
}

impl Pool {
    /// No pooling.
    pub(super) const NONE: Self = Self { window: [1, 1], winners: false };

    /// Which of three kernels it takes: without pooling, with it, and with its winners.
    pub(super) fn of(self, [plain, pooled, winners]: [&'static str; 3]) -> &'static str {
        match self {
            Self { window: [1, 1], .. } => plain,
            Self { winners: false, .. } => pooled,
            Self { winners: true, .. } => winners,
        }
    }
}

/// A block with the shader that computes it, and how many invocations it takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blocks {
    pub(super) file: &'static str,
    pub(super) block: Block,
    /// Of the whole pass; of one part, where its sums come in parts.
    pub(super) invocations: usize,
}

impl Block {
    pub(super) fn kernel(self, op: Conv2d, file: &'static str, bias: bool, activation: Activation) -> Kernel {
        let (down, across) = (op.window.rows, op.window.columns);
        Blocked {
            file,
            input_rows: down.input as u32,
            input_columns: across.input as u32,
            input_channels: op.input_channels as u32,
            output_rows: down.output as u32,
            output_columns: across.output as u32,
            output_channels: op.output_channels as u32,
            window_rows: down.window as u32,
            window_columns: across.window as u32,
            stride_rows: down.stride as u32,
            stride_columns: across.stride as u32,
            dilation_rows: down.dilation as u32,
            dilation_columns: across.dilation as u32,
            before_rows: down.before as u32,
            before_columns: across.before as u32,
            block_images: self.images as u32,
            block_rows: self.rows as u32,
            block_columns: self.columns as u32,
            channels: self.channels as u32,
            vectors: self.vectors as u32,
            pool_rows: self.pool[0] as u32,
            pool_columns: self.pool[1] as u32,
            bias,
            activation: activation.number(),
        }
        .into()
    }

    /// The block over rows of `columns` pixels and `channels` channels, of about `pixels` pixels in at most `most_rows` rows,
    /// which hold whole windows of `pool` pixels; `None` for a naive choice, for channels that are no multiple of four, and
    /// where the taps across do not lie side by side or their piece of a row, or a window, does not fit into registers.
    pub(super) fn choose(
        op: Conv2d,
        choice: KernelChoice,
        pixels: usize,
        most_rows: usize,
        columns: usize,
        channels: usize,
        pool: [usize; 2],
    ) -> Option<Self> {
        if choice == KernelChoice::Naive {
            return None;
        }
        let vectors = match channels {
            c if c.is_multiple_of(8) => 2,
            c if c.is_multiple_of(4) => 1,
            _ => return None,
        };
        let across = op.window.columns;
        if across.dilation != 1 || across.window > LARGEST_WINDOW {
            return None;
        }
        // The widest piece of a row that stays in registers tells how many pixels a block may have.
        let widest = (LARGEST_PIECE - across.window) / across.stride + 1;
        // As few blocks as cover the row, of equal width, so that few pixels are wasted; and whole windows of the pooling.
        let whole = |pixels: usize, window: usize| Some(pixels / window * window).filter(|whole| *whole > 0);
        let most_columns = whole((pixels / pool[0]).min(widest), pool[1])?;
        let block_columns = columns.div_ceil(columns.div_ceil(most_columns)).next_multiple_of(pool[1]);
        let piece = (block_columns - 1) * across.stride + across.window;
        let rows = (pixels / block_columns).min(LARGEST_PIECE / piece).max(1).min(most_rows);
        Some(Self { images: 1, rows: whole(rows, pool[0])?, columns: block_columns, channels: 1, vectors, pool })
    }
}

/// The widest window across: the gradient of the kernel keeps a sum for each tap, and writes out so many.
const LARGEST_WINDOW: usize = 7;

/// The largest piece of the input that stays in registers, in pixels.
const LARGEST_PIECE: usize = 32;
