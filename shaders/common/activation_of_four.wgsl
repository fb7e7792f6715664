// The activation and its derivative of four neighbouring channels.
// use: activation
// use: vector_of_four
fn activate_each(x: Floats, parameter: f32) -> Floats {
    return Floats(
        activate(x.x, parameter),
        activate(x.y, parameter),
        activate(x.z, parameter),
        activate(x.w, parameter),
    );
}

// f'(x) from y = f(x).
fn derivatives_from_output(y: Floats, parameter: f32) -> Floats {
    return Floats(
        derivative_from_output(y.x, parameter),
        derivative_from_output(y.y, parameter),
        derivative_from_output(y.z, parameter),
        derivative_from_output(y.w, parameter),
    );
}
