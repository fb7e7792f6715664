// dkernel[ky, kx, ci, co] = sum over n, oy, ox of x[n, iy, ix, ci] * dout[n, oy, ox, co]
// where iy = oy * stride + ky * dilation - before, ix = ox + kx - before; outside the picture x is 0.
// By subgroups as common/conv2d_subgroup_kernel.wgsl says, for CHANNELS input channels at a time, a multiple of 4.
// use: vector_of_four
// use: conv2d_subgroup_kernel
// use: conv2d_subgroup_dout
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>; // (batch, input rows, input columns, input channels / 4)

const CHANNEL_VECTORS: u32 = CHANNELS / 4u;
// A group of sums is one tap and four input channels.
const GROUPS: u32 = CHANNEL_VECTORS * WINDOW_COLUMNS;
const PIECE: u32 = CHANNEL_VECTORS * LOADS;

alias Pieces = array<vec4<f32>, BLOCK_ROWS * PIECE>;
alias Sums = array<Floats, BLOCK_ROWS * GROUPS * 4u>;

fn fetch_piece(owned: Owned, pieces: ptr<function, Pieces>, source: u32, column: u32, place: u32) {
    for (var v = 0u; v < CHANNEL_VECTORS; v++) {
        for (var l = 0u; l < LOADS; l++) {
            let value = x[((source + column + l * LANES) * INPUT_CHANNELS + owned.channel) / 4u + v];
            let looks = column + l * LANES < INPUT_COLUMNS && source != NO_ROW;
            (*pieces)[place * PIECE + v * LOADS + l] = select(vec4<f32>(0.0), value, looks);
        }
    }
}

// Adds to the sums of channel `c` of group `g` the products of all pixels of the block: one vector of sums at a time, which
// stays in registers meanwhile.
fn add_channel(
    sums: ptr<function, Sums>,
    pieces: ptr<function, Pieces>,
    pixels: ptr<function, Pixels>,
    tap: u32,
    g: u32,
    c: u32,
) {
    let piece = tap * PIECE + g / WINDOW_COLUMNS * LOADS;
    let kx = g % WINDOW_COLUMNS;
    var sum = (*sums)[(tap * GROUPS + g) * 4u + c];
    for (var i = 0u; i < BLOCK_COLUMNS; i++) {
        sum += subgroupShuffle((*pieces)[piece + (i + kx) / LANES][c], (i + kx) % LANES) * (*pixels)[i];
    }
    (*sums)[(tap * GROUPS + g) * 4u + c] = sum;
}

fn add_products(
    sums: ptr<function, Sums>,
    pieces: ptr<function, Pieces>,
    pixels: ptr<function, Pixels>,
    tap: u32,
    g: u32,
) {
    add_channel(sums, pieces, pixels, tap, g, 0u);
    add_channel(sums, pieces, pixels, tap, g, 1u);
    add_channel(sums, pieces, pixels, tap, g, 2u);
    add_channel(sums, pieces, pixels, tap, g, 3u);
}

fn store_group(owned: Owned, sums: ptr<function, Sums>, tap: u32, g: u32) {
    for (var c = 0u; c < 4u; c++) {
        let sum = (*sums)[(tap * GROUPS + g) * 4u + c];
        store_sum(owned, tap, g % WINDOW_COLUMNS, g / WINDOW_COLUMNS * 4u + c, sum);
    }
}
