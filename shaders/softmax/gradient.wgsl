// dx[r, c] = y[r, c] * (dout[r, c] - sum over k of dout[r, k] * y[r, k])
// use: index
struct Params {
    rows: u32,
    classes: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<f32>; // (rows, classes): the forward pass' output
@group(0) @binding(2) var<storage, read> dout: array<f32>; // (rows, classes)
@group(0) @binding(3) var<storage, read_write> dx: array<f32>; // (rows, classes)

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
    var mean = 0.0;
    for (var c = 0u; c < params.classes; c++) {
        mean += dout[first + c] * y[first + c];
    }
    for (var c = 0u; c < params.classes; c++) {
        dx[first + c] = y[first + c] * (dout[first + c] - mean);
    }
}
