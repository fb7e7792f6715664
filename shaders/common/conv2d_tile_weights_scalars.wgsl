// The kernel of conv2d's forward pass by tiles, one channel at a time: any number of output channels.
// use: conv2d_tile_forward
// use: activation_of_one
// use: tile_columns_of_one
// use: tile_right_scalars
@group(0) @binding(2) var<storage, read> kernel: array<f32>; // (window rows, window columns, input channels, output channels)

fn right_value(column: u32, term: u32, end: u32) -> f32 {
    return select(0.0, kernel[term * COLUMNS + column], term < end && column < COLUMNS);
}
