// row_metrics[r, 0] = the loss of row r, row_metrics[r, 1] = 1 if its answer is correct, else 0.
// use: index
// use: softmax_cross_entropy
@group(0) @binding(4) var<storage, read_write> row_metrics: array<f32>; // (rows, 2)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = linear_index(workgroup, workgroups, local);
    if row >= params.rows {
        return;
    }
    let softmax = softmax_of_row(row * params.classes, params.classes);
    let metrics = metrics_of_row(row, softmax);
    row_metrics[2u * row] = metrics.loss;
    row_metrics[2u * row + 1u] = metrics.correct;
}
