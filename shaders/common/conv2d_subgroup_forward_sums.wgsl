// The sums of conv2d's forward pass by subgroups, over four input channels at a time. In terms of
// activation_of_one or activation_of_four.
// use: conv2d_subgroup_vectors
// use: conv2d_subgroup_forward
const SOURCE_CHANNELS: u32 = INPUT_CHANNELS;

fn weight(tap: u32, channel: u32, target_vector: u32) -> Floats {
    let value = kernel[(tap * INPUT_CHANNELS + channel) * TARGET_VECTORS + target_vector];
    return select(Floats(0.0), value, is_channel(channel));
}

// The weights of four input channels.
fn fetch_weights(ky: u32, kx: u32, vector: u32, target_vector: u32) -> Weights {
    let tap = ky * WINDOW_COLUMNS + kx;
    let channel = vector * 4u;
    return Weights(
        weight(tap, channel, target_vector),
        weight(tap, channel + 1u, target_vector),
        weight(tap, channel + 2u, target_vector),
        weight(tap, channel + 3u, target_vector),
    );
}
