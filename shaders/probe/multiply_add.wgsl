// x = x * factor + summand, over and over, on independent numbers in registers: how fast the device can compute
// use: index
struct Params {
    factor: f32,
    summand: f32,
    // Passes through the loop, of 32 turns each.
    rounds: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>; // (invocations)

// Eight chains: enough to hide the latency of an addition, few enough for sixteen registers.
struct Chains {
    a: vec4<f32>,
    b: vec4<f32>,
}

// A multiply-add of every chain.
fn turn(x: Chains, f: f32, s: f32) -> Chains {
    return Chains(x.a * f + s, x.b * f + s);
}

fn four_turns(x: Chains, f: f32, s: f32) -> Chains {
    return turn(turn(turn(turn(x, f, s), f, s), f, s), f, s);
}

fn sixteen_turns(x: Chains, f: f32, s: f32) -> Chains {
    return four_turns(four_turns(four_turns(four_turns(x, f, s), f, s), f, s), f, s);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local);
    let factor = params.factor;
    let summand = params.summand;
    let start = vec4<f32>(f32(index));
    var x = Chains(start, start + 1.0);
    // Unrolled by hand: a turn per pass would measure the loop.
    for (var round = 0u; round < params.rounds; round++) {
        x = sixteen_turns(sixteen_turns(x, factor, summand), factor, summand);
    }
    if index < INVOCATIONS {
        out[index] = x.a + x.b;
    }
}
