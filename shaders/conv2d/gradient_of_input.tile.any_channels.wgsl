// dx[n, iy, ix, ci] = sum over ky, kx, co of dout[n, oy, ox, co] * kernel[ky, kx, ci, co]
// over the outputs that look at the input: oy * stride = iy + before - ky * dilation, ox likewise.
// By tiles as common/tile.wgsl says, one input and one output channel at a time.
// use: conv2d_tile_input
@group(0) @binding(1) var<storage, read> dout: array<f32>; // (batch, output rows, output columns, output channels)
@group(0) @binding(2) var<storage, read> kernel: array<f32>; // (window rows, window columns, input channels, output channels)
@group(0) @binding(3) var<storage, read_write> dx: array<f32>; // (batch, input rows, input columns, input channels)

fn output_value(row: u32, tap: u32, channel: u32) -> f32 {
    let pixel = output_pixel(row, tap);
    return select(0.0, dout[pixel * OUTPUT_CHANNELS + channel], pixel != NO_PIXEL && row < rows());
}

// Of what sees four rows; zeros past the last term.
fn output_values(row: u32, term: u32, end: u32) -> vec4<f32> {
    let tap = term / OUTPUT_CHANNELS;
    let channel = term % OUTPUT_CHANNELS;
    let values = vec4<f32>(
        output_value(row, tap, channel),
        output_value(row + 1u, tap, channel),
        output_value(row + 2u, tap, channel),
        output_value(row + 3u, tap, channel),
    );
    return select(vec4<f32>(0.0), values, term < end);
}

fn fetch_left(row: u32, term: u32, end: u32) -> mat4x4<f32> {
    return mat4x4<f32>(
        output_values(row, term, end),
        output_values(row, term + 1u, end),
        output_values(row, term + 2u, end),
        output_values(row, term + 3u, end),
    );
}

fn weight(column: u32, term: u32, end: u32) -> f32 {
    return select(0.0, kernel[weight_place(column, term)], term < end && column < COLUMNS);
}

fn weights(column: u32, term: u32, end: u32) -> vec4<f32> {
    return vec4<f32>(
        weight(column, term, end),
        weight(column + 1u, term, end),
        weight(column + 2u, term, end),
        weight(column + 3u, term, end),
    );
}

fn fetch_right(column: u32, term: u32, end: u32) -> mat4x4<f32> {
    return mat4x4<f32>(
        weights(column, term, end),
        weights(column, term + 1u, end),
        weights(column, term + 2u, end),
        weights(column, term + 3u, end),
    );
}

fn store_one(row: u32, column: u32, sum: f32) {
    if row < rows() && column < COLUMNS {
        dx[row * COLUMNS + column] = sum;
    }
}

fn store(part: u32, row: u32, column: u32, sums: vec4<f32>) {
    store_one(row, column, sums.x);
    store_one(row, column + 1u, sums.y);
    store_one(row, column + 2u, sums.z);
    store_one(row, column + 3u, sums.w);
}
