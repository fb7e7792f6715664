// Max pooling's forward pass, in terms of vector_of_one or vector_of_four.
// use: max_pooling2d
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
    out[index] = maximum(index).value;
}
