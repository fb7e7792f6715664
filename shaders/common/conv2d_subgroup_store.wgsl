// The end of conv2d's forward pass by subgroups: bias, activation.
// use: conv2d_subgroup_forward
@group(0) @binding(4) var<storage, read_write> out: array<Floats>; // (batch, output rows, output columns, output channels / WIDTH)

fn store_segment(block: Block, shift: Floats, sums: ptr<function, Sums>, s: u32) {
    let r = s / ROW_SEGMENTS;
    let first = first_pixel(block, r, block.row + r % ROWS_EACH, OUTPUT_ROWS, OUTPUT_COLUMNS);
    for (var i = 0u; i < LANES; i++) {
        let column = block.column + s % ROW_SEGMENTS * LANES + i;
        if owns(s, i) && is_row(block, r) && column < OUTPUT_COLUMNS && block.vector < TARGET_VECTORS {
            out[(first + column) * TARGET_VECTORS + block.vector] = activate_each((*sums)[s * LANES + i] + shift, params.parameter);
        }
    }
}
