// Conv2d's forward pass by subgroups, for any number of input and output channels: a lane has one of the output's.
// use: activation_of_one
// use: conv2d_subgroup_forward_sums
// use: conv2d_subgroup_source_scalars
@group(0) @binding(1) var<storage, read> x: array<f32>; // (batch, input rows, input columns, input channels)

fn source_value(pixel: u32, channel: u32) -> f32 {
    return select(0.0, x[pixel * INPUT_CHANNELS + channel], is_channel(channel));
}
