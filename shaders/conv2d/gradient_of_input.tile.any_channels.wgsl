// dx[n, iy, ix, ci] = sum over ky, kx, co of dout[n, oy, ox, co] * kernel[ky, kx, ci, co]
// over the outputs that look at the input: oy * stride = iy + before - ky * dilation, ox likewise.
// By tiles as common/tile.wgsl says, one input and one output channel at a time.
// Where x = f(z), that times f'(z) (common/input_gradient.wgsl).
// use: conv2d_tile_input
// use: activation_of_one
// use: input_gradient
// use: tile_left_scalars
// use: tile_right_scalars
@group(0) @binding(1) var<storage, read> dout: array<f32>; // (batch, output rows, output columns, output channels)
@group(0) @binding(2) var<storage, read> kernel: array<f32>; // (window rows, window columns, input channels, output channels)

fn left_value(row: u32, term: u32, end: u32) -> f32 {
    let pixel = output_pixel(row, term / OUTPUT_CHANNELS);
    let value = dout[pixel * OUTPUT_CHANNELS + term % OUTPUT_CHANNELS];
    return select(0.0, value, pixel != NO_PIXEL && row < rows() && term < end);
}

fn right_value(column: u32, term: u32, end: u32) -> f32 {
    return select(0.0, kernel[weight_place(column, term)], term < end && column < COLUMNS);
}

fn store_one(part: u32, row: u32, column: u32, sum: f32) {
    store_gradient(row * COLUMNS + column, sum);
}
