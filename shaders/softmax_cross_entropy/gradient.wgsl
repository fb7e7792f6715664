// dlogits[r, c] = (softmax(x[r])[c] - target[c]) / rows: the gradient of the mean loss, where
// target = (1 - smoothing) * [c = label] + smoothing / classes
// use: index
// use: softmax
struct Params {
    rows: u32,
    classes: u32,
    label_smoothing: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // (rows, classes): the logits
@group(0) @binding(2) var<storage, read> labels: array<u32>; // (rows)
@group(0) @binding(3) var<storage, read_write> dlogits: array<f32>; // (rows, classes)

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
    let first = row * params.classes;
    let label = labels[row];
    let softmax = softmax_of_row(first, params.classes);
    let share = params.label_smoothing / f32(params.classes);
    for (var c = 0u; c < params.classes; c++) {
        let target_of_class = select(0.0, 1.0 - params.label_smoothing, c == label) + share;
        let probability = exp(x[first + c] - softmax.largest) / softmax.sum;
        dlogits[first + c] = (probability - target_of_class) / f32(params.rows);
    }
}
