// Max pooling's gradient, in terms of vector_of_one or vector_of_four.
// use: index
// use: axes
struct Params {
    elements: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dout: array<Floats>; // (batch, output rows, output columns, channels / WIDTH)
@group(0) @binding(2) var<storage, read> winners: array<Words>; // (batch, output rows, output columns, channels / WIDTH)
@group(0) @binding(3) var<storage, read_write> dx: array<Floats>; // (batch, input rows, input columns, channels / WIDTH)

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
    let channels = CHANNELS / WIDTH;
    let channel = index % channels;
    let pixel = index / channels;
    let column = pixel % COLUMNS.input;
    let row = pixel / COLUMNS.input % ROWS.input;
    let image = pixel / COLUMNS.input / ROWS.input;
    var sum = Floats(0.0);
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
            let source = ((image * ROWS.output + down.output) * COLUMNS.output + across.output) * channels + channel;
            let won = winners[source] == Words(down.tap * COLUMNS.window + across.tap);
            sum += select(Floats(0.0), dout[source], won);
        }
    }
    dx[index] = sum;
}
