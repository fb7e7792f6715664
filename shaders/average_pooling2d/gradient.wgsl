// dx[n, iy, ix, c] = sum over the outputs whose windows hold the input of
// dout[n, oy, ox, c] / (number of real inputs in the window)
// use: index
// use: axes
struct Params {
    elements: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dout: array<f32>; // (batch, output rows, output columns, channels)
@group(0) @binding(2) var<storage, read_write> dx: array<f32>; // (batch, input rows, input columns, channels)

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
            let source = ((image * ROWS.output + down.output) * COLUMNS.output + across.output) * CHANNELS + channel;
            sum += dout[source] / f32(real_taps(ROWS, down.output) * real_taps(COLUMNS, across.output));
        }
    }
    dx[index] = sum;
}
