// Max pooling's forward pass that keeps the winners, in terms of vector_of_one or vector_of_four.
// use: max_pooling2d
@group(0) @binding(3) var<storage, read_write> winners: array<Words>; // (batch, output rows, output columns, channels / WIDTH)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local); // over out
    if index >= params.elements {
        return;
    }
    let best = maximum(index);
    out[index] = best.value;
    winners[index] = best.tap;
}
