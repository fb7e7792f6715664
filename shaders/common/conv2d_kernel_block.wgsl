// What the blocked kernels of conv2d's gradient of the kernel share: an invocation owns, for one part of the batch's
// rows and one row of taps, all taps across, at most 7, CHANNELS input channels and VECTORS * 4 output channels. It
// walks along its rows BLOCK_COLUMNS output pixels at a time and fetches each pixel once for all its products: of the
// input as conv2d_kernel_block_vectors or conv2d_kernel_block_few_channels says, of the output's gradient as
// conv2d_kernel_block_dout or conv2d_kernel_block_pooled_dout.
// use: index
struct Params {
    batch: u32,
    rows_per_part: u32,
    parts: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read_write> sums_out: array<vec4<f32>>; // (parts, window rows, window columns, input channels, output channels / 4)

const OUTPUT_VECTORS: u32 = OUTPUT_CHANNELS / 4u;
const VECTOR_BLOCKS: u32 = OUTPUT_VECTORS / VECTORS;
const CHANNEL_BLOCKS: u32 = INPUT_CHANNELS / CHANNELS;
const_assert WINDOW_COLUMNS <= 7u; // So many taps are written out.

// The piece of an input row under a block of pixels.
const PIECE: u32 = (BLOCK_COLUMNS - 1u) * STRIDE_COLUMNS + WINDOW_COLUMNS;

alias Piece = array<array<f32, CHANNELS>, PIECE>;
alias Sums = array<array<array<vec4<f32>, VECTORS>, CHANNELS>, WINDOW_COLUMNS>;
alias Pixels = array<array<vec4<f32>, VECTORS>, BLOCK_COLUMNS>;

struct Block {
    part: u32,
    ky: u32,
    channel: u32, // the first input channel
    vector: u32, // the first, of the output channels by four
}

fn block_at(index: u32) -> Block {
    let vector = index % VECTOR_BLOCKS * VECTORS;
    let channel = index / VECTOR_BLOCKS % CHANNEL_BLOCKS * CHANNELS;
    let ky = index / VECTOR_BLOCKS / CHANNEL_BLOCKS % WINDOW_ROWS;
    let part = index / VECTOR_BLOCKS / CHANNEL_BLOCKS / WINDOW_ROWS;
    return Block(part, ky, channel, vector);
}

fn store(block: Block, sums: ptr<function, Sums>) {
    for (var kx = 0u; kx < WINDOW_COLUMNS; kx++) {
        for (var c = 0u; c < CHANNELS; c++) {
            let tap = ((block.part * WINDOW_ROWS + block.ky) * WINDOW_COLUMNS + kx) * INPUT_CHANNELS + block.channel + c;
            for (var v = 0u; v < VECTORS; v++) {
                sums_out[tap * OUTPUT_VECTORS + block.vector + v] = (*sums)[kx][c][v];
            }
        }
    }
}

// Adds the products of tap `kx` across, whose place is known when compiling.
fn add_tap(sums: ptr<function, Sums>, piece: ptr<function, Piece>, pixels: ptr<function, Pixels>, kx: u32) {
    for (var c = 0u; c < CHANNELS; c++) {
        for (var v = 0u; v < VECTORS; v++) {
            var sum = (*sums)[kx][c][v];
            for (var p = 0u; p < BLOCK_COLUMNS; p++) {
                sum += (*piece)[p * STRIDE_COLUMNS + kx][c] * (*pixels)[p][v];
            }
            (*sums)[kx][c][v] = sum;
        }
    }
}

// The taps are written out, since a sum must not be indexed by a variable.
fn add_taps(sums: ptr<function, Sums>, piece: ptr<function, Piece>, pixels: ptr<function, Pixels>) {
    add_tap(sums, piece, pixels, 0u);
    if WINDOW_COLUMNS > 1u {
        add_tap(sums, piece, pixels, 1u);
    }
    if WINDOW_COLUMNS > 2u {
        add_tap(sums, piece, pixels, 2u);
    }
    if WINDOW_COLUMNS > 3u {
        add_tap(sums, piece, pixels, 3u);
    }
    if WINDOW_COLUMNS > 4u {
        add_tap(sums, piece, pixels, 4u);
    }
    if WINDOW_COLUMNS > 5u {
        add_tap(sums, piece, pixels, 5u);
    }
    if WINDOW_COLUMNS > 6u {
        add_tap(sums, piece, pixels, 6u);
    }
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let block = block_at(linear_index(workgroup, workgroups, local));
    if block.part >= params.parts {
        return;
    }
    let first_row = block.part * params.rows_per_part;
    let end_row = min(first_row + params.rows_per_part, params.batch * OUTPUT_ROWS);
    var sums: Sums;
    var row = first_row;
    loop {
        // Wraps around below 0, to a number that no picture reaches.
        let y = row % OUTPUT_ROWS * STRIDE_ROWS + block.ky * DILATION_ROWS - BEFORE_ROWS;
        if y < INPUT_ROWS {
            let first = (row / OUTPUT_ROWS * INPUT_ROWS + y) * INPUT_COLUMNS;
            var start = 0u;
            loop {
                var piece = fetch_piece(first, start * STRIDE_COLUMNS - BEFORE_COLUMNS, block.channel);
                var pixels = fetch_dout(row, start, block.vector);
                add_taps(&sums, &piece, &pixels);
                start += BLOCK_COLUMNS;
                if start >= OUTPUT_COLUMNS {
                    break;
                }
            }
        }
        row++;
        if row >= end_row {
            break;
        }
    }
    store(block, &sums);
}
