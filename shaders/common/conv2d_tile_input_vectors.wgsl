// What conv2d's gradient of the input by tiles multiplies, for input and output channels that are multiples of 4.
// use: conv2d_tile_input
// use: activation_of_four
// use: tile_columns_of_four
@group(0) @binding(2) var<storage, read> kernel: array<vec4<f32>>; // (window rows, window columns, input channels, output channels / 4)

// Four output channels of what sees a row.
fn output_vector(row: u32, term: u32, end: u32) -> vec4<f32> {
    let pixel = output_pixel(row, term / OUTPUT_CHANNELS);
    let value = output_gradient(pixel, term % OUTPUT_CHANNELS);
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
