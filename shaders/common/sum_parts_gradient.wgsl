// Where a gradient of the input in parts stores.
// use: sum_parts_rows
// use: input_gradient
fn store_row(row: u32, column: u32, sum: Floats) {
    store_gradient((row * COLUMNS + column) / WIDTH, sum);
}
