// The output's gradient as the subgroup kernels of conv2d's gradient of the kernel fetch it: POOL_ROWS is 1.
// use: conv2d_subgroup_kernel
@group(0) @binding(2) var<storage, read> dout: array<Floats>; // (batch, output rows, output columns, output channels / WIDTH)

alias Fetched = Pixels;

// Pixels `column`.. of row `row` of dout, 0 past the row's end.
fn fetch_dout(row: u32, column: u32, vector: u32) -> Fetched {
    var pixels: Pixels;
    for (var p = 0u; p < BLOCK_COLUMNS; p++) {
        let value = dout[(row * OUTPUT_COLUMNS + column + p) * OUTPUT_VECTORS + vector];
        pixels[p] = select(Floats(0.0), value, column + p < OUTPUT_COLUMNS);
    }
    return pixels;
}

fn pixels_of_row(fetched: ptr<function, Fetched>, row: u32) -> Pixels {
    return *fetched;
}
