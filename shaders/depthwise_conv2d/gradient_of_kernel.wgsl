// out[p, ky, kx, c, m] = sum over n, oy, ox of part p of x[n, iy, ix, c] * dout[n, oy, ox, c * multiplier + m]
// where iy = oy * stride + ky * dilation - before, ix likewise; outside the picture x is 0.
// A part is some of the rows (n, oy) of dout; the sum of the parts is the gradient.
// use: index
// use: axes
struct Params {
    elements: u32,
    rows: u32,
    rows_per_part: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // (batch, input rows, input columns, channels)
@group(0) @binding(2) var<storage, read> dout: array<f32>; // (batch, output rows, output columns, channels, multiplier)
@group(0) @binding(3) var<storage, read_write> out: array<f32>; // (parts, window rows, window columns, channels, multiplier)

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
    let kx = index / OUTPUTS % COLUMNS.window;
    let ky = index / OUTPUTS / COLUMNS.window % ROWS.window;
    let part = index / OUTPUTS / COLUMNS.window / ROWS.window;
    let first = part * params.rows_per_part;
    let end = min(first + params.rows_per_part, params.rows);
    var sum = 0.0;
    for (var row = first; row < end; row++) {
        let iy = input_of(ROWS, row % ROWS.output, ky);
        if iy >= ROWS.input {
            continue;
        }
        let image = row / ROWS.output;
        for (var column = 0u; column < COLUMNS.output; column++) {
            let ix = input_of(COLUMNS, column, kx);
            if ix >= COLUMNS.input {
                continue;
            }
            let source = ((image * ROWS.input + iy) * COLUMNS.input + ix) * CHANNELS + channel;
            sum += x[source] * dout[(row * COLUMNS.output + column) * OUTPUTS + k];
        }
    }
    out[index] = sum;
}
