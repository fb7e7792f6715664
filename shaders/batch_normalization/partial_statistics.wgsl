// Of the rows p, p + parts, p + 2 parts, ... of part p, n in number:
//     partial[p, 0, c] = mean of x[r, c]
//     partial[p, 1, c] = sum of (x[r, c] - mean)^2
// taken from sums of x[r, c] - x[p, c], which are small where the mean is far from 0: nothing cancels.
// use: index
struct Params {
    rows: u32,
    channels: u32,
    parts: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // (rows, channels)
@group(0) @binding(2) var<storage, read_write> partial: array<f32>; // (parts, 2, channels)

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
    let origin = x[index]; // parts <= rows: row p is part p's first
    var sum = 0.0;
    var sum_of_squares = 0.0;
    var count = 0.0;
    for (var row = part; row < params.rows; row += params.parts) {
        let distance = x[row * params.channels + channel] - origin;
        sum += distance;
        sum_of_squares += distance * distance;
        count += 1.0;
    }
    let mean = sum / count; // from the origin
    let from_mean = sum_of_squares - sum * mean;
    let out = part * 2u * params.channels + channel;
    partial[out] = origin + mean;
    // Rounding must not make it negative; a comparison that is false for NaN keeps NaN visible.
    partial[out + params.channels] = select(from_mean, 0.0, from_mean < 0.0);
}
