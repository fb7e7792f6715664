// out[r] = labels[order[first_sample + r]]
// use: index
// use: step
struct Params {
    batch: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<uniform> step: Step;
@group(0) @binding(2) var<storage, read> labels: array<u32>; // (samples)
@group(0) @binding(3) var<storage, read> order: array<u32>; // (samples of the epoch)
@group(0) @binding(4) var<storage, read_write> out: array<u32>; // (batch)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = linear_index(workgroup, workgroups, local);
    if row >= params.batch {
        return;
    }
    out[row] = labels[order[step.first_sample + row]];
}
