// out[n, oy, ox, co] = f(bias[co] + sum over ky, kx, ci of x[n, iy, ix, ci] * kernel[ky, kx, ci, co])
// where iy = oy * stride + ky * dilation - before, ix likewise; outside the picture x is 0.
// By tiles as common/tile.wgsl says, for input and output channels that are multiples of 4.
// use: conv2d_tile_forward_vectors
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>; // (batch, input rows, input columns, input channels / 4)

// Four input channels of what a row sees.
fn input_vector(row: u32, term: u32, end: u32) -> vec4<f32> {
    let pixel = input_pixel(row, term / INPUT_CHANNELS);
    let value = x[(pixel * INPUT_CHANNELS + term % INPUT_CHANNELS) / 4u];
    return select(vec4<f32>(0.0), value, pixel != NO_PIXEL && row < rows() && term < end);
}

fn fetch_left(row: u32, term: u32, end: u32) -> mat4x4<f32> {
    return transpose(mat4x4<f32>(
        input_vector(row, term, end),
        input_vector(row + 1u, term, end),
        input_vector(row + 2u, term, end),
        input_vector(row + 3u, term, end),
    ));
}
