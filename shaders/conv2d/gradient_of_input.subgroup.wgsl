// dx[n, iy, ix, ci] = sum over ky, kx, co of dout[n, iy + before - ky, ix + before - kx, co] * kernel[ky, kx, ci, co]
// for stride 1 and no dilation; outside the output dout is 0.
// By subgroups as common/conv2d_subgroup.wgsl says, for channels that are a multiple of 4.
// Where x = f(z), that times f'(z) (common/input_gradient.wgsl).
// use: activation_of_four
// use: conv2d_subgroup_input
@group(0) @binding(1) var<storage, read> dout: array<vec4<f32>>; // (batch, output rows, output columns, output channels / 4)
@group(0) @binding(2) var<storage, read> kernel: array<vec4<f32>>; // (window rows, window columns, input channels, output channels / 4)

fn fetch_source(pixel: u32, vector: u32) -> vec4<f32> {
    return dout[pixel * SOURCE_VECTORS + vector];
}

// The weights of four output channels.
fn fetch_weights(ky: u32, kx: u32, vector: u32, target_vector: u32) -> Weights {
    let tap = first_weight(ky, kx, target_vector * 4u) / 4u + vector;
    let a = kernel[tap];
    let b = kernel[tap + SOURCE_VECTORS];
    let c = kernel[tap + 2u * SOURCE_VECTORS];
    let d = kernel[tap + 3u * SOURCE_VECTORS];
    return Weights(
        vec4<f32>(a.x, b.x, c.x, d.x),
        vec4<f32>(a.y, b.y, c.y, d.y),
        vec4<f32>(a.z, b.z, c.z, d.z),
        vec4<f32>(a.w, b.w, c.w, d.w),
    );
}
