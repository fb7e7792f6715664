// scale[c] = gamma[c] / sqrt(variance[c] + epsilon), out_kernel[t, c] = kernel[t, c] * scale[c] and
// out_bias[c] = (bias[c] - mean[c]) * scale[c] + beta[c]; without BIAS bias is 0, without SCALE gamma is 1, without SHIFT
// beta is 0.
// use: index
struct Params {
    terms: u32,
    channels: u32,
    epsilon: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> kernel: array<f32>; // (terms, channels)
@group(0) @binding(2) var<storage, read> bias: array<f32>; // (channels) if BIAS
@group(0) @binding(3) var<storage, read> gamma: array<f32>; // (channels) if SCALE
@group(0) @binding(4) var<storage, read> beta: array<f32>; // (channels) if SHIFT
@group(0) @binding(5) var<storage, read> mean: array<f32>; // (channels)
@group(0) @binding(6) var<storage, read> variance: array<f32>; // (channels)
@group(0) @binding(7) var<storage, read_write> out_kernel: array<f32>; // (terms, channels)
@group(0) @binding(8) var<storage, read_write> out_bias: array<f32>; // (channels)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local); // over (terms + 1, channels): the kernel, then the bias
    if index >= (params.terms + 1u) * params.channels {
        return;
    }
    let channel = index % params.channels;
    var scale = 1.0 / sqrt(variance[channel] + params.epsilon);
    if SCALE {
        scale *= gamma[channel];
    }
    if index < params.terms * params.channels {
        out_kernel[index] = kernel[index] * scale;
        return;
    }
    var center = -mean[channel];
    if BIAS {
        center += bias[channel];
    }
    var shift = 0.0;
    if SHIFT {
        shift = beta[channel];
    }
    out_bias[channel] = center * scale + shift;
}
