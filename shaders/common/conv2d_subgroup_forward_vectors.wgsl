// Conv2d's forward pass by subgroups, for input channels that are a multiple of 4.
// use: conv2d_subgroup_vectors
// use: conv2d_subgroup_forward
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>; // (batch, input rows, input columns, input channels / 4)

const SOURCE_VECTORS: u32 = INPUT_CHANNELS / 4u;

fn fetch_source(pixel: u32, vector: u32) -> vec4<f32> {
    return x[pixel * SOURCE_VECTORS + vector];
}

// The weights of four input channels.
fn fetch_weights(ky: u32, kx: u32, vector: u32, target_vector: u32) -> Weights {
    let tap = ((ky * WINDOW_COLUMNS + kx) * INPUT_CHANNELS + vector * 4u) * TARGET_VECTORS + target_vector;
    return Weights(
        kernel[tap],
        kernel[tap + TARGET_VECTORS],
        kernel[tap + 2u * TARGET_VECTORS],
        kernel[tap + 3u * TARGET_VECTORS],
    );
}
