// Conv2d's gradient of the kernel by subgroups, one input channel at a time, of CHANNELS that a
// subgroup owns, a divisor of their number.
// use: conv2d_subgroup_kernel
@group(0) @binding(1) var<storage, read> x: array<f32>; // (batch, input rows, input columns, input channels)

// A group of sums is one tap and one input channel.
const GROUPS: u32 = CHANNELS * WINDOW_COLUMNS;
const PIECE: u32 = CHANNELS * LOADS;

alias Pieces = array<f32, BLOCK_ROWS * PIECE>;
alias Sums = array<Floats, BLOCK_ROWS * GROUPS>;

fn fetch_piece(owned: Owned, pieces: ptr<function, Pieces>, source: u32, column: u32, place: u32) {
    for (var c = 0u; c < CHANNELS; c++) {
        for (var l = 0u; l < LOADS; l++) {
            let value = x[(source + column + l * LANES) * INPUT_CHANNELS + owned.channel + c];
            let looks = column + l * LANES < INPUT_COLUMNS && source != NO_ROW;
            (*pieces)[place * PIECE + c * LOADS + l] = select(0.0, value, looks);
        }
    }
}

// Adds to the sums of group `g` the products of all pixels of the block: they stay in registers meanwhile.
fn add_products(
    sums: ptr<function, Sums>,
    pieces: ptr<function, Pieces>,
    pixels: ptr<function, Pixels>,
    tap: u32,
    g: u32,
) {
    let piece = tap * PIECE + g / WINDOW_COLUMNS * LOADS;
    let kx = g % WINDOW_COLUMNS;
    var sum = (*sums)[tap * GROUPS + g];
    for (var i = 0u; i < BLOCK_COLUMNS; i++) {
        sum += subgroupShuffle((*pieces)[piece + (i + kx) / LANES], (i + kx) % LANES) * (*pixels)[i];
    }
    (*sums)[tap * GROUPS + g] = sum;
}

fn store_group(owned: Owned, sums: ptr<function, Sums>, tap: u32, g: u32) {
    store_sum(owned, tap, g % WINDOW_COLUMNS, g / WINDOW_COLUMNS, (*sums)[tap * GROUPS + g]);
}
