// How a window slides over a picture (shape.rs), set by the host as constants (ops/window.rs), so that no division is by
// a number that the compiler does not know. Along each axis tap t of output o looks at input
// o * stride + t * dilation - before.
struct Axis {
    input: u32,
    output: u32,
    window: u32,
    stride: u32,
    dilation: u32,
    before: u32,
}
const ROWS = Axis(INPUT_ROWS, OUTPUT_ROWS, WINDOW_ROWS, STRIDE_ROWS, DILATION_ROWS, BEFORE_ROWS);
const COLUMNS = Axis(INPUT_COLUMNS, OUTPUT_COLUMNS, WINDOW_COLUMNS, STRIDE_COLUMNS, DILATION_COLUMNS, BEFORE_COLUMNS);

// The input that tap `tap` of output `o` looks at. Before the first input it wraps around to a number that no picture
// reaches, so that `< axis.input` tells the real inputs from the padding.
fn input_of(axis: Axis, o: u32, tap: u32) -> u32 {
    return o * axis.stride + tap * axis.dilation - axis.before;
}

// How many outputs look at one input, at most.
fn most_outputs(axis: Axis) -> u32 {
    return (axis.window - 1u) * axis.dilation / axis.stride + 1u;
}

struct Look {
    output: u32,
    tap: u32,
    // Whether there is such an output.
    real: bool,
}

// The output that is number `j` < most_outputs(axis), from the last one backwards, of those that may look at input `i`,
// and the tap with which it does.
fn look_at(axis: Axis, i: u32, j: u32) -> Look {
    let place = i + axis.before;
    // Wraps around below 0.
    let output = place / axis.stride - j;
    let distance = place % axis.stride + j * axis.stride;
    let tap = distance / axis.dilation;
    return Look(output, tap, output < axis.output && tap < axis.window && distance % axis.dilation == 0u);
}

// How many taps of output `o` look at real inputs.
fn real_taps(axis: Axis, o: u32) -> u32 {
    let start = o * axis.stride;
    let first = (max(axis.before, start) - start + axis.dilation - 1u) / axis.dilation;
    let end = min((axis.input + axis.before - start + axis.dilation - 1u) / axis.dilation, axis.window);
    return end - first;
}
