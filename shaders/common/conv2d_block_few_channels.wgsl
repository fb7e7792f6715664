// The sums of conv2d's forward pass by blocks, one input channel at a time; no dilation across.
// use: conv2d_block
// use: conv2d_block_pieces
@group(0) @binding(1) var<storage, read> x: array<f32>; // (batch, input rows, input columns, input channels)

alias Pieces = array<array<f32, PIECE>, BLOCK_ROWS>;

fn fetch(first: u32, column: u32, channel: u32) -> f32 {
    let value = x[(first + column) * INPUT_CHANNELS + channel];
    if MASK_COLUMNS {
        return select(0.0, value, column < INPUT_COLUMNS);
    }
    return value;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let block = block_at(linear_index(workgroup, workgroups, local));
    if block.row >= params.batch * OUTPUT_ROWS {
        return;
    }
    // Wraps around in the padding, to a number that no picture reaches.
    let first_column = block.column * STRIDE_COLUMNS - BEFORE_COLUMNS;
    var sums: Sums;
    var channel = 0u;
    loop {
        var ky = 0u;
        loop {
            var pieces: Pieces;
            for (var r = 0u; r < BLOCK_ROWS; r++) {
                let first = source_row(block.row + r, ky);
                if first != NO_ROW {
                    for (var i = 0u; i < PIECE; i++) {
                        pieces[r][i] = fetch(first, first_column + i, channel);
                    }
                }
            }
            var kx = 0u;
            loop {
                let tap = ((ky * WINDOW_COLUMNS + kx) * INPUT_CHANNELS + channel) * OUTPUT_VECTORS + block.vector;
                for (var v = 0u; v < VECTORS; v++) {
                    let weights = kernel[tap + v];
                    for (var r = 0u; r < BLOCK_ROWS; r++) {
                        for (var p = 0u; p < BLOCK_COLUMNS; p++) {
                            sums[r][p][v] += pieces[r][p * STRIDE_COLUMNS] * weights;
                        }
                    }
                }
                kx++;
                if kx >= WINDOW_COLUMNS {
                    break;
                }
                move_left(&pieces);
            }
            ky++;
            if ky >= WINDOW_ROWS {
                break;
            }
        }
        channel++;
        if channel >= INPUT_CHANNELS {
            break;
        }
    }
    store(block, &sums);
}
