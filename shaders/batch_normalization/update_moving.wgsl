// moving = momentum * moving + (1 - momentum) * batch, for the mean and the variance
// use: index
struct Params {
    channels: u32,
    momentum: f32,
    share: f32, // 1 - momentum
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> statistics: array<f32>; // (2, channels)
@group(0) @binding(2) var<storage, read_write> moving_mean: array<f32>; // (channels)
@group(0) @binding(3) var<storage, read_write> moving_variance: array<f32>; // (channels)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let channel = linear_index(workgroup, workgroups, local);
    if channel >= params.channels {
        return;
    }
    let mean = statistics[channel];
    let variance = statistics[params.channels + channel];
    moving_mean[channel] = params.momentum * moving_mean[channel] + params.share * mean;
    moving_variance[channel] = params.momentum * moving_variance[channel] + params.share * variance;
}
