// Conv2d's gradient of the input by tiles, in terms of activation_of_one or activation_of_four: rows are the input's
// pixels, terms the taps and output channels, columns the input channels.
// use: conv2d_tile
// use: conv2d_tile_parts
// use: input_gradient
// use: tile_store
const ALL_TERMS: u32 = TAPS * OUTPUT_CHANNELS;
const COLUMNS: u32 = INPUT_CHANNELS;
const LEFT_ALONG_TERMS: bool = true;
const RIGHT_ALONG_TERMS: bool = true;

fn rows() -> u32 {
    return params.batch * INPUT_ROWS * INPUT_COLUMNS;
}

// Where the weight of a term and a column stands in the kernel.
fn weight_place(column: u32, term: u32) -> u32 {
    return (term / OUTPUT_CHANNELS * INPUT_CHANNELS + column) * OUTPUT_CHANNELS + term % OUTPUT_CHANNELS;
}

fn store(part: u32, row: u32, column: u32, sums: Floats) {
    store_gradient(((part * rows() + row) * COLUMNS + column) / WIDTH, sums);
}
