// dbeta[c] = sum over p of partial[p, 0, c], dgamma[c] = sum over p of partial[p, 1, c]. One workgroup per channel.
// use: workgroup_sum
struct Params {
    channels: u32,
    parts: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
// Only read; declared as written because dbeta and dgamma may stand in the same buffer.
@group(0) @binding(1) var<storage, read_write> partial: array<f32>; // (parts, 2, channels)
@group(0) @binding(2) var<storage, read_write> dbeta: array<f32>; // (channels)
@group(0) @binding(3) var<storage, read_write> dgamma: array<f32>; // (channels)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let channel = workgroup.x + workgroup.y * workgroups.x;
    // A workgroup past the last channel has no parts, but reaches every barrier.
    let parts = select(0u, params.parts, channel < params.channels);
    var sum = 0.0;
    var sum_with_normal = 0.0;
    for (var part = local; part < parts; part += WORKGROUP_SIZE) {
        let at = part * 2u * params.channels + channel;
        sum += partial[at];
        sum_with_normal += partial[at + params.channels];
    }
    sum = workgroup_sum(sum, local);
    sum_with_normal = workgroup_sum(sum_with_normal, local);
    if local == 0u && channel < params.channels {
        dbeta[channel] = sum;
        dgamma[channel] = sum_with_normal;
    }
}
