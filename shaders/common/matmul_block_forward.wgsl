// Where matmul's forward pass by blocks stores.
// use: matmul_block
// use: activation_of_four
// use: output_of_sums
@group(0) @binding(4) var<storage, read_write> out: array<vec4<f32>>; // (parts, rows, columns / 4)

fn store_vector(row: u32, column: u32, sums: vec4<f32>) {
    out[(row * params.columns + column) / 4u] = output(column, sums);
}
