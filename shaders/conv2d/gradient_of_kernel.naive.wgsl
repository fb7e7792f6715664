// dkernel[ky, kx, ci, co] = sum over n, oy, ox of x[n, iy, ix, ci] * dout[n, oy, ox, co]
// where iy = oy * stride + ky * dilation - before, ix likewise; outside the picture x is 0.
// One output per invocation, of one part of the batch's rows: the oracle of the faster kernels.
// use: index
// use: window
struct Params {
    window: Window,
    rows: u32, // batch * output rows
    rows_per_part: u32,
    input_channels: u32,
    output_channels: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // (batch, input rows, input columns, input channels)
@group(0) @binding(2) var<storage, read> dout: array<f32>; // (batch, output rows, output columns, output channels)
@group(0) @binding(3) var<storage, read_write> sums_out: array<f32>; // (parts, window rows, window columns, input channels, output channels)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let w = params.window;
    let index = linear_index(workgroup, workgroups, local); // over sums_out
    let pairs = params.input_channels * params.output_channels;
    let part = index / pairs / w.window_columns / w.window_rows;
    let first = part * params.rows_per_part;
    if first >= params.rows {
        return;
    }
    let end = min(first + params.rows_per_part, params.rows);
    let co = index % params.output_channels;
    let ci = index / params.output_channels % params.input_channels;
    let kx = index / pairs % w.window_columns;
    let ky = index / pairs / w.window_columns % w.window_rows;
    var sum = 0.0;
    for (var row = first; row < end; row++) {
        // Wraps around below 0, to a number that no picture reaches.
        let y = row % w.output_rows * w.stride_rows + ky * w.dilation_rows - w.before_rows;
        if y >= w.input_rows {
            continue;
        }
        for (var column = 0u; column < w.output_columns; column++) {
            let x_column = column * w.stride_columns + kx * w.dilation_columns - w.before_columns;
            if x_column >= w.input_columns {
                continue;
            }
            let source = (row / w.output_rows * w.input_rows + y) * w.input_columns + x_column;
            let target_pixel = row * w.output_columns + column;
            sum += x[source * params.input_channels + ci] * dout[target_pixel * params.output_channels + co];
        }
    }
    sums_out[index] = sum;
}
