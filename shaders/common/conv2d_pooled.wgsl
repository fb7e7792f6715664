// Where conv2d's forward pass with max pooling at its end stores, when nobody asks for the winners.
// use: maximum
@group(0) @binding(4) var<storage, read_write> out: array<vec4<f32>>; // (batch, output rows / POOL_ROWS, output columns / POOL_COLUMNS, output channels / 4)

fn store_pooled(place: u32, best: Maximum) {
    out[place] = best.value;
}
