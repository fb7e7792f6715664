// row_metrics[r, 0] = -sum over c of target[c] * log(softmax(x[r])[c])
// row_metrics[r, 1] = 1 if the label is the first class whose logit is the largest, else 0
// where target = (1 - smoothing) * [c = label] + smoothing / classes. A row with a NaN has the loss NaN and is not
// correct.
// use: index
// use: nan
// use: softmax
struct Params {
    rows: u32,
    classes: u32,
    label_smoothing: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>; // (rows, classes): the logits
@group(0) @binding(2) var<storage, read> labels: array<u32>; // (rows)
@group(0) @binding(3) var<storage, read_write> row_metrics: array<f32>; // (rows, 2)

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
    var best = 0u;
    var nan = false;
    var sum_of_logits = 0.0;
    let softmax = softmax_of_row(first, params.classes);
    for (var c = 0u; c < params.classes; c++) {
        let logit = x[first + c];
        nan = nan || is_nan(logit);
        if logit > x[first + best] {
            best = c;
        }
        sum_of_logits += logit - softmax.largest;
    }
    let log_sum = log(softmax.sum);
    var loss = (1.0 - params.label_smoothing) * (log_sum - (x[first + label] - softmax.largest));
    // Without smoothing a class that is not asked for may have the logit -inf, which times 0 would be NaN.
    if params.label_smoothing > 0.0 {
        loss += params.label_smoothing * (log_sum - sum_of_logits / f32(params.classes));
    }
    row_metrics[2u * row] = select(loss, nan_f32(label), nan);
    row_metrics[2u * row + 1u] = select(0.0, 1.0, best == label && !nan);
}
