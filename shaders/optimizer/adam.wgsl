// m += (g - m) * (1 - beta_1)
// v += (g^2 - v) * (1 - beta_2)
// w -= learning_rate * sqrt(1 - beta_2^t) / (1 - beta_1^t) * m / (sqrt(v) + epsilon)
// use: index
// use: optimizer
@group(0) @binding(5) var<storage, read_write> mean: array<vec4<f32>>; // (elements)
@group(0) @binding(6) var<storage, read_write> mean_square: array<vec4<f32>>; // (elements)

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
    let m = mean[index] + (g - mean[index]) * params.one_minus_beta_1;
    let v = mean_square[index] + (g * g - mean_square[index]) * params.one_minus_beta_2;
    let rate = step.learning_rate * step.bias_correction;
    let w = decayed_weights(index) - rate * m / (sqrt(v) + params.epsilon);
    mean[index] = select(mean[index], m, inside(index));
    mean_square[index] = select(mean_square[index], v, inside(index));
    weights[index] = select(weights[index], w, inside(index));
}
