// Kernel and output of conv2d's forward pass by tiles, for output channels that are a multiple of 4.
// use: conv2d_tile_forward
// use: activation_of_four
@group(0) @binding(2) var<storage, read> kernel: array<vec4<f32>>; // (window rows, window columns, input channels, output channels / 4)
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>; // (output channels / 4) if BIAS
@group(0) @binding(4) var<storage, read_write> out: array<vec4<f32>>; // (batch, output rows, output columns, output channels / 4)

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

fn store(part: u32, row: u32, column: u32, sums: vec4<f32>) {
    if row < rows() && column < COLUMNS {
        var shift = vec4<f32>(0.0);
        if BIAS {
            shift = bias[column / 4u];
        }
        out[(row * COLUMNS + column) / 4u] = activate_each(sums + shift, params.parameter);
    }
}
