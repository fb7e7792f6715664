// dx, or dz = dx * f'(z) where x = f(z), as common/input_gradient.wgsl, four channels at a time.
// use: activation
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>; // (batch, input rows, input columns, input channels / 4), if ACTIVATION is not 0
@group(0) @binding(4) var<storage, read_write> dx: array<vec4<f32>>; // (batch, input rows, input columns, input channels / 4)

fn store_gradient(place: u32, gradient: vec4<f32>) {
    if ACTIVATION == 0u {
        dx[place] = gradient;
    } else {
        dx[place] = gradient * derivatives_from_output(x[place], params.parameter);
    }
}
