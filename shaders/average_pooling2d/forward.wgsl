// out[n, oy, ox, c] = (sum over ky, kx of x[n, iy, ix, c]) / (number of its summands)
// where iy = oy * stride + ky * dilation - before, ix likewise, inside the picture.
// use: index
// use: axes
struct Params {
    elements: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // (batch, input rows, input columns, channels)
@group(0) @binding(2) var<storage, read_write> out: array<f32>; // (batch, output rows, output columns, channels)

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
    let channel = index % CHANNELS;
    let pixel = index / CHANNELS;
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
            sum += x[((image * ROWS.input + iy) * COLUMNS.input + ix) * CHANNELS + channel];
        }
    }
    out[index] = sum / f32(real_taps(ROWS, row) * real_taps(COLUMNS, column));
}
