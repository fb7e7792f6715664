// Where a gradient of matmul by blocks stores.
// use: matmul_block
// use: activation_of_four
// use: input_gradient
fn store_vector(row: u32, column: u32, sums: vec4<f32>) {
    store_gradient((row * params.columns + column) / 4u, sums);
}
