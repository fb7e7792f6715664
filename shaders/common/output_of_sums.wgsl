// out = f(bias + sum): what a product's sums become, in terms of activation_of_one or activation_of_four.
@group(0) @binding(3) var<storage, read> bias: array<Floats>; // (columns / WIDTH) if BIAS

// The outputs of a row from `column` on.
fn output(column: u32, sums: Floats) -> Floats {
    var shift = Floats(0.0);
    if BIAS {
        shift = bias[column / WIDTH];
    }
    return activate_each(sums + shift, params.parameter);
}
