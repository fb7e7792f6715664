// NaN by its bits: an implementation may assume that there is none, and compare accordingly.
fn is_nan(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

// Infinite or NaN: all bits of the exponent are set.
fn is_finite(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}

// A NaN. The text may not hold one as a constant, so the payload comes from any number known only when it runs.
fn nan_f32(payload: u32) -> f32 {
    return bitcast<f32>(0x7fc00000u | (payload & 0xffu));
}
