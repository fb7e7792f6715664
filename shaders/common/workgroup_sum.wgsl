// The sum over a workgroup: its invocations halve their number of sums at each round.
var<workgroup> lanes: array<f32, WORKGROUP_SIZE>;

// The sum of `value` over the workgroup's invocations, always in the same order; all of them must call it.
fn workgroup_sum(value: f32, local: u32) -> f32 {
    lanes[local] = value;
    workgroupBarrier();
    for (var width = WORKGROUP_SIZE / 2u; width > 0u; width /= 2u) {
        if local < width {
            lanes[local] += lanes[local + width];
        }
        workgroupBarrier();
    }
    let sum = lanes[0];
    // The next call writes where this one reads.
    workgroupBarrier();
    return sum;
}
