// The right operand of common/tile.wgsl and the product one value at a time. A pass says what right_value(column, term, end)
// is, 0 past the last column and from the term `end` on, and store_one(part, row, column, sum), for a row and a column of
// the product. The loop and the array are there for what tile_left_scalars says.
fn right_values(column: u32, term: u32, end: u32) -> vec4<f32> {
    return vec4<f32>(
        right_value(column, term, end),
        right_value(column + 1u, term, end),
        right_value(column + 2u, term, end),
        right_value(column + 3u, term, end),
    );
}

fn fetch_right(column: u32, term: u32, end: u32) -> mat4x4<f32> {
    var values: array<vec4<f32>, 4>;
    for (var t = 0u; t < 4u; t++) {
        values[t] = right_values(column, term + t, end);
    }
    return mat4x4<f32>(values[0], values[1], values[2], values[3]);
}

fn store_within(part: u32, row: u32, column: u32, sum: f32) {
    if row < rows() && column < COLUMNS {
        store_one(part, row, column, sum);
    }
}

fn store(part: u32, row: u32, column: u32, sums: vec4<f32>) {
    store_within(part, row, column, sums.x);
    store_within(part, row, column + 1u, sums.y);
    store_within(part, row, column + 2u, sums.z);
    store_within(part, row, column + 3u, sums.w);
}
