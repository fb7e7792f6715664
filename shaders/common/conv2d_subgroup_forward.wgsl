// What the subgroup kernels of conv2d's forward pass share: the target is the output, the source the input. What
// becomes of a segment's sums at the end is for conv2d_subgroup_store or conv2d_subgroup_pool to say. In terms of
// activation_of_one or activation_of_four.
// use: conv2d_subgroup
struct Params {
    batch: u32,
    parameter: f32, // of the activation
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> kernel: array<Floats>; // (window rows, window columns, input channels, output channels / WIDTH)
@group(0) @binding(3) var<storage, read> bias: array<Floats>; // (output channels / WIDTH) if BIAS

const TARGET_ROWS: u32 = OUTPUT_ROWS;
const SOURCE_COLUMNS: u32 = INPUT_COLUMNS;
const TARGET_COLUMNS: u32 = OUTPUT_COLUMNS;
const TARGET_VECTORS: u32 = OUTPUT_CHANNELS / WIDTH;
const FIRST_COLUMN: u32 = BEFORE_COLUMNS;

// The first pixel of the input row that tap `ky` of the block's row `r` looks at; NO_ROW outside the picture.
fn source_row(block: Block, r: u32, ky: u32) -> u32 {
    // Wraps around below 0, to a number that no picture reaches.
    let y = (block.row + r % ROWS_EACH) * STRIDE_ROWS + ky * DILATION_ROWS - BEFORE_ROWS;
    return select(NO_ROW, first_pixel(block, r, y, INPUT_ROWS, INPUT_COLUMNS), y < INPUT_ROWS && is_row(block, r));
}

// The first row of taps that looks at the picture from any row of the block.
fn first_tap(block: Block) -> u32 {
    let last = (block.row + ROWS_EACH - 1u) * STRIDE_ROWS;
    return (max(BEFORE_ROWS, last) - last + DILATION_ROWS - 1u) / DILATION_ROWS;
}

// One more than the last one.
fn end_tap(block: Block) -> u32 {
    let end = INPUT_ROWS + BEFORE_ROWS;
    return min((end - min(block.row * STRIDE_ROWS, end) + DILATION_ROWS - 1u) / DILATION_ROWS, WINDOW_ROWS);
}

fn store(block: Block, sums: ptr<function, Sums>) {
    var shift = Floats(0.0);
    if BIAS {
        shift = bias[block.vector];
    }
    store_segments(block, shift, sums);
}
