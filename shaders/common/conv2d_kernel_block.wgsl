// What the blocked kernels of conv2d's gradient of the kernel share: an invocation owns, for one part of the batch's
// rows and one row of taps, all taps across, CHANNELS input channels and VECTORS * 4 output channels. It walks along
// its rows BLOCK_COLUMNS output pixels at a time and fetches each pixel once for all its products.
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
// The piece of an input row under a block of pixels.
const PIECE: u32 = (BLOCK_COLUMNS - 1u) * STRIDE_COLUMNS + WINDOW_COLUMNS;

alias Sums = array<vec4<f32>, WINDOW_COLUMNS * CHANNELS * VECTORS>;
alias Pixels = array<vec4<f32>, BLOCK_COLUMNS * VECTORS>;

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
                sums_out[tap * OUTPUT_VECTORS + block.vector + v] = (*sums)[(kx * CHANNELS + c) * VECTORS + v];
            }
        }
    }
}
