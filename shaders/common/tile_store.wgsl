// The end of common/tile.wgsl's product row by row, in terms of vector_of_one or vector_of_four. A pass says
// store(part, row, column, sums), for WIDTH columns of a row of the product.
fn store_within(part: u32, row: u32, column: u32, sums: Floats) {
    if row < rows() && column < COLUMNS {
        store(part, row, column, sums);
    }
}

fn store_four_rows(part: u32, row: u32, column: u32, first: Floats, second: Floats, third: Floats, fourth: Floats) {
    store_within(part, row, column, first);
    store_within(part, row + 1u, column, second);
    store_within(part, row + 2u, column, third);
    store_within(part, row + 3u, column, fourth);
}
