// The sums of conv2d's forward pass by blocks, for input channels that are a multiple of 4; no dilation across.
// use: conv2d_block
// use: conv2d_block_pieces
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>; // (batch, input rows, input columns, input channels / 4)

const INPUT_VECTORS: u32 = INPUT_CHANNELS / 4u;

alias Pieces = array<array<vec4<f32>, PIECE>, BLOCK_ROWS>;

fn fetch(first: u32, column: u32, vector: u32) -> vec4<f32> {
    let value = x[(first + column) * INPUT_VECTORS + vector];
    if MASK_COLUMNS {
        return select(vec4<f32>(0.0), value, column < INPUT_COLUMNS);
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
    var ky = 0u;
    loop {
        var vector = 0u;
        loop {
            var pieces: Pieces;
            for (var r = 0u; r < BLOCK_ROWS; r++) {
                let first = source_row(block.row + r, ky);
                if first != NO_ROW {
                    for (var i = 0u; i < PIECE; i++) {
                        pieces[r][i] = fetch(first, first_column + i, vector);
                    }
                }
            }
            var kx = 0u;
            loop {
                for (var c = 0u; c < 4u; c++) {
                    let tap = ((ky * WINDOW_COLUMNS + kx) * INPUT_CHANNELS + vector * 4u + c) * OUTPUT_VECTORS + block.vector;
                    for (var v = 0u; v < VECTORS; v++) {
                        let weights = kernel[tap + v];
                        for (var r = 0u; r < BLOCK_ROWS; r++) {
                            for (var p = 0u; p < BLOCK_COLUMNS; p++) {
                                sums[r][p][v] += pieces[r][p * STRIDE_COLUMNS][c] * weights;
                            }
                        }
                    }
                }
                kx++;
                if kx >= WINDOW_COLUMNS {
                    break;
                }
                move_left(&pieces);
            }
            vector++;
            if vector >= INPUT_VECTORS {
                break;
            }
        }
        ky++;
        if ky >= WINDOW_ROWS {
            break;
        }
    }
    store(block, &sums);
}
