// How the blocked kernels of conv2d's forward pass and gradient of the input walk along a row of taps. A kernel says what
// Pieces are: BLOCK_ROWS pieces, of PIECE pixels each.

// Moves the pieces one pixel to the left, under the next tap: so all taps share one text, in which no index depends on the
// tap. Written out for each tap, it is too long for drivers to keep the pieces in registers.
fn move_left(pieces: ptr<function, Pieces>) {
    for (var r = 0u; r < BLOCK_ROWS; r++) {
        for (var i = 0u; i < PIECE - 1u; i++) {
            (*pieces)[r][i] = (*pieces)[r][i + 1u];
        }
    }
}
