// dx[r, c] = gamma[c] / sqrt(variance[c] + epsilon) * (dout[r, c] - (dbeta[c] + normal[r, c] * dgamma[c]) / rows)
// where normal = (x - mean) / sqrt(variance + epsilon); the sums fall away if the statistics are not the BATCH's but
// constants, and without SCALE gamma is 1. An invocation keeps its channel and takes every `stride`th row.
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
@group(0) @binding(3) var<storage, read> mean: array<f32>; // (channels)
@group(0) @binding(4) var<storage, read> variance: array<f32>; // (channels) from variance_first on
@group(0) @binding(5) var<storage, read> dout: array<f32>; // (rows, channels)
@group(0) @binding(6) var<storage, read> dbeta: array<f32>; // (channels) if BATCH
@group(0) @binding(7) var<storage, read> dgamma: array<f32>; // (channels) if BATCH
@group(0) @binding(8) var<storage, read_write> dx: array<f32>; // (rows, channels)

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
    let inverse_deviation = 1.0 / sqrt(variance[params.variance_first + channel] + params.epsilon);
    var scale = inverse_deviation;
    if SCALE {
        scale *= gamma[channel];
    }
    var constant = 0.0;
    var slope = 0.0; // along x - mean
    if BATCH {
        constant = dbeta[channel] / f32(params.rows);
        slope = dgamma[channel] / f32(params.rows) * inverse_deviation;
    }
    for (var row = index / params.channels; row < params.rows; row += params.stride) {
        let at = row * params.channels + channel;
        var through_statistics = 0.0;
        if BATCH {
            through_statistics = constant + slope * (x[at] - center);
        }
        dx[at] = scale * (dout[at] - through_statistics);
    }
}
