// Conv2d's forward pass by tiles: rows are the output's pixels, terms the taps and input channels, columns the output
// channels. The pixels of a window of POOL_ROWS by POOL_COLUMNS are neighbouring rows; such windows cover the output whole.
// use: conv2d_tile
// use: conv2d_tile_parts
// use: output_of_sums
const ALL_TERMS: u32 = TAPS * INPUT_CHANNELS;
const COLUMNS: u32 = OUTPUT_CHANNELS;
const LEFT_ALONG_TERMS: bool = true;
const RIGHT_ALONG_TERMS: bool = false;
const POOL_PIXELS: u32 = POOL_ROWS * POOL_COLUMNS;

fn rows() -> u32 {
    return params.batch * OUTPUT_ROWS * OUTPUT_COLUMNS;
}

// The output's pixel of a row, counted through the batch. Rows are (batch, windows down, windows across, POOL_ROWS,
// POOL_COLUMNS), pixels (batch, OUTPUT_ROWS, OUTPUT_COLUMNS).
fn pixel_of_row(row: u32) -> u32 {
    if POOL_PIXELS == 1u {
        return row;
    }
    let windows_across = OUTPUT_COLUMNS / POOL_COLUMNS;
    let window = row / POOL_PIXELS;
    let place = row % POOL_PIXELS;
    let output_row = window / windows_across * POOL_ROWS + place / POOL_COLUMNS;
    return output_row * OUTPUT_COLUMNS + window % windows_across * POOL_COLUMNS + place % POOL_COLUMNS;
}
