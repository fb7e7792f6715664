// The input as the blocked kernels of conv2d's gradient of the kernel fetch it where its channels are a multiple of 4.
// use: conv2d_kernel_block
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>; // (batch, input rows, input columns, input channels / 4)

const_assert CHANNELS == 4u;

// The piece of the row of x whose first pixel is `first`, from column `first_column` on, which may wrap around below 0;
// zeros outside the picture.
fn fetch_piece(first: u32, first_column: u32, channel: u32) -> Piece {
    var piece: Piece;
    for (var i = 0u; i < PIECE; i++) {
        let column = first_column + i;
        let value = x[((first + column) * INPUT_CHANNELS + channel) / 4u];
        let channels = select(vec4<f32>(0.0), value, column < INPUT_COLUMNS);
        for (var c = 0u; c < CHANNELS; c++) {
            piece[i][c] = channels[c];
        }
    }
    return piece;
}
