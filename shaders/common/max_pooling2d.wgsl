// The largest value in a window and the tap where it stands, in terms of vector_of_one or vector_of_four.
// use: index
// use: axes
// use: maximum
struct Params {
    elements: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Floats>; // (batch, input rows, input columns, channels / WIDTH)
@group(0) @binding(2) var<storage, read_write> out: array<Floats>; // (batch, output rows, output columns, channels / WIDTH)

// For element `index` of out. The first maximum in row-major order wins, before it the first NaN; padding never does.
fn maximum(index: u32) -> Maximum {
    let channels = CHANNELS / WIDTH;
    let channel = index % channels;
    let pixel = index / channels;
    let column = pixel % COLUMNS.output;
    let row = pixel / COLUMNS.output % ROWS.output;
    let image = pixel / COLUMNS.output / ROWS.output;
    var best = Maximum(Floats(0.0), Words(0u));
    var found = false;
    for (var ky = 0u; ky < ROWS.window; ky++) {
        let iy = input_of(ROWS, row, ky);
        if iy >= ROWS.input {
            continue;
        }
        for (var kx = 0u; kx < COLUMNS.window; kx++) {
            let ix = input_of(COLUMNS, column, kx);
            if ix >= COLUMNS.input {
                continue;
            }
            let value = x[((image * ROWS.input + iy) * COLUMNS.input + ix) * channels + channel];
            best = next_maximum(best, value, ky * COLUMNS.window + kx, !found);
            found = true;
        }
    }
    return best;
}
