// The input of conv2d's forward pass by tiles, for input channels that are a multiple of 4.
// use: conv2d_tile_forward
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>; // (batch, input rows, input columns, input channels / 4)

// Four input channels of what a row sees.
fn input_vector(row: u32, term: u32, end: u32) -> vec4<f32> {
    let pixel = input_pixel(pixel_of_row(row), term / INPUT_CHANNELS);
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
