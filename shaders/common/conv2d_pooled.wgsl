// Where a forward pass with max pooling at its end stores, when nobody asks for the winners.
// use: maximum
@group(0) @binding(4) var<storage, read_write> out: array<Floats>; // (batch, output rows / POOL_ROWS, output columns / POOL_COLUMNS, output channels / WIDTH)

fn store_pooled(place: u32, best: Maximum) {
    out[place] = best.value;
}
