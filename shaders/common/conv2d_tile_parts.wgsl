// The parts that a sum over ALL_TERMS terms is cut into, each of so many of them, by tiles of a convolution. Where there are
// several, the kernel has neither bias nor activation: it stores their sums as they are, for a second step (ops/ending.rs).
struct Params {
    batch: u32,
    parameter: f32, // of the activation
    terms_per_part: u32,
    parts: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

fn parts() -> u32 {
    return params.parts;
}

fn terms(part: u32) -> vec2<u32> {
    let first = part * params.terms_per_part;
    return vec2(first, min(first + params.terms_per_part, ALL_TERMS));
}
