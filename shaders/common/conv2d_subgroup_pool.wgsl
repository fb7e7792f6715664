// The end of conv2d's forward pass by subgroups: bias, activation, and max pooling by windows of POOL_ROWS by POOL_COLUMNS
// pixels that lie side by side and are whole. A block holds whole windows: ROWS_EACH and BLOCK_COLUMNS are multiples of
// their extents, and so is the number of pixels of a segment.
// use: conv2d_subgroup_forward

fn store_segment(block: Block, shift: Floats, sums: ptr<function, Sums>, s: u32) {
    // The rows of a window are so many segments apart.
    let r = s / ROW_SEGMENTS;
    if r % POOL_ROWS == 0u {
        let row = (block.row + r % ROWS_EACH) / POOL_ROWS;
        let first = first_pixel(block, r, row, OUTPUT_ROWS / POOL_ROWS, OUTPUT_COLUMNS / POOL_COLUMNS);
        for (var i = 0u; i < LANES; i += POOL_COLUMNS) {
            let column = block.column + s % ROW_SEGMENTS * LANES + i;
            if owns(s, i) && is_row(block, r) && column < OUTPUT_COLUMNS && block.vector < TARGET_VECTORS {
                var best = Maximum(Floats(0.0), Words(0u));
                for (var ky = 0u; ky < POOL_ROWS; ky++) {
                    for (var kx = 0u; kx < POOL_COLUMNS; kx++) {
                        let value = activate_each((*sums)[(s + ky * ROW_SEGMENTS) * LANES + i + kx] + shift, params.parameter);
                        best = next_maximum(best, value, ky * POOL_COLUMNS + kx, ky + kx == 0u);
                    }
                }
                let target_pixel = first + column / POOL_COLUMNS;
                store_pooled(target_pixel * TARGET_VECTORS + block.vector, best);
            }
        }
    }
}
