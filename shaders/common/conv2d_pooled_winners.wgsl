// Where conv2d's forward pass with max pooling at its end stores, with the winners, which the gradient needs.
// use: maximum
@group(0) @binding(4) var<storage, read_write> out: array<vec4<f32>>; // (batch, output rows / POOL_ROWS, output columns / POOL_COLUMNS, output channels / 4)
@group(0) @binding(5) var<storage, read_write> winners: array<vec4<u32>>; // (batch, output rows / POOL_ROWS, output columns / POOL_COLUMNS, output channels / 4)

fn store_pooled(place: u32, best: Maximum) {
    out[place] = best.value;
    winners[place] = best.tap;
}
