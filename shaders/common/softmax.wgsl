// softmax(x)[c] = exp(x[c] - largest) / sum, where sum = sum over k of exp(x[k] - largest): no exp overflows.
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
    for (var c = 0u; c < classes; c++) {
        sum += exp(x[first + c] - largest);
    }
    return Softmax(largest, sum);
}
