// Conv2d's gradient of the input by subgroups, for stride 1 and no dilation: the target is the input, the source the
// output, over four output channels at a time. In terms of activation_of_one or activation_of_four.
// use: conv2d_subgroup_vectors
// use: input_gradient
struct Params {
    batch: u32,
    parameter: f32, // of the activation
}
@group(0) @binding(0) var<uniform> params: Params;

const TARGET_ROWS: u32 = INPUT_ROWS;
const SOURCE_COLUMNS: u32 = OUTPUT_COLUMNS;
const SOURCE_CHANNELS: u32 = OUTPUT_CHANNELS;
const TARGET_COLUMNS: u32 = INPUT_COLUMNS;
const TARGET_VECTORS: u32 = INPUT_CHANNELS / WIDTH;
// The output that looks at an input with the last tap stands this far to its left; may wrap around below 0.
const LAST_TAP: u32 = WINDOW_COLUMNS - 1u;
const FIRST_COLUMN: u32 = select(0xffffffffu - (BEFORE_COLUMNS - LAST_TAP) + 1u, LAST_TAP - BEFORE_COLUMNS, LAST_TAP >= BEFORE_COLUMNS);

// The first pixel of the row of dout that looks with tap `ky` at the block's row `r`; NO_ROW outside the output.
fn source_row(block: Block, r: u32, ky: u32) -> u32 {
    // Wraps around below 0, to a number that no picture reaches.
    let oy = block.row + r % ROWS_EACH + BEFORE_ROWS - ky;
    return select(NO_ROW, first_pixel(block, r, oy, OUTPUT_ROWS, OUTPUT_COLUMNS), oy < OUTPUT_ROWS && is_row(block, r));
}

// The first row of taps with which the output looks at any row of the block.
fn first_tap(block: Block) -> u32 {
    return max(block.row + BEFORE_ROWS + 1u, OUTPUT_ROWS) - OUTPUT_ROWS;
}

// One more than the last one.
fn end_tap(block: Block) -> u32 {
    return min(block.row + ROWS_EACH + BEFORE_ROWS, WINDOW_ROWS);
}

// Where the weights of the target's channel `channel` and of the first output channel stand in the kernel; from the
// left the last tap comes first.
fn first_weight(ky: u32, kx: u32, channel: u32) -> u32 {
    return ((ky * WINDOW_COLUMNS + LAST_TAP - kx) * INPUT_CHANNELS + channel) * OUTPUT_CHANNELS;
}

fn store_segment(block: Block, shift: Floats, sums: ptr<function, Sums>, s: u32) {
    let r = s / ROW_SEGMENTS;
    let first = first_pixel(block, r, block.row + r % ROWS_EACH, INPUT_ROWS, INPUT_COLUMNS);
    for (var i = 0u; i < LANES; i++) {
        let column = block.column + s % ROW_SEGMENTS * LANES + i;
        if owns(s, i) && is_row(block, r) && column < INPUT_COLUMNS && block.vector < TARGET_VECTORS {
            store_gradient((first + column) * TARGET_VECTORS + block.vector, (*sums)[s * LANES + i] + shift);
        }
    }
}

fn store(block: Block, sums: ptr<function, Sums>) {
    store_segments(block, Floats(0.0), sums);
}
