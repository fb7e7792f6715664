// Gives the sums of common/tile.wgsl on, in terms of vector_of_one: one column of four rows at a time. A pass says
// store_four_rows(part, row, column, sums of the row and of the three after it).
fn store_rows(part: u32, row: u32, column: u32, sums: mat4x4<f32>) {
    store_four_rows(part, row, column, sums[0].x, sums[1].x, sums[2].x, sums[3].x);
    store_four_rows(part, row, column + 1u, sums[0].y, sums[1].y, sums[2].y, sums[3].y);
    store_four_rows(part, row, column + 2u, sums[0].z, sums[1].z, sums[2].z, sums[3].z);
    store_four_rows(part, row, column + 3u, sums[0].w, sums[1].w, sums[2].w, sums[3].w);
}
