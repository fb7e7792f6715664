// Where a forward pass with max pooling at its end stores, when nobody asks for the winners.
// use: maximum
@group(0) @binding(4) var<storage, read_write> out: array<Floats>; // (windows, columns / WIDTH); of pictures (batch, windows down, windows across, output channels / WIDTH)

fn store_pooled(place: u32, best: Maximum) {
    out[place] = best.value;
}
