// The kernel of conv2d's forward pass by tiles, for output channels that are a multiple of 4.
// use: conv2d_tile_forward
// use: activation_of_four
// use: tile_columns_of_four
@group(0) @binding(2) var<storage, read> kernel: array<vec4<f32>>; // (window rows, window columns, input channels, output channels / 4)

fn weights(column: u32, term: u32, end: u32) -> vec4<f32> {
    return select(vec4<f32>(0.0), kernel[(term * COLUMNS + column) / 4u], term < end && column < COLUMNS);
}

fn fetch_right(column: u32, term: u32, end: u32) -> mat4x4<f32> {
    return mat4x4<f32>(
        weights(column, term, end),
        weights(column, term + 1u, end),
        weights(column, term + 2u, end),
        weights(column, term + 3u, end),
    );
}
