// ring[slot, m] = sum over r of row_metrics[r, m], in their order: the sum of the losses, and the correct answers.
// use: index
// use: step
struct Params {
    rows: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<uniform> step: Step;
@group(0) @binding(2) var<storage, read> row_metrics: array<f32>; // (rows, 2)
@group(0) @binding(3) var<storage, read_write> ring: array<f32>; // (slots, 2)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let metric = linear_index(workgroup, workgroups, local);
    if metric >= 2u {
        return;
    }
    var sum = 0.0;
    for (var row = 0u; row < params.rows; row++) {
        sum += row_metrics[2u * row + metric];
    }
    ring[2u * step.slot + metric] = sum;
}
