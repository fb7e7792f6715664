// dx = dout * f'(x)
// use: index
// use: activation
struct Params {
    elements: u32,
    parameter: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> saved: array<f32>; // (elements): f(x) if FROM_OUTPUT, else x
@group(0) @binding(2) var<storage, read> dout: array<f32>; // (elements)
@group(0) @binding(3) var<storage, read_write> dx: array<f32>; // (elements)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local);
    if index >= params.elements {
        return;
    }
    var derivative: f32;
    if FROM_OUTPUT {
        derivative = derivative_from_output(saved[index], params.parameter);
    } else {
        derivative = derivative_from_input(saved[index], params.parameter);
    }
    dx[index] = dout[index] * derivative;
}
