// The output's gradient as the gradients of a convolution by tiles fetch it where the output was pooled by windows of
// POOL_ROWS by POOL_COLUMNS pixels that lie side by side and are whole: that of a window goes to its winner. In terms of
// vector_of_one or vector_of_four.
// use: conv2d_tile
@group(0) @binding(1) var<storage, read> dout: array<Floats>; // (batch, output rows / POOL_ROWS, output columns / POOL_COLUMNS, output channels / WIDTH)
@group(0) @binding(5) var<storage, read> winners: array<Words>; // (batch, output rows / POOL_ROWS, output columns / POOL_COLUMNS, output channels / WIDTH)

// That of a pixel, counted through the batch, from `channel` on.
fn output_gradient(pixel: u32, channel: u32) -> Floats {
    let row = pixel / OUTPUT_COLUMNS; // of batch * output rows
    let column = pixel % OUTPUT_COLUMNS;
    let window = row / POOL_ROWS * (OUTPUT_COLUMNS / POOL_COLUMNS) + column / POOL_COLUMNS;
    let place = (window * OUTPUT_CHANNELS + channel) / WIDTH;
    let wins = winners[place] == Words(row % POOL_ROWS * POOL_COLUMNS + column % POOL_COLUMNS);
    return select(Floats(0.0), dout[place], wins);
}
