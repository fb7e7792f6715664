// out[n, c] = (sum over p of x[n, p, c]) / pixels
// use: index
struct Params {
    batch: u32,
    pixels: u32,
    channels: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // (batch, pixels, channels)
@group(0) @binding(2) var<storage, read_write> out: array<f32>; // (batch, channels)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local); // over (batch, channels)
    if index >= params.batch * params.channels {
        return;
    }
    let image = index / params.channels;
    let channel = index % params.channels;
    var sum = 0.0;
    // Some drivers end loops after 65,535 turns (ops/parts.rs). They unroll the inner one, so that eight pixels are one.
    for (var first = 0u; first < params.pixels; first += 8u) {
        for (var i = 0u; i < 8u; i++) {
            let pixel = first + i;
            if pixel < params.pixels {
                sum += x[(image * params.pixels + pixel) * params.channels + channel];
            }
        }
    }
    out[index] = sum / f32(params.pixels);
}
