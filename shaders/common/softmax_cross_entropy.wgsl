// The loss of a row of logits, whether its answer is correct, and its gradient; where
// target[c] = (1 - smoothing) * [c = label] + smoothing / classes.
// use: nan
// use: softmax
struct Params {
    rows: u32,
    classes: u32,
    label_smoothing: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> x: array<f32>; // (rows, classes): the logits
@group(0) @binding(3) var<storage, read> labels: array<u32>; // (rows)

struct RowMetrics {
    loss: f32, // -sum over c of target[c] * log(softmax(x[r])[c]); NaN for a row with a NaN
    correct: f32, // 1 if the label is the first class whose logit is the largest and there is no NaN, else 0
}

fn metrics_of_row(row: u32, softmax: Softmax) -> RowMetrics {
    let first = row * params.classes;
    let label = labels[row];
    var best = 0u;
    var nan = false;
    var sum_of_logits = 0.0;
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
    return RowMetrics(select(loss, nan_f32(label), nan), select(0.0, 1.0, best == label && !nan));
}

// (softmax(x[r])[c] - target[c]) / rows: the gradient of the mean loss.
fn gradient_of_logit(row: u32, c: u32, softmax: Softmax) -> f32 {
    let share = params.label_smoothing / f32(params.classes);
    let target_of_class = select(0.0, 1.0 - params.label_smoothing, c == labels[row]) + share;
    let probability = exp(x[row * params.classes + c] - softmax.largest) / softmax.sum;
    return (probability - target_of_class) / f32(params.rows);
}
