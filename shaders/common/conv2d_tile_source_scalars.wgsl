// The input of conv2d's forward pass by tiles, one channel at a time: any number of input channels.
// use: conv2d_tile_forward
// use: tile_left_scalars
@group(0) @binding(1) var<storage, read> x: array<f32>; // (batch, input rows, input columns, input channels)

fn left_value(row: u32, term: u32, end: u32) -> f32 {
    let pixel = input_pixel(pixel_of_row(row), term / INPUT_CHANNELS);
    let value = x[pixel * INPUT_CHANNELS + term % INPUT_CHANNELS];
    return select(0.0, value, pixel != NO_PIXEL && row < rows() && term < end);
}
