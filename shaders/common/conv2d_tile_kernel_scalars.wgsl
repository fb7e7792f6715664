// What conv2d's gradient of the kernel by tiles multiplies, one channel at a time: any number of input and output channels.
// use: conv2d_tile_kernel
// use: tile_columns_of_one
// use: tile_left_scalars
// use: tile_right_scalars
// use: vector_of_one
@group(0) @binding(2) var<storage, read> x: array<f32>; // (batch, input rows, input columns, input channels)

fn left_value(row: u32, term: u32, end: u32) -> f32 {
    let pixel = input_pixel(term, row / INPUT_CHANNELS);
    let value = x[pixel * INPUT_CHANNELS + row % INPUT_CHANNELS];
    return select(0.0, value, pixel != NO_PIXEL && row < rows() && term < end);
}

fn right_value(column: u32, term: u32, end: u32) -> f32 {
    return select(0.0, output_gradient(term, column), term < end && column < COLUMNS);
}
