// The input as the blocked kernels of conv2d's gradient of the kernel fetch it one scalar at a time, for 1 to 3 CHANNELS.
// use: conv2d_kernel_block
@group(0) @binding(1) var<storage, read> x: array<f32>; // (batch, input rows, input columns, input channels)

// The piece of the row of x whose first pixel is `first`, from column `first_column` on, which may wrap around below 0;
// zeros outside the picture.
fn fetch_piece(first: u32, first_column: u32, channel: u32) -> Piece {
    var piece: Piece;
    for (var i = 0u; i < PIECE; i++) {
        let column = first_column + i;
        for (var c = 0u; c < CHANNELS; c++) {
            let value = x[(first + column) * INPUT_CHANNELS + channel + c];
            piece[i][c] = select(0.0, value, column < INPUT_COLUMNS);
        }
    }
    return piece;
}
