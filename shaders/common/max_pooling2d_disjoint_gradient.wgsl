// Max pooling's gradient for windows that lie side by side, in terms of vector_of_one or vector_of_four: each
// invocation owns the inputs under one window, or under a place where the last window would stand if it did not reach
// past the edge.
// use: index
// use: axes
struct Params {
    elements: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dout: array<Floats>; // (batch, output rows, output columns, channels / WIDTH)
@group(0) @binding(2) var<storage, read> winners: array<Words>; // (batch, output rows, output columns, channels / WIDTH)
@group(0) @binding(3) var<storage, read_write> dx: array<Floats>; // (batch, input rows, input columns, channels / WIDTH)

// Places of windows along an axis, so many that every input is under one.
fn places(axis: Axis) -> u32 {
    return (axis.input + axis.before + axis.stride - 1u) / axis.stride;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local); // over (batch, places down, places across, channels / WIDTH)
    if index >= params.elements {
        return;
    }
    let channels = CHANNELS / WIDTH;
    let channel = index % channels;
    let place = index / channels;
    let column = place % places(COLUMNS);
    let row = place / places(COLUMNS) % places(ROWS);
    let image = place / places(COLUMNS) / places(ROWS);
    let real = row < ROWS.output && column < COLUMNS.output;
    let source = ((image * ROWS.output + row) * COLUMNS.output + column) * channels + channel;
    let gradient = select(Floats(0.0), dout[source], real);
    let winner = winners[source];
    for (var ky = 0u; ky < ROWS.window; ky++) {
        let iy = input_of(ROWS, row, ky);
        for (var kx = 0u; kx < COLUMNS.window; kx++) {
            let ix = input_of(COLUMNS, column, kx);
            if iy < ROWS.input && ix < COLUMNS.input {
                let won = winner == Words(ky * COLUMNS.window + kx);
                dx[((image * ROWS.input + iy) * COLUMNS.input + ix) * channels + channel] = select(Floats(0.0), gradient, won);
            }
        }
    }
}
