// Where conv2d's forward pass by tiles stores, in the order of its rows: without max pooling, or the sums of parts.
// use: conv2d_tile_forward
// use: tile_store
@group(0) @binding(4) var<storage, read_write> out: array<Floats>; // (parts, rows, output channels / WIDTH); where nothing is pooled, rows are (batch, output rows, output columns)

fn store(part: u32, row: u32, column: u32, sums: Floats) {
    out[((part * rows() + row) * COLUMNS + column) / WIDTH] = output(column, sums);
}
