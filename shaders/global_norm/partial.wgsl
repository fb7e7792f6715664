// partial[p] = sum of x[i]^2 over i = p, p + parts, p + 2 parts, ...
// use: index
struct Params {
    elements: u32,
    parts: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // (elements)
@group(0) @binding(2) var<storage, read_write> partial: array<f32>; // (parts)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let part = linear_index(workgroup, workgroups, local);
    if part >= params.parts {
        return;
    }
    var sum = 0.0;
    for (var index = part; index < params.elements; index += params.parts) {
        sum += x[index] * x[index];
    }
    partial[part] = sum;
}
