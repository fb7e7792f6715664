// ring[slot] = (the sum of the losses, the number of correct answers), and if GRADIENT the gradient of the mean loss
// dlogits[r, c] = (softmax(x[r])[c] - target[c]) / rows. One workgroup does all, each invocation every WORKGROUP_SIZEth row.
// use: workgroup_sum
// use: step
// use: softmax_cross_entropy
@group(0) @binding(1) var<uniform> step: Step;
@group(0) @binding(4) var<storage, read_write> dlogits: array<f32>; // (rows, classes) if GRADIENT
@group(0) @binding(5) var<storage, read_write> ring: array<f32>; // (slots, 2)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(local_invocation_index) local: u32) {
    var loss = 0.0;
    var correct = 0.0;
    for (var row = local; row < params.rows; row += WORKGROUP_SIZE) {
        let softmax = softmax_of_row(row * params.classes, params.classes);
        let metrics = metrics_of_row(row, softmax);
        loss += metrics.loss;
        correct += metrics.correct;
        if GRADIENT {
            for (var c = 0u; c < params.classes; c++) {
                dlogits[row * params.classes + c] = gradient_of_logit(row, c, softmax);
            }
        }
    }
    let loss_of_all = workgroup_sum(loss, local);
    let correct_of_all = workgroup_sum(correct, local);
    if local == 0u {
        ring[2u * step.slot] = loss_of_all;
        ring[2u * step.slot + 1u] = correct_of_all;
    }
}
