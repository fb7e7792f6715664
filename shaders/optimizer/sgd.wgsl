// w -= learning_rate * g
// use: index
// use: optimizer

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local); // over fours
    if is_idle(index) {
        return;
    }
    let w = decayed_weights(index) - step.learning_rate * clipped_gradient(index);
    weights[index] = select(weights[index], w, inside(index));
}
