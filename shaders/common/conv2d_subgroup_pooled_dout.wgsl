// The output's gradient as the subgroup kernels of conv2d's gradient of the kernel fetch it where the output was pooled by
// windows of POOL_ROWS by POOL_COLUMNS pixels that lie side by side: that of a window goes to its winner. Blocks hold whole
// windows across, and parts of the batch's rows whole ones down.
// use: conv2d_subgroup_kernel
@group(0) @binding(2) var<storage, read> dout: array<Floats>; // (batch, output rows / POOL_ROWS, output columns / POOL_COLUMNS, output channels / WIDTH)
@group(0) @binding(4) var<storage, read> winners: array<Words>; // (batch, output rows / POOL_ROWS, output columns / POOL_COLUMNS, output channels / WIDTH)

const WINDOWS: u32 = BLOCK_COLUMNS / POOL_COLUMNS;

struct Fetched {
    gradients: array<Floats, WINDOWS>,
    winners: array<Words, WINDOWS>,
}

// The windows under pixels `column`.. of POOL_ROWS rows from `row` on, gradients of 0 past the rows' end.
fn fetch_dout(row: u32, column: u32, vector: u32) -> Fetched {
    var fetched: Fetched;
    let first = row / POOL_ROWS * (OUTPUT_COLUMNS / POOL_COLUMNS) + column / POOL_COLUMNS;
    for (var w = 0u; w < WINDOWS; w++) {
        let place = (first + w) * OUTPUT_VECTORS + vector;
        fetched.gradients[w] = select(Floats(0.0), dout[place], column + w * POOL_COLUMNS < OUTPUT_COLUMNS);
        fetched.winners[w] = winners[place];
    }
    return fetched;
}

// What of the windows' gradients goes to row `row`.
fn pixels_of_row(fetched: ptr<function, Fetched>, row: u32) -> Pixels {
    var pixels: Pixels;
    for (var w = 0u; w < WINDOWS; w++) {
        for (var kx = 0u; kx < POOL_COLUMNS; kx++) {
            let tap = row % POOL_ROWS * POOL_COLUMNS + kx;
            let wins = (*fetched).winners[w] == Words(tap);
            pixels[w * POOL_COLUMNS + kx] = select(Floats(0.0), (*fetched).gradients[w], wins);
        }
    }
    return pixels;
}
