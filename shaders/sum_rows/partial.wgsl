// out[p, c] = sum over the rows r of part p of x[r, c], in their order.
// use: index
struct Params {
    rows: u32,
    columns: u32,
    rows_per_part: u32,
    parts: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // (rows, columns)
@group(0) @binding(2) var<storage, read_write> out: array<f32>; // (parts, columns)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local); // over (parts, columns)
    if index >= params.parts * params.columns {
        return;
    }
    let part = index / params.columns;
    let column = index % params.columns;
    let first = part * params.rows_per_part;
    let end = min(first + params.rows_per_part, params.rows);
    var sum = 0.0;
    for (var row = first; row < end; row++) {
        sum += x[row * params.columns + column];
    }
    out[index] = sum;
}
