// out[n, oy, ox, co] = f(bias[co] + sum over ky, kx, ci of x[n, iy, ix, ci] * kernel[ky, kx, ci, co])
// where iy = oy * stride + ky * dilation - before, ix likewise; outside the picture x is 0.
// By tiles as common/tile.wgsl says, one input and one output channel at a time.
// use: conv2d_tile_forward_channels
// use: tile_right_scalars
@group(0) @binding(2) var<storage, read> kernel: array<f32>; // (window rows, window columns, input channels, output channels)
@group(0) @binding(3) var<storage, read> bias: array<f32>; // (output channels) if BIAS
@group(0) @binding(4) var<storage, read_write> out: array<f32>; // (batch, output rows, output columns, output channels)

fn right_value(column: u32, term: u32, end: u32) -> f32 {
    return select(0.0, kernel[term * COLUMNS + column], term < end && column < COLUMNS);
}

fn store_one(part: u32, row: u32, column: u32, sum: f32) {
    var shift = 0.0;
    if BIAS {
        shift = bias[column];
    }
    out[row * COLUMNS + column] = activate(sum + shift, params.parameter);
}
