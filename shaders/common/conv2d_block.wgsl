// What the blocked kernels of conv2d's forward pass share: an invocation owns BLOCK_ROWS rows of BLOCK_COLUMNS
// neighbouring pixels and VECTORS * 4 channels of the output. It fetches the piece of an input row under its pixels
// once for all taps across, and a kernel vector once for all its pixels. Neighbouring invocations own neighbouring
// channels. Rows are counted through the whole batch, image by image, so that small pictures fill a block too.
// use: index
// use: activation_of_four
struct Params {
    batch: u32,
    parameter: f32, // of the activation
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> kernel: array<vec4<f32>>; // (window rows, window columns, input channels, output channels / 4)
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>; // (output channels / 4) if BIAS

const OUTPUT_VECTORS: u32 = OUTPUT_CHANNELS / 4u;
const VECTOR_BLOCKS: u32 = OUTPUT_VECTORS / VECTORS;
const COLUMN_BLOCKS: u32 = (OUTPUT_COLUMNS + BLOCK_COLUMNS - 1u) / BLOCK_COLUMNS;
// The piece of an input row under the block's pixels.
const PIECE: u32 = (BLOCK_COLUMNS - 1u) * STRIDE_COLUMNS + WINDOW_COLUMNS;
// Whether a tap can fall outside the picture's columns: in the padding, or under pixels past the output's edge.
const MASK_COLUMNS: bool = (COLUMN_BLOCKS * BLOCK_COLUMNS - 1u) * STRIDE_COLUMNS + WINDOW_COLUMNS > INPUT_COLUMNS
    || BEFORE_COLUMNS > 0u;

alias Sums = array<array<array<vec4<f32>, VECTORS>, BLOCK_COLUMNS>, BLOCK_ROWS>;

struct Block {
    row: u32, // the first, of batch * output rows
    column: u32, // the first
    vector: u32, // the first, of the output channels by four
}

fn block_at(index: u32) -> Block {
    let vector = index % VECTOR_BLOCKS * VECTORS;
    let column = index / VECTOR_BLOCKS % COLUMN_BLOCKS * BLOCK_COLUMNS;
    let row = index / VECTOR_BLOCKS / COLUMN_BLOCKS * BLOCK_ROWS;
    return Block(row, column, vector);
}

// The first pixel of the input row that tap `ky` of output row `row` looks at; NO_ROW outside the picture.
const NO_ROW: u32 = 0xffffffffu;
fn source_row(row: u32, ky: u32) -> u32 {
    // Wraps around below 0, to a number that no picture reaches.
    let y = row % OUTPUT_ROWS * STRIDE_ROWS + ky * DILATION_ROWS - BEFORE_ROWS;
    let first = (row / OUTPUT_ROWS * INPUT_ROWS + y) * INPUT_COLUMNS;
    return select(NO_ROW, first, y < INPUT_ROWS && row < params.batch * OUTPUT_ROWS);
}
