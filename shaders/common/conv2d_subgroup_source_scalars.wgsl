// The source of a subgroup kernel of conv2d one value at a time. A pass says what source_value(pixel, channel) is: 0
// past the last channel.
fn fetch_source(pixel: u32, vector: u32) -> vec4<f32> {
    let channel = vector * 4u;
    return vec4<f32>(
        source_value(pixel, channel),
        source_value(pixel, channel + 1u),
        source_value(pixel, channel + 2u),
        source_value(pixel, channel + 3u),
    );
}
