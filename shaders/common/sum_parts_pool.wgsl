// The sum of parts with max pooling by windows of four pixels, which are neighbouring rows: four rows per invocation.
// use: sum_parts
// use: pool_four_rows
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local); // over (rows / 4, COLUMN_VECTORS)
    let row = index / COLUMN_VECTORS * 4u;
    if row + 4u > params.rows {
        return;
    }
    let column_vector = index % COLUMN_VECTORS;
    var first = Floats(0.0);
    var second = Floats(0.0);
    var third = Floats(0.0);
    var fourth = Floats(0.0);
    for (var part = 0u; part < params.parts; part++) {
        let place = (part * params.rows + row) * COLUMN_VECTORS + column_vector;
        first += sums[place];
        second += sums[place + COLUMN_VECTORS];
        third += sums[place + 2u * COLUMN_VECTORS];
        fourth += sums[place + 3u * COLUMN_VECTORS];
    }
    store_four_rows(0u, row, column_vector * WIDTH, first, second, third, fourth);
}
