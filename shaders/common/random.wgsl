// Random numbers that are counted, not drawn: the same hash as src/random.rs.
// Source: Jarzynski and Olano, "Hash Functions for GPU Rendering", JCGT 9(3), 2020.
fn pcg4d(counters: vec4<u32>) -> vec4<u32> {
    var v = counters * 1664525u + 1013904223u;
    v.x += v.y * v.w;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    v.w += v.y * v.z;
    v ^= v >> vec4<u32>(16u);
    v.x += v.y * v.w;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    v.w += v.y * v.z;
    return v;
}

// A number uniform in [0, 1), a multiple of 2^-24.
fn uniform_random(seed: u32, stream: u32, major: u32, minor: u32) -> f32 {
    return f32(pcg4d(vec4<u32>(seed, stream, major, minor)).x >> 8u) / 16777216.0;
}
