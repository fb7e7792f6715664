// dx[n, iy, ix, ci] = sum over ky, kx, co of dout[n, iy + before - ky, ix + before - kx, co] * kernel[ky, kx, ci, co]
// for stride 1 and no dilation; outside the output dout is 0.
// By subgroups as common/conv2d_subgroup.wgsl says, one input channel per lane, for any number of channels.
// Where x = f(z), that times f'(z) (common/input_gradient.wgsl).
// use: activation_of_one
// use: conv2d_subgroup_input
// use: conv2d_subgroup_source_scalars
@group(0) @binding(1) var<storage, read> dout: array<f32>; // (batch, output rows, output columns, output channels)
@group(0) @binding(2) var<storage, read> kernel: array<f32>; // (window rows, window columns, input channels, output channels)

fn source_value(pixel: u32, channel: u32) -> f32 {
    return select(0.0, dout[pixel * OUTPUT_CHANNELS + channel], is_channel(channel));
}

fn weight(first: u32, channel: u32) -> f32 {
    return select(0.0, kernel[first + channel], is_channel(channel));
}

// The weights of four output channels.
fn fetch_weights(ky: u32, kx: u32, vector: u32, target_channel: u32) -> Weights {
    let first = first_weight(ky, kx, target_channel);
    let channel = vector * 4u;
    return Weights(
        weight(first, channel),
        weight(first, channel + 1u),
        weight(first, channel + 2u),
        weight(first, channel + 3u),
    );
}
