// The activation and its derivative of one channel, for what is written in terms of activation_of_one or
// activation_of_four.
// use: activation
// use: vector_of_one
fn activate_each(x: Floats, parameter: f32) -> Floats {
    return activate(x, parameter);
}

// f'(x) from y = f(x).
fn derivatives_from_output(y: Floats, parameter: f32) -> Floats {
    return derivative_from_output(y, parameter);
}
