// How the blocked kernels of conv2d's forward pass, and of its gradient of the input by stride 1, walk along a row of
// taps. A kernel says what Pieces are: BLOCK_ROWS pieces, of PIECE pixels each.

// Moves the pieces one pixel to the left, under the next tap: so all taps share one text, in which no index depends on
// the tap. A text of all taps one after the other would be too long for drivers to keep the pieces in registers.
fn move_left(pieces: ptr<function, Pieces>) {
    for (var r = 0u; r < BLOCK_ROWS; r++) {
        for (var i = 0u; i < PIECE - 1u; i++) {
            (*pieces)[r][i] = (*pieces)[r][i + 1u];
        }
    }
}
