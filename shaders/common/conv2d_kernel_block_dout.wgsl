// The output's gradient as the blocked kernels of conv2d's gradient of the kernel fetch it.
// use: conv2d_kernel_block
@group(0) @binding(2) var<storage, read> dout: array<vec4<f32>>; // (batch, output rows, output columns, output channels / 4)

// Pixels `column`.. of row `row` of dout, 0 past the row's end.
fn fetch_dout(row: u32, column: u32, vector: u32) -> Pixels {
    var pixels: Pixels;
    for (var p = 0u; p < BLOCK_COLUMNS; p++) {
        for (var v = 0u; v < VECTORS; v++) {
            let value = dout[(row * OUTPUT_COLUMNS + column + p) * OUTPUT_VECTORS + vector + v];
            pixels[p][v] = select(vec4<f32>(0.0), value, column + p < OUTPUT_COLUMNS);
        }
    }
    return pixels;
}
