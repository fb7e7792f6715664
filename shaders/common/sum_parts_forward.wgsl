// Where a forward pass in parts stores, without max pooling.
// use: sum_parts_rows
// use: output_of_sums
@group(0) @binding(4) var<storage, read_write> out: array<Floats>; // (rows, COLUMNS / WIDTH)

fn store_row(row: u32, column: u32, sum: Floats) {
    out[(row * COLUMNS + column) / WIDTH] = output(column, sum);
}
