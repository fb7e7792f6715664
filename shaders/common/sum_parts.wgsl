// The second step of a product whose sums over its terms were cut into parts: what its two forms share, for WIDTH of the
// COLUMNS columns at a time. In terms of activation_of_one or activation_of_four.
// use: index
struct Params {
    rows: u32,
    parts: u32,
    parameter: f32, // of the activation
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sums: array<Floats>; // (parts, rows, COLUMNS / WIDTH)

const COLUMN_VECTORS: u32 = COLUMNS / WIDTH;

fn rows() -> u32 {
    return params.rows;
}
