// What the subgroup kernels of conv2d's forward pass share: the target is the output, the source the input.
// use: activation
// use: conv2d_subgroup
struct Params {
    batch: u32,
    parameter: f32, // of the activation
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> kernel: array<vec4<f32>>; // (window rows, window columns, input channels, output channels / 4)
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>; // (output channels / 4) if BIAS
@group(0) @binding(4) var<storage, read_write> out: array<vec4<f32>>; // (batch, output rows, output columns, output channels / 4)

const SOURCE_COLUMNS: u32 = INPUT_COLUMNS;
const TARGET_COLUMNS: u32 = OUTPUT_COLUMNS;
const TARGET_VECTORS: u32 = OUTPUT_CHANNELS / 4u;
const FIRST_COLUMN: u32 = BEFORE_COLUMNS;

// The first pixel of the input row that tap `ky` of output row `row` looks at; NO_ROW outside the picture.
fn source_row(row: u32, ky: u32) -> u32 {
    // Wraps around below 0, to a number that no picture reaches.
    let y = row % OUTPUT_ROWS * STRIDE_ROWS + ky * DILATION_ROWS - BEFORE_ROWS;
    let first = (row / OUTPUT_ROWS * INPUT_ROWS + y) * INPUT_COLUMNS;
    return select(NO_ROW, first, y < INPUT_ROWS && row < params.batch * OUTPUT_ROWS);
}

fn activate_vector(x: vec4<f32>) -> vec4<f32> {
    let p = params.parameter;
    return vec4<f32>(activate(x.x, p), activate(x.y, p), activate(x.z, p), activate(x.w, p));
}

fn store_segment(block: Block, shift: vec4<f32>, sums: ptr<function, Sums>, s: u32) {
    let row = block.row + s / ROW_SEGMENTS;
    for (var i = 0u; i < LANES; i++) {
        let column = block.column + s % ROW_SEGMENTS * LANES + i;
        if owns(s, i) && row < params.batch * OUTPUT_ROWS && column < OUTPUT_COLUMNS && block.vector < TARGET_VECTORS {
            out[(row * OUTPUT_COLUMNS + column) * TARGET_VECTORS + block.vector] = activate_vector((*sums)[s * LANES + i] + shift);
        }
    }
}

fn store(block: Block, sums: ptr<function, Sums>) {
    var shift = vec4<f32>(0.0);
    if BIAS {
        shift = bias[block.vector];
    }
    store_segment(block, shift, sums, 0u);
    if SEGMENTS > 1u {
        store_segment(block, shift, sums, 1u);
    }
    if SEGMENTS > 2u {
        store_segment(block, shift, sums, 2u);
    }
    if SEGMENTS > 3u {
        store_segment(block, shift, sums, 3u);
    }
    if SEGMENTS > 4u {
        store_segment(block, shift, sums, 4u);
    }
    if SEGMENTS > 5u {
        store_segment(block, shift, sums, 5u);
    }
    if SEGMENTS > 6u {
        store_segment(block, shift, sums, 6u);
    }
    if SEGMENTS > 7u {
        store_segment(block, shift, sums, 7u);
    }
}
