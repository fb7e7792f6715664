// out = f(x), four elements per invocation.
// use: index
// use: activation_of_four
struct Params {
    elements: u32,
    parameter: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>; // (elements / 4)
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>; // (elements / 4)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local);
    if index >= params.elements / 4u {
        return;
    }
    out[index] = activate_each(x[index], params.parameter);
}
