// f(x) and f'(x) for the function whose number is ACTIVATION (ops/activation.rs); `parameter` is its own constant.

const SQRT_2_OVER_PI: f32 = 0.7978845608;
const INVERSE_SQRT_2: f32 = 0.7071067812;
const INVERSE_SQRT_2_PI: f32 = 0.3989422804;

// 1 - erf(x) for x >= 0, relative error below 1.2e-7 before rounding.
// Source: Press et al., "Numerical Recipes in C", 2nd edition, section 6.2 (erfcc).
fn erfc_of_positive(x: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.5 * x);
    var p = 0.17087277;
    p = p * t - 0.82215223;
    p = p * t + 1.48851587;
    p = p * t - 1.13520398;
    p = p * t + 0.27886807;
    p = p * t - 0.18628806;
    p = p * t + 0.09678418;
    p = p * t + 0.37409196;
    p = p * t + 1.00002368;
    return t * exp(-x * x - 1.26551223 + t * p);
}

// (1 + erf(x / sqrt(2))) / 2: the normal distribution's cumulative function.
fn normal_cumulative(x: f32) -> f32 {
    let tail = 0.5 * erfc_of_positive(min(abs(x) * INVERSE_SQRT_2, 12.0));
    return select(tail, 1.0 - tail, x > 0.0);
}

// Neither side overflows: the exponent is never positive.
fn sigmoid(x: f32) -> f32 {
    let e = exp(-abs(x));
    return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

// Some drivers overflow in tanh; beyond 10 it is 1 in f32.
fn safe_tanh(x: f32) -> f32 {
    return tanh(clamp(x, -10.0, 10.0));
}

// exp(x) - 1 for x <= 0, also near 0, where the difference would cancel: a Taylor series to x^6 / 720.
fn exp_minus_one(x: f32) -> f32 {
    let series = x * (1.0 + x * (0.5 + x * (0.16666667 + x * (0.041666667 + x * (0.0083333333 + x * 0.0013888889)))));
    return select(exp(x) - 1.0, series, x > -0.25);
}

fn activate(x: f32, parameter: f32) -> f32 {
    switch ACTIVATION {
        // A comparison that is false for NaN: NaN stays visible.
        case 1u: { return select(x, 0.0, x < 0.0); }
        case 2u: { return select(x, parameter * x, x < 0.0); }
        case 3u: { return select(x, parameter * exp_minus_one(min(x, 0.0)), x < 0.0); }
        case 4u: { return x * normal_cumulative(x); }
        case 5u: { return 0.5 * x * (1.0 + safe_tanh(SQRT_2_OVER_PI * (x + 0.044715 * x * x * x))); }
        case 6u: { return x * sigmoid(x); }
        case 7u: { return sigmoid(x); }
        case 8u: { return safe_tanh(x); }
        default: { return x; }
    }
}

// f'(x) from y = f(x).
fn derivative_from_output(y: f32, parameter: f32) -> f32 {
    switch ACTIVATION {
        case 1u: { return select(0.0, 1.0, y > 0.0); }
        case 2u: { return select(parameter, 1.0, y > 0.0); }
        case 3u: { return select(y + parameter, 1.0, y > 0.0); }
        case 7u: { return y * (1.0 - y); }
        case 8u: { return 1.0 - y * y; }
        default: { return 1.0; }
    }
}

// f'(x) from x.
fn derivative_from_input(x: f32, parameter: f32) -> f32 {
    switch ACTIVATION {
        case 1u: { return select(0.0, 1.0, x > 0.0); }
        case 2u: { return select(parameter, 1.0, x > 0.0); }
        case 3u: { return select(parameter * exp(min(x, 0.0)), 1.0, x > 0.0); }
        case 4u: { return normal_cumulative(x) + x * INVERSE_SQRT_2_PI * exp(-0.5 * min(x * x, 160.0)); }
        case 5u: {
            let t = safe_tanh(SQRT_2_OVER_PI * (x + 0.044715 * x * x * x));
            return 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * SQRT_2_OVER_PI * (1.0 + 0.134145 * x * x);
        }
        case 6u: {
            let s = sigmoid(x);
            return s * (1.0 + x * (1.0 - s));
        }
        case 7u: {
            let s = sigmoid(x);
            return s * (1.0 - s);
        }
        case 8u: {
            let t = safe_tanh(x);
            return 1.0 - t * t;
        }
        default: { return 1.0; }
    }
}
