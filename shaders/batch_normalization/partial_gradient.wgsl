// Over the rows p, p + parts, p + 2 parts, ... of part p, with normal = (x - mean) / sqrt(variance + epsilon):
//     partial[p, 0, c] = sum of dout[r, c]
//     partial[p, 1, c] = sum of dout[r, c] * normal[r, c]
// use: index
struct Params {
    rows: u32,
    channels: u32,
    parts: u32,
    variance_first: u32,
    epsilon: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // (rows, channels)
@group(0) @binding(2) var<storage, read> mean: array<f32>; // (channels)
@group(0) @binding(3) var<storage, read> variance: array<f32>; // (channels) from variance_first on
@group(0) @binding(4) var<storage, read> dout: array<f32>; // (rows, channels)
@group(0) @binding(5) var<storage, read_write> partial: array<f32>; // (parts, 2, channels)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local); // over (parts, channels)
    if index >= params.parts * params.channels {
        return;
    }
    let part = index / params.channels;
    let channel = index % params.channels;
    let center = mean[channel];
    let scale = 1.0 / sqrt(variance[params.variance_first + channel] + params.epsilon);
    var sum = 0.0;
    var sum_with_normal = 0.0;
    for (var row = part; row < params.rows; row += params.parts) {
        let at = row * params.channels + channel;
        sum += dout[at];
        sum_with_normal += dout[at] * (scale * (x[at] - center));
    }
    let out = part * 2u * params.channels + channel;
    partial[out] = sum;
    partial[out + params.channels] = sum_with_normal;
}
