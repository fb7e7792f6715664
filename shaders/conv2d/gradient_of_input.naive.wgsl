// dx[n, iy, ix, ci] = sum over ky, kx, co of dout[n, oy, ox, co] * kernel[ky, kx, ci, co]
// over the outputs that look at the input: oy * stride = iy + before - ky * dilation, ox likewise.
// One output per invocation: the oracle of the faster kernels.
// Where x = f(z), that times f'(z) (common/input_gradient.wgsl).
// use: index
// use: window
// use: activation_of_one
// use: input_gradient
struct Params {
    window: Window,
    batch: u32,
    input_channels: u32,
    output_channels: u32,
    parameter: f32, // of the activation
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dout: array<f32>; // (batch, output rows, output columns, output channels)
@group(0) @binding(2) var<storage, read> kernel: array<f32>; // (window rows, window columns, input channels, output channels)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let w = params.window;
    let index = linear_index(workgroup, workgroups, local); // over dx
    if index >= params.batch * w.input_rows * w.input_columns * params.input_channels {
        return;
    }
    let channel = index % params.input_channels;
    let pixel = index / params.input_channels;
    let column = pixel % w.input_columns;
    let row = pixel / w.input_columns % w.input_rows;
    let image = pixel / w.input_columns / w.input_rows;
    var sum = 0.0;
    for (var ky = 0u; ky < w.window_rows; ky++) {
        // Wraps around below 0: the quotient is then larger than any picture, or the remainder is not 0.
        let down = row + w.before_rows - ky * w.dilation_rows;
        let oy = down / w.stride_rows;
        if down >= w.output_rows * w.stride_rows || down % w.stride_rows != 0u {
            continue;
        }
        for (var kx = 0u; kx < w.window_columns; kx++) {
            let across = column + w.before_columns - kx * w.dilation_columns;
            let ox = across / w.stride_columns;
            if across >= w.output_columns * w.stride_columns || across % w.stride_columns != 0u {
                continue;
            }
            let source = ((image * w.output_rows + oy) * w.output_columns + ox) * params.output_channels;
            let tap = ((ky * w.window_columns + kx) * params.input_channels + channel) * params.output_channels;
            for (var co = 0u; co < params.output_channels; co++) {
                sum += dout[source + co] * kernel[tap + co];
            }
        }
    }
    store_gradient(index, sum);
}
