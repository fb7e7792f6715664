// The step is finite where the sum of its losses, ring[slot, 0], is and every partial[p] is 0. Of one that is not, and of
// all after it, halted[0] = 1 and ring[slot, 0] = NaN. One workgroup.
// use: nan
// use: step
// use: workgroup_sum
struct Params {
    parts: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<uniform> step: Step;
@group(0) @binding(2) var<storage, read> partial: array<f32>; // (parts)
@group(0) @binding(3) var<storage, read_write> ring: array<f32>; // (slots, 2)
@group(0) @binding(4) var<storage, read_write> halted: array<u32>; // (1)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(local_invocation_index) local: u32) {
    var found = 0.0;
    for (var part = local; part < params.parts; part += WORKGROUP_SIZE) {
        found += partial[part];
    }
    found = workgroup_sum(found, local);
    if local == 0u && (halted[0] != 0u || found > 0.0 || !is_finite(ring[2u * step.slot])) {
        halted[0] = 1u;
        ring[2u * step.slot] = nan_f32(step.slot);
    }
}
