// What the subgroup kernels of conv2d's gradient of the kernel share. A subgroup owns, for one part of the batch's rows,
// some taps and input channels and 32 output channels, each lane four of them. It walks along its rows BLOCK_COLUMNS output
// pixels, at most 16, at a time. Each lane fetches its channels of them, as
// conv2d_subgroup_dout or conv2d_subgroup_pooled_dout says; the pixels of the input stand one per lane.
//
// The sums are divided into groups, GROUPS of at most 12, each written out in the kernel, since drivers unroll short loops
// only, and a sum must not be indexed by a variable.
// use: subgroup
struct Params {
    batch: u32,
    rows_per_part: u32,
    parts: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read_write> sums_out: array<vec4<f32>>; // (parts, window rows, window columns, input channels, output channels / 4)

const OUTPUT_VECTORS: u32 = OUTPUT_CHANNELS / 4u;
const VECTOR_BLOCKS: u32 = (OUTPUT_VECTORS + LANES - 1u) / LANES;
// Fetches that the piece of an input row under a block of pixels takes.
const LOADS: u32 = (BLOCK_COLUMNS + WINDOW_COLUMNS - 1u + LANES - 1u) / LANES;

alias Pixels = array<vec4<f32>, 2u * LANES>;

// The first pixel of the row of x that tap `ky` of output row `row` looks at; NO_ROW outside the picture.
const NO_ROW: u32 = 0xffffffffu;
fn source_row(row: u32, ky: u32) -> u32 {
    // Wraps around below 0, to a number that no picture reaches.
    let y = row % OUTPUT_ROWS * STRIDE_ROWS + ky * DILATION_ROWS - BEFORE_ROWS;
    return select(NO_ROW, (row / OUTPUT_ROWS * INPUT_ROWS + y) * INPUT_COLUMNS, y < INPUT_ROWS);
}

fn store_sum(part: u32, ky: u32, kx: u32, channel: u32, vector: u32, sum: vec4<f32>) {
    if vector < OUTPUT_VECTORS {
        let tap = ((part * WINDOW_ROWS + ky) * WINDOW_COLUMNS + kx) * INPUT_CHANNELS + channel;
        sums_out[tap * OUTPUT_VECTORS + vector] = sum;
    }
}
