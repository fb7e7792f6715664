// out[i, j] = f(bias[j] + sum over l of a[i, l] * b[l, j]), by blocks (common/matmul_block.wgsl).
// use: index
// use: matmul_block_forward
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>; // (rows, terms / 4)
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
    let term_vectors = params.terms / 4u;
    let column_vectors = params.columns / 4u;
    let last = params.rows - 1u;
    var sums = mat4x4<f32>();
    let terms = terms_of(block) / 4u;
    var l = terms.x;
    loop {
        // Columns of the left factor: four terms of each row.
        let left = mat4x4<f32>(
            a[block.row * term_vectors + l],
            a[min(block.row + 1u, last) * term_vectors + l],
            a[min(block.row + 2u, last) * term_vectors + l],
            a[min(block.row + 3u, last) * term_vectors + l],
        );
        let first = l * 4u * column_vectors + block.vector;
        let right = mat4x4<f32>(
            b[first],
            b[first + column_vectors],
            b[first + 2u * column_vectors],
            b[first + 3u * column_vectors],
        );
        sums += right * left;
        l++;
        if l >= terms.y {
            break;
        }
    }
    store(block, sums);
}
