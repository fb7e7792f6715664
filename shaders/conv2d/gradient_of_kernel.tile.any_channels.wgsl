// dkernel[ky, kx, ci, co] = sum over n, oy, ox of x[n, iy, ix, ci] * dout[n, oy, ox, co]
// where iy = oy * stride + ky * dilation - before, ix likewise; outside the picture x is 0.
// By tiles as common/tile.wgsl says, one input and one output channel at a time.
// use: conv2d_tile_kernel
// use: tile_left_scalars
// use: tile_right_scalars
@group(0) @binding(1) var<storage, read> x: array<f32>; // (batch, input rows, input columns, input channels)
@group(0) @binding(2) var<storage, read> dout: array<f32>; // (batch, output rows, output columns, output channels)
@group(0) @binding(3) var<storage, read_write> sums_out: array<f32>; // (parts, window rows, window columns, input channels, output channels)

fn left_value(row: u32, term: u32, end: u32) -> f32 {
    let pixel = input_pixel(term, row / INPUT_CHANNELS);
    let value = x[pixel * INPUT_CHANNELS + row % INPUT_CHANNELS];
    return select(0.0, value, pixel != NO_PIXEL && row < rows() && term < end);
}

fn right_value(column: u32, term: u32, end: u32) -> f32 {
    return select(0.0, dout[term * COLUMNS + column], term < end && column < COLUMNS);
}

fn store_one(part: u32, row: u32, column: u32, sum: f32) {
    sums_out[(part * ROWS + row) * COLUMNS + column] = sum;
}
