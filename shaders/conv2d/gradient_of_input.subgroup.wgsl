// dx[n, iy, ix, ci] = sum over ky, kx, co of dout[n, iy + before - ky, ix + before - kx, co] * kernel[ky, kx, ci, co]
// for stride 1 and no dilation; outside the output dout is 0.
// By subgroups as common/conv2d_subgroup.wgsl says: the target is the input, the source the output.
// Where x = f(z), that times f'(z) (common/input_gradient.wgsl).
// use: conv2d_subgroup_vectors
// use: input_gradient_vectors
struct Params {
    batch: u32,
    parameter: f32, // of the activation
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dout: array<vec4<f32>>; // (batch, output rows, output columns, output channels / 4)
@group(0) @binding(2) var<storage, read> kernel: array<vec4<f32>>; // (window rows, window columns, input channels, output channels / 4)

const TARGET_ROWS: u32 = INPUT_ROWS;
const SOURCE_COLUMNS: u32 = OUTPUT_COLUMNS;
const SOURCE_VECTORS: u32 = OUTPUT_CHANNELS / 4u;
const TARGET_COLUMNS: u32 = INPUT_COLUMNS;
const TARGET_VECTORS: u32 = INPUT_CHANNELS / 4u;
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

fn fetch_source(pixel: u32, vector: u32) -> vec4<f32> {
    return dout[pixel * SOURCE_VECTORS + vector];
}

// The weights of four output channels; from the left the last tap comes first.
fn fetch_weights(ky: u32, kx: u32, vector: u32, target_vector: u32) -> Weights {
    let tap = ((ky * WINDOW_COLUMNS + LAST_TAP - kx) * INPUT_CHANNELS + target_vector * 4u) * SOURCE_VECTORS + vector;
    let a = kernel[tap];
    let b = kernel[tap + SOURCE_VECTORS];
    let c = kernel[tap + 2u * SOURCE_VECTORS];
    let d = kernel[tap + 3u * SOURCE_VECTORS];
    return Weights(
        vec4<f32>(a.x, b.x, c.x, d.x),
        vec4<f32>(a.y, b.y, c.y, d.y),
        vec4<f32>(a.z, b.z, c.z, d.z),
        vec4<f32>(a.w, b.w, c.w, d.w),
    );
}

fn store_segment(block: Block, shift: vec4<f32>, sums: ptr<function, Sums>, s: u32) {
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
    store_segments(block, vec4<f32>(0.0), sums);
}
