// Where conv2d's forward pass by tiles stores.
// use: conv2d_tile_forward
// use: tile_store
@group(0) @binding(4) var<storage, read_write> out: array<Floats>; // (batch, output rows, output columns, output channels / WIDTH)

fn store(part: u32, row: u32, column: u32, sums: Floats) {
    out[(row * COLUMNS + column) / WIDTH] = output(column, sums);
}
