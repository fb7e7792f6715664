// out = a + b
// use: index
struct Params {
    elements: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>; // (elements)
@group(0) @binding(2) var<storage, read> b: array<f32>; // (elements)
@group(0) @binding(3) var<storage, read_write> out: array<f32>; // (elements)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local);
    if index >= params.elements {
        return;
    }
    out[index] = a[index] + b[index];
}
