// dx, or dz = dx * f'(z) where x = f(z), f being the activation with the number ACTIVATION, unless that is 0: where a
// gradient of the input ends.
// use: activation
@group(0) @binding(3) var<storage, read> x: array<f32>; // (batch, input rows, input columns, input channels), if ACTIVATION is not 0
@group(0) @binding(4) var<storage, read_write> dx: array<f32>; // (batch, input rows, input columns, input channels)

fn store_gradient(place: u32, gradient: f32) {
    if ACTIVATION == 0u {
        dx[place] = gradient;
    } else {
        dx[place] = gradient * derivative_from_output(x[place], params.parameter);
    }
}
