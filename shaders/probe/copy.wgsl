// out = x, four numbers at a time: how fast the device can read and write
// use: index
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>; // (invocations)
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>; // (invocations)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local);
    if index < INVOCATIONS {
        out[index] = x[index];
    }
}
