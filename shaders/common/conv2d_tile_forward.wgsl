// Conv2d's forward pass by tiles: rows are the output's pixels, terms the taps and input channels, columns the output
// channels.
// use: activation
// use: conv2d_tile
struct Params {
    batch: u32,
    parameter: f32, // of the activation
}
@group(0) @binding(0) var<uniform> params: Params;

const ALL_TERMS: u32 = TAPS * INPUT_CHANNELS;
const COLUMNS: u32 = OUTPUT_CHANNELS;
const LEFT_ALONG_TERMS: bool = true;
const RIGHT_ALONG_TERMS: bool = false;

fn rows() -> u32 {
    return params.batch * OUTPUT_ROWS * OUTPUT_COLUMNS;
}

fn parts() -> u32 {
    return 1u;
}

fn terms(part: u32) -> vec2<u32> {
    return vec2(0u, ALL_TERMS);
}
