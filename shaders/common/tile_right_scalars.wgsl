// The right operand of common/tile.wgsl one value at a time. A pass says what right_value(column, term, end) is: 0 past the
// last column and from the term `end` on. The loop and the array are there for what tile_left_scalars says.
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
