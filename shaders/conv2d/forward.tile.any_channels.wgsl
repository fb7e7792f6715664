// out[n, oy, ox, co] = f(bias[co] + sum over ky, kx, ci of x[n, iy, ix, ci] * kernel[ky, kx, ci, co])
// where iy = oy * stride + ky * dilation - before, ix likewise; outside the picture x is 0.
// By tiles as common/tile.wgsl says, one input and one output channel at a time.
// use: conv2d_tile_forward_channels
@group(0) @binding(2) var<storage, read> kernel: array<f32>; // (window rows, window columns, input channels, output channels)
@group(0) @binding(3) var<storage, read> bias: array<f32>; // (output channels) if BIAS
@group(0) @binding(4) var<storage, read_write> out: array<f32>; // (batch, output rows, output columns, output channels)

fn weight(column: u32, term: u32, end: u32) -> f32 {
    return select(0.0, kernel[term * COLUMNS + column], term < end && column < COLUMNS);
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
        var shift = 0.0;
        if BIAS {
            shift = bias[column];
        }
        out[row * COLUMNS + column] = activate(sum + shift, params.parameter);
    }
}

fn store(part: u32, row: u32, column: u32, sums: vec4<f32>) {
    store_one(row, column, sums.x);
    store_one(row, column + 1u, sums.y);
    store_one(row, column + 2u, sums.z);
    store_one(row, column + 3u, sums.w);
}
