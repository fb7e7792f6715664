// s = rho * s + (1 - rho) * g^2
// w -= learning_rate * g / sqrt(s + epsilon)
// use: index
// use: optimizer
@group(0) @binding(5) var<storage, read_write> mean_square: array<vec4<f32>>; // (elements)

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
    let g = clipped_gradient(index);
    let s = params.rho * mean_square[index] + params.one_minus_rho * g * g;
    let w = decayed_weights(index) - step.learning_rate * g / sqrt(s + params.epsilon);
    mean_square[index] = select(mean_square[index], s, inside(index));
    weights[index] = select(weights[index], w, inside(index));
}
