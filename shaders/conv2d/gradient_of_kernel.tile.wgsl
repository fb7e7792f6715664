// dkernel[ky, kx, ci, co] = sum over n, oy, ox of x[n, iy, ix, ci] * dout[n, oy, ox, co]
// where iy = oy * stride + ky * dilation - before, ix likewise; outside the picture x is 0.
// By tiles as common/tile.wgsl says, for input and output channels that are multiples of 4.
// use: conv2d_tile_kernel
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>; // (batch, input rows, input columns, input channels / 4)
@group(0) @binding(2) var<storage, read> dout: array<vec4<f32>>; // (batch, output rows, output columns, output channels / 4)
@group(0) @binding(3) var<storage, read_write> sums_out: array<vec4<f32>>; // (parts, window rows, window columns, input channels, output channels / 4)

// Four input channels of what an output pixel sees with a tap.
fn input_vector(row: u32, term: u32, end: u32) -> vec4<f32> {
    let pixel = input_pixel(term, row / INPUT_CHANNELS);
    let value = x[(pixel * INPUT_CHANNELS + row % INPUT_CHANNELS) / 4u];
    return select(vec4<f32>(0.0), value, pixel != NO_PIXEL && row < ROWS && term < end);
}

fn fetch_left(row: u32, term: u32, end: u32) -> mat4x4<f32> {
    return mat4x4<f32>(
        input_vector(row, term, end),
        input_vector(row, term + 1u, end),
        input_vector(row, term + 2u, end),
        input_vector(row, term + 3u, end),
    );
}

fn output_vector(column: u32, term: u32, end: u32) -> vec4<f32> {
    return select(vec4<f32>(0.0), dout[(term * COLUMNS + column) / 4u], term < end && column < COLUMNS);
}

fn fetch_right(column: u32, term: u32, end: u32) -> mat4x4<f32> {
    return mat4x4<f32>(
        output_vector(column, term, end),
        output_vector(column, term + 1u, end),
        output_vector(column, term + 2u, end),
        output_vector(column, term + 3u, end),
    );
}

fn store(part: u32, row: u32, column: u32, sums: vec4<f32>) {
    if row < ROWS && column < COLUMNS {
        sums_out[((part * ROWS + row) * COLUMNS + column) / 4u] = sums;
    }
}
