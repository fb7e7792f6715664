// dkernel[ky, kx, ci, co] = sum over n, oy, ox of x[n, iy, ix, ci] * dout[n, oy, ox, co]
// where iy = oy * stride + ky * dilation - before, ix likewise; outside the picture x is 0.
// By tiles as common/tile.wgsl says, one input and one output channel at a time.
// use: conv2d_tile_kernel
@group(0) @binding(1) var<storage, read> x: array<f32>; // (batch, input rows, input columns, input channels)
@group(0) @binding(2) var<storage, read> dout: array<f32>; // (batch, output rows, output columns, output channels)
@group(0) @binding(3) var<storage, read_write> sums_out: array<f32>; // (parts, window rows, window columns, input channels, output channels)

fn input_value(row: u32, term: u32, end: u32) -> f32 {
    let pixel = input_pixel(term, row / INPUT_CHANNELS);
    let value = x[pixel * INPUT_CHANNELS + row % INPUT_CHANNELS];
    return select(0.0, value, pixel != NO_PIXEL && row < ROWS && term < end);
}

fn input_values(row: u32, term: u32, end: u32) -> vec4<f32> {
    return vec4<f32>(
        input_value(row, term, end),
        input_value(row + 1u, term, end),
        input_value(row + 2u, term, end),
        input_value(row + 3u, term, end),
    );
}

fn fetch_left(row: u32, term: u32, end: u32) -> mat4x4<f32> {
    return mat4x4<f32>(
        input_values(row, term, end),
        input_values(row, term + 1u, end),
        input_values(row, term + 2u, end),
        input_values(row, term + 3u, end),
    );
}

fn output_value(column: u32, term: u32, end: u32) -> f32 {
    return select(0.0, dout[term * COLUMNS + column], term < end && column < COLUMNS);
}

fn output_values(column: u32, term: u32, end: u32) -> vec4<f32> {
    return vec4<f32>(
        output_value(column, term, end),
        output_value(column + 1u, term, end),
        output_value(column + 2u, term, end),
        output_value(column + 3u, term, end),
    );
}

fn fetch_right(column: u32, term: u32, end: u32) -> mat4x4<f32> {
    return mat4x4<f32>(
        output_values(column, term, end),
        output_values(column, term + 1u, end),
        output_values(column, term + 2u, end),
        output_values(column, term + 3u, end),
    );
}

fn store_one(part: u32, row: u32, column: u32, sum: f32) {
    if row < ROWS && column < COLUMNS {
        sums_out[(part * ROWS + row) * COLUMNS + column] = sum;
    }
}

fn store(part: u32, row: u32, column: u32, sums: vec4<f32>) {
    store_one(part, row, column, sums.x);
    store_one(part, row, column + 1u, sums.y);
    store_one(part, row, column + 2u, sums.z);
    store_one(part, row, column + 3u, sums.w);
}
