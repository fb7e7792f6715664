// The left operand of common/tile.wgsl one value at a time. A pass says what left_value(row, term, end) is: 0 past the
// last row and from the term `end` on.
//
// A loop over the four terms, not all sixteen values written out, with which SwiftShader was not done compiling after ten
// minutes. It fills an array, since Direct3D's older compiler cannot write a column of a matrix that a variable names.
fn left_values(row: u32, term: u32, end: u32) -> vec4<f32> {
    return vec4<f32>(
        left_value(row, term, end),
        left_value(row + 1u, term, end),
        left_value(row + 2u, term, end),
        left_value(row + 3u, term, end),
    );
}

fn fetch_left(row: u32, term: u32, end: u32) -> mat4x4<f32> {
    var values: array<vec4<f32>, 4>;
    for (var t = 0u; t < 4u; t++) {
        values[t] = left_values(row, term + t, end);
    }
    return mat4x4<f32>(values[0], values[1], values[2], values[3]);
}
