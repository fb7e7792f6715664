// The left operand of common/tile.wgsl one value at a time. A pass says what left_value(row, term, end) is: 0 past the last
// row and from the term `end` on.
fn left_values(row: u32, term: u32, end: u32) -> vec4<f32> {
    return vec4<f32>(
        left_value(row, term, end),
        left_value(row + 1u, term, end),
        left_value(row + 2u, term, end),
        left_value(row + 3u, term, end),
    );
}

fn fetch_left(row: u32, term: u32, end: u32) -> mat4x4<f32> {
    return mat4x4<f32>(
        left_values(row, term, end),
        left_values(row, term + 1u, end),
        left_values(row, term + 2u, end),
        left_values(row, term + 3u, end),
    );
}
