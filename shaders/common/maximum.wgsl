// The largest of values that come one after the other, and which it was, for each channel of vector_of_one or
// vector_of_four.
// use: nan_of_channels
struct Maximum {
    value: Floats,
    tap: Words,
}

// `best`, or `value` with the number `tap`, which comes after it: the first maximum wins, before it the first NaN. At
// first there is no best one.
fn next_maximum(best: Maximum, value: Floats, tap: u32, first: bool) -> Maximum {
    // Step by step: naga's GLSL repeats the operands of a vector's `|` and `&` for each component.
    let larger = (value > best.value) | is_nan(value);
    let better = !is_nan(best.value) & larger;
    let wins = Bools(first) | better;
    return Maximum(select(best.value, value, wins), select(best.tap, Words(tap), wins));
}
