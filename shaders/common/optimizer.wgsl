// What all optimizers share. An invocation takes four neighbouring weights; past the last weight it writes back what
// stood there.
// use: nan
// use: step
struct Params {
    elements: u32,
    weight_decay: f32, // 0 without
    clipnorm: f32, // if CLIP
    epsilon: f32,
    momentum: f32,
    rho: f32,
    one_minus_rho: f32, // by the host: in f32 the difference would keep few digits
    one_minus_beta_1: f32,
    one_minus_beta_2: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<uniform> step: Step;
@group(0) @binding(2) var<storage, read_write> weights: array<vec4<f32>>; // (elements)
@group(0) @binding(3) var<storage, read> gradients: array<vec4<f32>>; // (elements)
@group(0) @binding(4) var<storage, read> norm: array<f32>; // (1) if CLIP: the length of the whole gradient
@group(0) @binding(7) var<storage, read> halted: array<u32>; // (1): not 0 where nothing is to change

// Whether the invocation has nothing to do.
fn is_idle(index: u32) -> bool {
    if halted[0] != 0u {
        return true;
    }
    return 4u * index >= params.elements;
}

// Which of the four weights of an invocation exist.
fn inside(index: u32) -> vec4<bool> {
    return 4u * index + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(params.elements);
}

// The weights before the update: w - w * weight_decay * learning_rate.
fn decayed_weights(index: u32) -> vec4<f32> {
    return weights[index] - weights[index] * (params.weight_decay * step.learning_rate);
}

// The gradient, cut down to length clipnorm: g * clipnorm / max(norm, clipnorm). Where the norm is not finite all of
// it becomes NaN, so that the trouble is not clipped away.
fn clipped_gradient(index: u32) -> vec4<f32> {
    if !CLIP {
        return gradients[index];
    }
    let scale = params.clipnorm / max(norm[0], params.clipnorm);
    return gradients[index] * select(nan_f32(index), scale, is_finite(norm[0]));
}
