// partial[p] = 1 if any x[i] of the part is infinite or NaN, else 0; a part has every parts-th four of elements. By the
// bits: all those of the exponent are set.
// use: index
struct Params {
    elements: u32,
    parts: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<u32>>; // (elements): f32
@group(0) @binding(2) var<storage, read_write> partial: array<f32>; // (parts)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let part = linear_index(workgroup, workgroups, local);
    if part >= params.parts {
        return;
    }
    let whole = params.elements / 4u;
    var largest = vec4<u32>(0u);
    for (var four = part; four < whole; four += params.parts) {
        largest = max(largest, x[four] & vec4<u32>(0x7f800000u));
    }
    let rest = params.elements - 4u * whole;
    if rest > 0u && part == whole % params.parts {
        let exponents = x[whole] & vec4<u32>(0x7f800000u);
        largest = max(largest, select(vec4<u32>(0u), exponents, vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(rest)));
    }
    partial[part] = select(0.0, 1.0, any(largest == vec4<u32>(0x7f800000u)));
}
