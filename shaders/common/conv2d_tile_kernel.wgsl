// Conv2d's gradient of the kernel by tiles, in terms of vector_of_one or vector_of_four: rows are the taps and input
// channels, terms the output's pixels, columns the output channels. The sum is in parts, each of so many rows of the
// output, counted through the batch.
// use: conv2d_tile
// use: tile_store
struct Params {
    batch: u32,
    rows_per_part: u32,
    parts: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read_write> sums_out: array<Floats>; // (parts, window rows, window columns, input channels, output channels / WIDTH)

const ROWS: u32 = TAPS * INPUT_CHANNELS;
const COLUMNS: u32 = OUTPUT_CHANNELS;
const LEFT_ALONG_TERMS: bool = false;
const RIGHT_ALONG_TERMS: bool = false;

fn rows() -> u32 {
    return ROWS;
}

fn parts() -> u32 {
    return params.parts;
}

fn terms(part: u32) -> vec2<u32> {
    let first_row = part * params.rows_per_part;
    let end_row = min(first_row + params.rows_per_part, params.batch * OUTPUT_ROWS);
    return vec2(first_row, end_row) * OUTPUT_COLUMNS;
}

fn store(part: u32, row: u32, column: u32, sums: Floats) {
    sums_out[((part * ROWS + row) * COLUMNS + column) / WIDTH] = sums;
}
