// Conv2d's forward pass by tiles, in terms of activation_of_one or activation_of_four: rows are the output's pixels, terms
// the taps and input channels, columns the output channels. The pixels of a window of POOL_ROWS by POOL_COLUMNS are
// neighbouring rows; such windows cover the output whole.
// use: conv2d_tile
struct Params {
    batch: u32,
    parameter: f32, // of the activation
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> bias: array<Floats>; // (output channels / WIDTH) if BIAS

const ALL_TERMS: u32 = TAPS * INPUT_CHANNELS;
const COLUMNS: u32 = OUTPUT_CHANNELS;
const LEFT_ALONG_TERMS: bool = true;
const RIGHT_ALONG_TERMS: bool = false;
const POOL_PIXELS: u32 = POOL_ROWS * POOL_COLUMNS;

fn rows() -> u32 {
    return params.batch * OUTPUT_ROWS * OUTPUT_COLUMNS;
}

fn parts() -> u32 {
    return 1u;
}

fn terms(part: u32) -> vec2<u32> {
    return vec2(0u, ALL_TERMS);
}

// The output's pixel of a row, counted through the batch. Rows are (batch, windows down, windows across, POOL_ROWS,
// POOL_COLUMNS), pixels (batch, OUTPUT_ROWS, OUTPUT_COLUMNS).
fn pixel_of_row(row: u32) -> u32 {
    if POOL_PIXELS == 1u {
        return row;
    }
    let windows_across = OUTPUT_COLUMNS / POOL_COLUMNS;
    let window = row / POOL_PIXELS;
    let place = row % POOL_PIXELS;
    let output_row = window / windows_across * POOL_ROWS + place / POOL_COLUMNS;
    return output_row * OUTPUT_COLUMNS + window % windows_across * POOL_COLUMNS + place % POOL_COLUMNS;
}

// The outputs of a row from `column` on.
fn output(column: u32, sums: Floats) -> Floats {
    var shift = Floats(0.0);
    if BIAS {
        shift = bias[column / WIDTH];
    }
    return activate_each(sums + shift, params.parameter);
}
