// out[i] = x[i] / (1 - rate) where uniform(seed of the layer, dropout, iteration, i) >= rate, else 0
// use: index
// use: random
// use: step
struct Params {
    elements: u32,
    layer: u32,
    rate: f32,
    scale: f32, // 1 / (1 - rate)
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<uniform> step: Step;
@group(0) @binding(2) var<storage, read> x: array<f32>; // (elements)
@group(0) @binding(3) var<storage, read_write> out: array<f32>; // (elements)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local);
    if index >= params.elements {
        return;
    }
    let layer_seed = pcg4d(vec4<u32>(step.seed, 0u, params.layer, 0u)).x;
    let kept = uniform_random(layer_seed, STREAM, step.iteration, index) >= params.rate;
    out[index] = select(0.0, x[index] * params.scale, kept);
}
