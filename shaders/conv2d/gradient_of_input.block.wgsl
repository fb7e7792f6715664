// dx[n, iy, ix, ci] = sum over ky, kx, co of dout[n, iy + before - ky, ix + before - kx, co] * kernel[ky, kx, ci, co]
// for stride 1 and no dilation; outside the output dout is 0.
//
// An invocation owns BLOCK_ROWS rows of BLOCK_COLUMNS neighbouring pixels and BLOCK_CHANNELS input channels. It fetches the
// piece of a row of dout over its pixels once for all taps across, and a kernel vector once for all its pixels.
// Neighbouring invocations own neighbouring channels; rows are counted through the whole batch.
// Where x = f(z), that times f'(z) (common/input_gradient.wgsl).
// use: index
// use: conv2d_block_pieces
// use: activation_of_four
// use: input_gradient
struct Params {
    batch: u32,
    parameter: f32, // of the activation
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dout: array<vec4<f32>>; // (batch, output rows, output columns, output channels / 4)
@group(0) @binding(2) var<storage, read> kernel: array<vec4<f32>>; // (window rows, window columns, input channels, output channels / 4)

const OUTPUT_VECTORS: u32 = OUTPUT_CHANNELS / 4u;
const BLOCK_CHANNELS: u32 = VECTORS * 4u;
const CHANNEL_BLOCKS: u32 = INPUT_CHANNELS / BLOCK_CHANNELS;
const COLUMN_BLOCKS: u32 = (INPUT_COLUMNS + BLOCK_COLUMNS - 1u) / BLOCK_COLUMNS;
const PIECE: u32 = BLOCK_COLUMNS + WINDOW_COLUMNS - 1u;
const NO_ROW: u32 = 0xffffffffu;

alias Pieces = array<array<vec4<f32>, PIECE>, BLOCK_ROWS>;

// The first pixel of the row of dout that looks with tap `ky` at input row `row`; NO_ROW outside the output.
fn source_row(row: u32, ky: u32) -> u32 {
    // Wraps around below 0, to a number that no picture reaches.
    let oy = row % INPUT_ROWS + BEFORE_ROWS - ky;
    let first = (row / INPUT_ROWS * OUTPUT_ROWS + oy) * OUTPUT_COLUMNS;
    return select(NO_ROW, first, oy < OUTPUT_ROWS && row < params.batch * INPUT_ROWS);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local);
    let channel = index % CHANNEL_BLOCKS * BLOCK_CHANNELS;
    let block_column = index / CHANNEL_BLOCKS % COLUMN_BLOCKS * BLOCK_COLUMNS;
    let block_row = index / CHANNEL_BLOCKS / COLUMN_BLOCKS * BLOCK_ROWS;
    if block_row >= params.batch * INPUT_ROWS {
        return;
    }
    // The output column that looks at the first pixel with the last tap; wraps around below 0.
    let first_column = block_column + BEFORE_COLUMNS - (WINDOW_COLUMNS - 1u);
    var sums: array<array<array<vec4<f32>, VECTORS>, BLOCK_COLUMNS>, BLOCK_ROWS>;
    var ky = 0u;
    loop {
        var vector = 0u;
        loop {
            var pieces: Pieces;
            for (var r = 0u; r < BLOCK_ROWS; r++) {
                let first = source_row(block_row + r, ky);
                if first != NO_ROW {
                    for (var i = 0u; i < PIECE; i++) {
                        let column = first_column + i;
                        let value = dout[(first + column) * OUTPUT_VECTORS + vector];
                        pieces[r][i] = select(vec4<f32>(0.0), value, column < OUTPUT_COLUMNS);
                    }
                }
            }
            // The first pixels lie under the last tap, and after each move under the one before it.
            var moves = 0u;
            loop {
                let kx = WINDOW_COLUMNS - 1u - moves;
                for (var v = 0u; v < VECTORS; v++) {
                    // Rows of the kernel for four input channels.
                    let tap = ((ky * WINDOW_COLUMNS + kx) * INPUT_CHANNELS + channel + v * 4u) * OUTPUT_VECTORS + vector;
                    let a = kernel[tap];
                    let b = kernel[tap + OUTPUT_VECTORS];
                    let c = kernel[tap + 2u * OUTPUT_VECTORS];
                    let d = kernel[tap + 3u * OUTPUT_VECTORS];
                    for (var r = 0u; r < BLOCK_ROWS; r++) {
                        for (var p = 0u; p < BLOCK_COLUMNS; p++) {
                            let value = pieces[r][p];
                            sums[r][p][v] += vec4<f32>(dot(value, a), dot(value, b), dot(value, c), dot(value, d));
                        }
                    }
                }
                moves++;
                if moves >= WINDOW_COLUMNS {
                    break;
                }
                move_left(&pieces);
            }
            vector++;
            if vector >= OUTPUT_VECTORS {
                break;
            }
        }
        ky++;
        if ky >= WINDOW_ROWS {
            break;
        }
    }
    for (var r = 0u; r < BLOCK_ROWS; r++) {
        let row = block_row + r;
        for (var p = 0u; p < BLOCK_COLUMNS; p++) {
            let column = block_column + p;
            if row < params.batch * INPUT_ROWS && column < INPUT_COLUMNS {
                for (var v = 0u; v < VECTORS; v++) {
                    let place = (row * INPUT_COLUMNS + column) * (INPUT_CHANNELS / 4u) + channel / 4u + v;
                    store_gradient(place, sums[r][p][v]);
                }
            }
        }
    }
}
