// out[r, c] = gamma[c] * (x[r, c] - mean[c]) / sqrt(variance[c] + epsilon) + beta[c]; without SCALE gamma is 1, without
// SHIFT beta is 0. An invocation keeps its channel and takes every `stride`th row.
// use: index
struct Params {
    rows: u32,
    channels: u32,
    stride: u32,
    variance_first: u32,
    epsilon: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // (rows, channels)
@group(0) @binding(2) var<storage, read> gamma: array<f32>; // (channels) if SCALE
@group(0) @binding(3) var<storage, read> beta: array<f32>; // (channels) if SHIFT
@group(0) @binding(4) var<storage, read> mean: array<f32>; // (channels)
@group(0) @binding(5) var<storage, read> variance: array<f32>; // (channels) from variance_first on
@group(0) @binding(6) var<storage, read_write> out: array<f32>; // (rows, channels)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local); // over (stride, channels)
    if index >= params.stride * params.channels {
        return;
    }
    let channel = index % params.channels;
    let center = mean[channel];
    var scale = 1.0 / sqrt(variance[params.variance_first + channel] + params.epsilon);
    if SCALE {
        scale *= gamma[channel];
    }
    var shift = 0.0;
    if SHIFT {
        shift = beta[channel];
    }
    for (var row = index / params.channels; row < params.rows; row += params.stride) {
        let at = row * params.channels + channel;
        out[at] = scale * (x[at] - center) + shift;
    }
}
