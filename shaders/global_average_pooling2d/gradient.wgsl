// dx[n, p, c] = dout[n, c] / pixels
// use: index
struct Params {
    batch: u32,
    pixels: u32,
    channels: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dout: array<f32>; // (batch, channels)
@group(0) @binding(2) var<storage, read_write> dx: array<f32>; // (batch, pixels, channels)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local); // over (batch, pixels, channels)
    if index >= params.batch * params.pixels * params.channels {
        return;
    }
    let image = index / params.channels / params.pixels;
    let channel = index % params.channels;
    dx[index] = dout[image * params.channels + channel] / f32(params.pixels);
}
