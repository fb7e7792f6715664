// What conv2d's gradient of the input by tiles multiplies, one channel at a time: any number of input and output channels.
// use: conv2d_tile_input
// use: activation_of_one
// use: tile_columns_of_one
// use: tile_left_scalars
// use: tile_right_scalars
@group(0) @binding(2) var<storage, read> kernel: array<f32>; // (window rows, window columns, input channels, output channels)

fn left_value(row: u32, term: u32, end: u32) -> f32 {
    let pixel = output_pixel(row, term / OUTPUT_CHANNELS);
    let value = output_gradient(pixel, term % OUTPUT_CHANNELS);
    return select(0.0, value, pixel != NO_PIXEL && row < rows() && term < end);
}

fn right_value(column: u32, term: u32, end: u32) -> f32 {
    return select(0.0, kernel[weight_place(column, term)], term < end && column < COLUMNS);
}
