// softmax(x)[c] = exp(x[c] - largest) / sum, where sum = sum over k of exp(x[k] - largest): no exp overflows. Where there
// is a NaN the sum is NaN, by the bits: not every driver has the exponential of NaN be NaN.
// use: nan
struct Softmax {
    largest: f32,
    sum: f32,
}

// Of the `classes` elements of the binding `x` that begin at `first`.
fn softmax_of_row(first: u32, classes: u32) -> Softmax {
    var largest = x[first];
    for (var c = 1u; c < classes; c++) {
        largest = max(largest, x[first + c]);
    }
    var sum = 0.0;
    var nan = false;
    for (var c = 0u; c < classes; c++) {
        sum += exp(x[first + c] - largest);
        nan = nan || is_nan(x[first + c]);
    }
    return Softmax(largest, select(sum, nan_f32(first), nan));
}
