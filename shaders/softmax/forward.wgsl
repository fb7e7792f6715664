// out[r, c] = exp(x[r, c]) / sum over k of exp(x[r, k])
// use: index
// use: softmax
struct Params {
    rows: u32,
    classes: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // (rows, classes)
@group(0) @binding(2) var<storage, read_write> out: array<f32>; // (rows, classes)

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
    let first = row * params.classes;
    let softmax = softmax_of_row(first, params.classes);
    for (var c = 0u; c < params.classes; c++) {
        out[first + c] = exp(x[first + c] - softmax.largest) / softmax.sum;
    }
}
