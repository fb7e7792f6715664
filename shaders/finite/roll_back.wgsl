// kept[i] = state[i] after a step that counts; state[i] = kept[i] where training is halted: what it was before the step.
// use: index
struct Params {
    fours: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> halted: array<u32>; // (1)
@group(0) @binding(2) var<storage, read_write> state: array<vec4<u32>>; // (fours): f32
@group(0) @binding(3) var<storage, read_write> kept: array<vec4<u32>>; // (fours): f32

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local);
    if index >= params.fours {
        return;
    }
    if halted[0] != 0u {
        state[index] = kept[index];
    } else {
        kept[index] = state[index];
    }
}
