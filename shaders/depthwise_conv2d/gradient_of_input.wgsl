// dx[n, iy, ix, c] = sum over ky, kx, m of dout[n, oy, ox, c * multiplier + m] * kernel[ky, kx, c, m]
// over the outputs that look at the input: oy * stride = iy + before - ky * dilation, ox likewise.
// Where x = f(z), that times f'(z) (common/input_gradient.wgsl).
// use: index
// use: axes
// use: activation_of_one
// use: input_gradient
struct Params {
    elements: u32,
    parameter: f32, // of the activation
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dout: array<f32>; // (batch, output rows, output columns, channels, multiplier)
@group(0) @binding(2) var<storage, read> kernel: array<f32>; // (window rows, window columns, channels, multiplier)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local); // over dx
    if index >= params.elements {
        return;
    }
    let channel = index % CHANNELS;
    let pixel = index / CHANNELS;
    let column = pixel % COLUMNS.input;
    let row = pixel / COLUMNS.input % ROWS.input;
    let image = pixel / COLUMNS.input / ROWS.input;
    var sum = 0.0;
    for (var i = 0u; i < most_outputs(ROWS); i++) {
        let down = look_at(ROWS, row, i);
        if !down.real {
            continue;
        }
        for (var j = 0u; j < most_outputs(COLUMNS); j++) {
            let across = look_at(COLUMNS, column, j);
            if !across.real {
                continue;
            }
            let pixel = (image * ROWS.output + down.output) * COLUMNS.output + across.output;
            let source = (pixel * CHANNELS + channel) * MULTIPLIER;
            let tap = ((down.tap * COLUMNS.window + across.tap) * CHANNELS + channel) * MULTIPLIER;
            for (var m = 0u; m < MULTIPLIER; m++) {
                sum += dout[source + m] * kernel[tap + m];
            }
        }
    }
    store_gradient(index, sum);
}
