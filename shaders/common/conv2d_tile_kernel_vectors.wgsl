// What conv2d's gradient of the kernel by tiles multiplies, for input and output channels that are multiples of 4.
// use: conv2d_tile_kernel
// use: tile_columns_of_four
// use: vector_of_four
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>; // (batch, input rows, input columns, input channels / 4)

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
    return select(vec4<f32>(0.0), output_gradient(term, column), term < end && column < COLUMNS);
}

fn fetch_right(column: u32, term: u32, end: u32) -> mat4x4<f32> {
    return mat4x4<f32>(
        output_vector(column, term, end),
        output_vector(column, term + 1u, end),
        output_vector(column, term + 2u, end),
        output_vector(column, term + 3u, end),
    );
}
