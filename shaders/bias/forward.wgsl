// out[r, c] = x[r, c] + bias[c]
// use: index
struct Params {
    elements: u32,
    channels: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // (rows, channels)
@group(0) @binding(2) var<storage, read> bias: array<f32>; // (channels)
@group(0) @binding(3) var<storage, read_write> out: array<f32>; // (rows, channels)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local); // over (rows, channels)
    if index >= params.elements {
        return;
    }
    out[index] = x[index] + bias[index % params.channels];
}
