// dx[n, iy, ix, ci] = sum over ky, kx, co of dout[n, oy, ox, co] * kernel[ky, kx, ci, co]
// over the outputs that look at the input: oy * stride = iy + before - ky * dilation, ox likewise.
// By tiles as common/tile.wgsl says, for input and output channels that are multiples of 4.
// Where x = f(z), that times f'(z) (common/input_gradient.wgsl).
// use: conv2d_tile_input
// use: activation_of_four
// use: input_gradient
@group(0) @binding(1) var<storage, read> dout: array<vec4<f32>>; // (batch, output rows, output columns, output channels / 4)
@group(0) @binding(2) var<storage, read> kernel: array<vec4<f32>>; // (window rows, window columns, input channels, output channels / 4)

// Four output channels of what sees a row.
fn output_vector(row: u32, term: u32, end: u32) -> vec4<f32> {
    let pixel = output_pixel(row, term / OUTPUT_CHANNELS);
    let value = dout[(pixel * OUTPUT_CHANNELS + term % OUTPUT_CHANNELS) / 4u];
    return select(vec4<f32>(0.0), value, pixel != NO_PIXEL && row < rows() && term < end);
}

fn fetch_left(row: u32, term: u32, end: u32) -> mat4x4<f32> {
    return transpose(mat4x4<f32>(
        output_vector(row, term, end),
        output_vector(row + 1u, term, end),
        output_vector(row + 2u, term, end),
        output_vector(row + 3u, term, end),
    ));
}

fn weights(column: u32, term: u32, end: u32) -> vec4<f32> {
    return select(vec4<f32>(0.0), kernel[weight_place(column, term) / 4u], term < end && column < COLUMNS);
}

fn fetch_right(column: u32, term: u32, end: u32) -> mat4x4<f32> {
    return transpose(mat4x4<f32>(
        weights(column, term, end),
        weights(column + 1u, term, end),
        weights(column + 2u, term, end),
        weights(column + 3u, term, end),
    ));
}

fn store(part: u32, row: u32, column: u32, sums: vec4<f32>) {
    if row < rows() && column < COLUMNS {
        store_gradient((row * COLUMNS + column) / 4u, sums);
    }
}
