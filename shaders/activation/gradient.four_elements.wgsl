// dx = dout * f'(x), four elements per invocation.
// use: index
// use: activation
struct Params {
    elements: u32,
    parameter: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> saved: array<vec4<f32>>; // (elements / 4): f(x) if FROM_OUTPUT, else x
@group(0) @binding(2) var<storage, read> dout: array<vec4<f32>>; // (elements / 4)
@group(0) @binding(3) var<storage, read_write> dx: array<vec4<f32>>; // (elements / 4)

fn derivative(saved: f32) -> f32 {
    if FROM_OUTPUT {
        return derivative_from_output(saved, params.parameter);
    }
    return derivative_from_input(saved, params.parameter);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local);
    if index >= params.elements / 4u {
        return;
    }
    let x = saved[index];
    dx[index] = dout[index] * vec4<f32>(derivative(x.x), derivative(x.y), derivative(x.z), derivative(x.w));
}
