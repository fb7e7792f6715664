// out[n, oy, ox, c * multiplier + m] = f(bias[c, m] + sum over ky, kx of x[n, iy, ix, c] * kernel[ky, kx, c, m])
// where iy = oy * stride + ky * dilation - before, ix likewise; outside the picture x is 0.
// use: index
// use: axes
// use: activation
struct Params {
    elements: u32,
    parameter: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // (batch, input rows, input columns, channels)
@group(0) @binding(2) var<storage, read> kernel: array<f32>; // (window rows, window columns, channels, multiplier)
@group(0) @binding(3) var<storage, read> bias: array<f32>; // (channels, multiplier) if BIAS
@group(0) @binding(4) var<storage, read_write> out: array<f32>; // (batch, output rows, output columns, channels, multiplier)

const OUTPUTS = CHANNELS * MULTIPLIER;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local); // over out
    if index >= params.elements {
        return;
    }
    let k = index % OUTPUTS; // c * multiplier + m
    let channel = k / MULTIPLIER;
    let pixel = index / OUTPUTS;
    let column = pixel % COLUMNS.output;
    let row = pixel / COLUMNS.output % ROWS.output;
    let image = pixel / COLUMNS.output / ROWS.output;
    var sum = 0.0;
    for (var ky = 0u; ky < ROWS.window; ky++) {
        let iy = input_of(ROWS, row, ky);
        if iy >= ROWS.input {
            continue;
        }
        for (var kx = 0u; kx < COLUMNS.window; kx++) {
            let ix = input_of(COLUMNS, column, kx);
            if ix >= COLUMNS.input {
                continue;
            }
            let source = ((image * ROWS.input + iy) * COLUMNS.input + ix) * CHANNELS + channel;
            sum += x[source] * kernel[(ky * COLUMNS.window + kx) * OUTPUTS + k];
        }
    }
    if BIAS {
        sum += bias[k];
    }
    out[index] = activate(sum, params.parameter);
}
