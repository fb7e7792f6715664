// destination[r, to_offset + c] = source[r, from_offset + c] for c < channels
// use: index
struct Params {
    rows: u32,
    from_channels: u32,
    from_offset: u32,
    to_channels: u32,
    to_offset: u32,
    channels: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<f32>; // (rows, from_channels)
@group(0) @binding(2) var<storage, read_write> destination: array<f32>; // (rows, to_channels)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local); // over (rows, channels)
    if index >= params.rows * params.channels {
        return;
    }
    let row = index / params.channels;
    let channel = index % params.channels;
    let value = source[row * params.from_channels + params.from_offset + channel];
    destination[row * params.to_channels + params.to_offset + channel] = value;
}
