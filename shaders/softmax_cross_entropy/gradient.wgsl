// dlogits[r, c] = (softmax(x[r])[c] - target[c]) / rows: the gradient of the mean loss.
// use: index
// use: softmax_cross_entropy
@group(0) @binding(4) var<storage, read_write> dlogits: array<f32>; // (rows, classes)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = linear_index(workgroup, workgroups, local);
    if row >= params.rows {
        return;
    }
    let softmax = softmax_of_row(row * params.classes, params.classes);
    for (var c = 0u; c < params.classes; c++) {
        dlogits[row * params.classes + c] = gradient_of_logit(row, c, softmax);
    }
}
