// out = sqrt(sum over p of partial[p]). One workgroup.
// use: workgroup_sum
struct Params {
    parts: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<f32>; // (parts)
@group(0) @binding(2) var<storage, read_write> out: array<f32>; // (1)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(local_invocation_index) local: u32) {
    var sum = 0.0;
    for (var part = local; part < params.parts; part += WORKGROUP_SIZE) {
        sum += partial[part];
    }
    sum = workgroup_sum(sum, local);
    if local == 0u {
        out[0] = sqrt(sum);
    }
}
