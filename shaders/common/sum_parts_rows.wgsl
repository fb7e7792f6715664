// The sum of parts, one row per invocation: adds the parts in their order. A pass says store_row(row, column, sum).
// use: sum_parts
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local); // over (rows, COLUMN_VECTORS)
    let row = index / COLUMN_VECTORS;
    if row >= params.rows {
        return;
    }
    var sum = Floats(0.0);
    for (var part = 0u; part < params.parts; part++) {
        sum += sums[part * params.rows * COLUMN_VECTORS + index];
    }
    store_row(row, index % COLUMN_VECTORS * WIDTH, sum);
}
