// dx, or dz = dx * f'(z) where x = f(z), f being the activation with the number ACTIVATION, unless that is 0: where a
// gradient ends; that of a kernel has no activation. In terms of activation_of_one or activation_of_four.
@group(0) @binding(3) var<storage, read> x: array<Floats>; // (rows, columns / WIDTH) if ACTIVATION is not 0
@group(0) @binding(4) var<storage, read_write> dx: array<Floats>; // (parts, rows, columns / WIDTH), of a picture (batch, input rows, input columns, input channels / WIDTH)

fn store_gradient(place: u32, gradient: Floats) {
    if ACTIVATION == 0u {
        dx[place] = gradient;
    } else {
        dx[place] = gradient * derivatives_from_output(x[place], params.parameter);
    }
}
