// The sum of a part's rows, in terms of vector_of_one or vector_of_four, which are columns here.
// use: index
struct Params {
    rows: u32,
    columns: u32,
    rows_per_part: u32,
    parts: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Floats>; // (rows, columns / WIDTH)
@group(0) @binding(2) var<storage, read_write> out: array<Floats>; // (parts, columns / WIDTH)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local); // over (parts, columns / WIDTH)
    let columns = params.columns / WIDTH;
    if index >= params.parts * columns {
        return;
    }
    let part = index / columns;
    let column = index % columns;
    let first = part * params.rows_per_part;
    let end = min(first + params.rows_per_part, params.rows);
    var sum = Floats(0.0);
    for (var row = first; row < end; row++) {
        sum += x[row * columns + column];
    }
    out[index] = sum;
}
