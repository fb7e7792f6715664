// Gives the sums of common/tile.wgsl on, in terms of vector_of_four: four columns of four rows at a time. A pass says
// store_four_rows(part, row, column, sums of the row and of the three after it).
fn store_rows(part: u32, row: u32, column: u32, sums: mat4x4<f32>) {
    store_four_rows(part, row, column, sums[0], sums[1], sums[2], sums[3]);
}
