// Conv2d's forward pass by subgroups, for input channels that are a multiple of 4.
// use: activation_of_four
// use: conv2d_subgroup_forward_sums
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>; // (batch, input rows, input columns, input channels / 4)

fn fetch_source(pixel: u32, vector: u32) -> vec4<f32> {
    return x[pixel * SOURCE_VECTORS + vector];
}
