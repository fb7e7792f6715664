// out[n, oy, ox, co] = f(bias[co] + sum over ky, kx, ci of x[n, iy, ix, ci] * kernel[ky, kx, ci, co])
// where iy = oy * stride + ky * dilation - before, ix likewise; outside the picture x is 0.
// One output per invocation: the oracle of the faster kernels.
// use: index
// use: window
// use: activation
struct Params {
    window: Window,
    batch: u32,
    input_channels: u32,
    output_channels: u32,
    parameter: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // (batch, input rows, input columns, input channels)
@group(0) @binding(2) var<storage, read> kernel: array<f32>; // (window rows, window columns, input channels, output channels)
@group(0) @binding(3) var<storage, read> bias: array<f32>; // (output channels) if BIAS
@group(0) @binding(4) var<storage, read_write> out: array<f32>; // (batch, output rows, output columns, output channels)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let w = params.window;
    let index = linear_index(workgroup, workgroups, local); // over out
    if index >= params.batch * w.output_rows * w.output_columns * params.output_channels {
        return;
    }
    let channel = index % params.output_channels;
    let pixel = index / params.output_channels;
    let column = pixel % w.output_columns;
    let row = pixel / w.output_columns % w.output_rows;
    let image = pixel / w.output_columns / w.output_rows;
    var sum = 0.0;
    for (var ky = 0u; ky < w.window_rows; ky++) {
        // Wraps around below 0, to a number that no picture reaches.
        let y = row * w.stride_rows + ky * w.dilation_rows - w.before_rows;
        if y >= w.input_rows {
            continue;
        }
        for (var kx = 0u; kx < w.window_columns; kx++) {
            let x_column = column * w.stride_columns + kx * w.dilation_columns - w.before_columns;
            if x_column >= w.input_columns {
                continue;
            }
            let source = ((image * w.input_rows + y) * w.input_columns + x_column) * params.input_channels;
            let tap = (ky * w.window_columns + kx) * params.input_channels;
            for (var ci = 0u; ci < params.input_channels; ci++) {
                sum += x[source + ci] * kernel[(tap + ci) * params.output_channels + channel];
            }
        }
    }
    if BIAS {
        sum += bias[channel];
    }
    out[index] = activate(sum, params.parameter);
}
