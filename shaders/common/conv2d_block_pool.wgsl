// The end of conv2d's forward pass by blocks: bias, activation, and max pooling by windows of POOL_ROWS by POOL_COLUMNS
// pixels that lie side by side and are whole. A block holds whole windows: BLOCK_ROWS and BLOCK_COLUMNS are multiples of
// their extents.
// use: conv2d_block
// use: vector_of_four

fn store(block: Block, sums: ptr<function, Sums>) {
    for (var v = 0u; v < VECTORS; v++) {
        var shift = vec4<f32>(0.0);
        if BIAS {
            shift = bias[block.vector + v];
        }
        for (var r = 0u; r < BLOCK_ROWS; r += POOL_ROWS) {
            let row = block.row + r;
            for (var p = 0u; p < BLOCK_COLUMNS; p += POOL_COLUMNS) {
                let column = block.column + p;
                if row < params.batch * OUTPUT_ROWS && column < OUTPUT_COLUMNS {
                    var best = Maximum(vec4<f32>(0.0), vec4<u32>(0u));
                    for (var ky = 0u; ky < POOL_ROWS; ky++) {
                        for (var kx = 0u; kx < POOL_COLUMNS; kx++) {
                            let sum = (*sums)[r + ky][p + kx][v];
                            let value = activate_each(sum + shift, params.parameter);
                            best = next_maximum(best, value, ky * POOL_COLUMNS + kx, ky + kx == 0u);
                        }
                    }
                    let target_pixel = row / POOL_ROWS * (OUTPUT_COLUMNS / POOL_COLUMNS) + column / POOL_COLUMNS;
                    store_pooled(target_pixel * OUTPUT_VECTORS + block.vector + v, best);
                }
            }
        }
    }
}
