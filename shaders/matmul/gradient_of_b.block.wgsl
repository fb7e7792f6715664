// dx[i, j] = sum over l of a[l, i] * b[l, j], by blocks (common/matmul_block.wgsl): the gradient of the right factor.
// The rows are a multiple of 4 here, the terms need not be.
// use: index
// use: matmul_block_gradient
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>; // (terms, rows / 4)
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>; // (terms, columns / 4)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let block = block_at(linear_index(workgroup, workgroups, local));
    if !block.inside {
        return;
    }
    let row_vectors = params.rows / 4u;
    let column_vectors = params.columns / 4u;
    var sums = mat4x4<f32>();
    let terms = terms_of(block);
    var l = terms.x;
    loop {
        let left = a[l * row_vectors + block.row / 4u];
        let right = b[l * column_vectors + block.vector];
        sums += mat4x4<f32>(right * left.x, right * left.y, right * left.z, right * left.w);
        l++;
        if l >= terms.y {
            break;
        }
    }
    store(block, sums);
}
