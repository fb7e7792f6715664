// dx[i, j] = sum over l of a[i, l] * b[j, l]: the gradient of the left factor x. Where x = f(z), that times f'(z).
// By blocks, as common/matmul_block.wgsl says.
// use: index
// use: matmul_block_gradient
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>; // (rows, terms / 4)
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>; // (columns, terms / 4)

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
    let last = params.rows - 1u;
    var sums = mat4x4<f32>();
    let terms = terms_of(block) / 4u;
    var l = terms.x;
    loop {
        let left = mat4x4<f32>(
            a[block.row * term_vectors + l],
            a[min(block.row + 1u, last) * term_vectors + l],
            a[min(block.row + 2u, last) * term_vectors + l],
            a[min(block.row + 3u, last) * term_vectors + l],
        );
        let first = block.vector * 4u * term_vectors + l;
        let right = mat4x4<f32>(
            b[first],
            b[first + term_vectors],
            b[first + 2u * term_vectors],
            b[first + 3u * term_vectors],
        );
        sums += transpose(right) * left;
        l++;
        if l >= terms.y {
            break;
        }
    }
    store(block, sums);
}
