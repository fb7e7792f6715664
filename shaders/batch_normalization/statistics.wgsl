// statistics[0, c] = mean = sum over p of n[p] * partial[p, 0, c] / rows
// statistics[1, c] = sum over p of (partial[p, 1, c] + n[p] * (partial[p, 0, c] - mean)^2) / rows
// where n[p] is the number of part p's rows. One workgroup per channel.
// use: workgroup_sum
struct Params {
    rows: u32,
    channels: u32,
    parts: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<f32>; // (parts, 2, channels)
@group(0) @binding(2) var<storage, read_write> statistics: array<f32>; // (2, channels)

fn rows_of_part(part: u32) -> f32 {
    return f32((params.rows - part + params.parts - 1u) / params.parts);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let channel = workgroup.x + workgroup.y * workgroups.x;
    // A workgroup past the last channel has no parts, but reaches every barrier.
    let parts = select(0u, params.parts, channel < params.channels);
    let rows = f32(params.rows);
    // Small distances from one part's mean are summed, not large means.
    let origin = partial[min(channel, params.channels - 1u)];
    var distance = 0.0;
    for (var part = local; part < parts; part += WORKGROUP_SIZE) {
        distance += rows_of_part(part) * (partial[part * 2u * params.channels + channel] - origin);
    }
    let mean = origin + workgroup_sum(distance, local) / rows;
    var squares = 0.0;
    for (var part = local; part < parts; part += WORKGROUP_SIZE) {
        let at = part * 2u * params.channels + channel;
        let from_mean = partial[at] - mean;
        squares += partial[at + params.channels] + rows_of_part(part) * from_mean * from_mean;
    }
    let variance = workgroup_sum(squares, local) / rows;
    if local == 0u && channel < params.channels {
        statistics[channel] = mean;
        statistics[params.channels + channel] = variance;
    }
}
