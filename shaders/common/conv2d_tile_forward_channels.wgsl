// The input of conv2d's forward pass by tiles, one channel at a time: any number of input channels.
// use: conv2d_tile_forward
@group(0) @binding(1) var<storage, read> x: array<f32>; // (batch, input rows, input columns, input channels)

fn input_value(row: u32, tap: u32, channel: u32) -> f32 {
    let pixel = input_pixel(row, tap);
    return select(0.0, x[pixel * INPUT_CHANNELS + channel], pixel != NO_PIXEL && row < rows());
}

// Of four rows; zeros past the last term.
fn input_values(row: u32, term: u32, end: u32) -> vec4<f32> {
    let tap = term / INPUT_CHANNELS;
    let channel = term % INPUT_CHANNELS;
    let values = vec4<f32>(
        input_value(row, tap, channel),
        input_value(row + 1u, tap, channel),
        input_value(row + 2u, tap, channel),
        input_value(row + 3u, tap, channel),
    );
    return select(vec4<f32>(0.0), values, term < end);
}

fn fetch_left(row: u32, term: u32, end: u32) -> mat4x4<f32> {
    return mat4x4<f32>(
        input_values(row, term, end),
        input_values(row, term + 1u, end),
        input_values(row, term + 2u, end),
        input_values(row, term + 3u, end),
    );
}
