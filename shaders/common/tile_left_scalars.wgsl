// The left operand of common/tile.wgsl one value at a time. A pass says what left_value(row, term, end) is: 0 past the last
// row and from the term `end` on. What the values take is written out for one term, not for all four: that kept SwiftShader
// compiling for more than a quarter of an hour.
fn left_values(row: u32, term: u32, end: u32) -> vec4<f32> {
    return vec4<f32>(
        left_value(row, term, end),
        left_value(row + 1u, term, end),
        left_value(row + 2u, term, end),
        left_value(row + 3u, term, end),
    );
}

fn fetch_left(row: u32, term: u32, end: u32) -> mat4x4<f32> {
    var values: mat4x4<f32>;
    for (var t = 0u; t < 4u; t++) {
        values[t] = left_values(row, term + t, end);
    }
    return values;
}
