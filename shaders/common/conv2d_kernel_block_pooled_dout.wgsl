// The output's gradient as the blocked kernels of conv2d's gradient of the kernel fetch it where the output was pooled by
// windows of POOL_ROWS by POOL_COLUMNS pixels that lie side by side: that of a window goes to its winner. Blocks hold whole
// windows across.
// use: conv2d_kernel_block
@group(0) @binding(2) var<storage, read> dout: array<vec4<f32>>; // (batch, output rows / POOL_ROWS, output columns / POOL_COLUMNS, output channels / 4)
@group(0) @binding(4) var<storage, read> winners: array<vec4<u32>>; // (batch, output rows / POOL_ROWS, output columns / POOL_COLUMNS, output channels / 4)

// Pixels `column`.. of row `row` before the pooling, 0 past the row's end.
fn fetch_dout(row: u32, column: u32, vector: u32) -> Pixels {
    var pixels: Pixels;
    let first = row / POOL_ROWS * (OUTPUT_COLUMNS / POOL_COLUMNS) + column / POOL_COLUMNS;
    for (var w = 0u; w < BLOCK_COLUMNS / POOL_COLUMNS; w++) {
        for (var v = 0u; v < VECTORS; v++) {
            let place = (first + w) * OUTPUT_VECTORS + vector + v;
            let gradient = select(vec4<f32>(0.0), dout[place], column + w * POOL_COLUMNS < OUTPUT_COLUMNS);
            let winner = winners[place];
            for (var kx = 0u; kx < POOL_COLUMNS; kx++) {
                let wins = winner == vec4<u32>(row % POOL_ROWS * POOL_COLUMNS + kx);
                pixels[w * POOL_COLUMNS + kx][v] = select(vec4<f32>(0.0), gradient, wins);
            }
        }
    }
    return pixels;
}
