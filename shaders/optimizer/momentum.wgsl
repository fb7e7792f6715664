// v = momentum * v - learning_rate * g
// w += v, with NESTEROV w += momentum * v - learning_rate * g
// use: index
// use: optimizer
@group(0) @binding(5) var<storage, read_write> velocity: array<vec4<f32>>; // (elements)

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
    let change = step.learning_rate * clipped_gradient(index);
    let v = params.momentum * velocity[index] - change;
    var w = decayed_weights(index);
    if NESTEROV {
        w += params.momentum * v - change;
    } else {
        w += v;
    }
    velocity[index] = select(velocity[index], v, inside(index));
    weights[index] = select(weights[index], w, inside(index));
}
