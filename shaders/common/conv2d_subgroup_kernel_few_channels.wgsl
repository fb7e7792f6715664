// Conv2d's gradient of the kernel by subgroups, for few input channels: all of them, CHANNELS being as many.
// use: conv2d_subgroup_kernel
@group(0) @binding(1) var<storage, read> x: array<f32>; // (batch, input rows, input columns, input channels)

// A group of sums is the taps of a row for one input channel.
const GROUPS: u32 = CHANNELS;
const PIECE: u32 = CHANNELS * LOADS;

alias Pieces = array<f32, BLOCK_ROWS * PIECE>;
alias Sums = array<vec4<f32>, BLOCK_ROWS * GROUPS * WINDOW_COLUMNS>;

fn fetch_piece(owned: Owned, pieces: ptr<function, Pieces>, source: u32, column: u32, place: u32) {
    for (var c = 0u; c < CHANNELS; c++) {
        for (var l = 0u; l < LOADS; l++) {
            let value = x[(source + column + l * LANES) * INPUT_CHANNELS + c];
            let looks = column + l * LANES < INPUT_COLUMNS && source != NO_ROW;
            (*pieces)[place * PIECE + c * LOADS + l] = select(0.0, value, looks);
        }
    }
}

fn add_products(
    sums: ptr<function, Sums>,
    pieces: ptr<function, Pieces>,
    pixels: ptr<function, Pixels>,
    tap: u32,
    g: u32,
) {
    let piece = tap * PIECE + g * LOADS;
    let first = (tap * GROUPS + g) * WINDOW_COLUMNS;
    for (var kx = 0u; kx < WINDOW_COLUMNS; kx++) {
        var sum = (*sums)[first + kx];
        for (var i = 0u; i < BLOCK_COLUMNS; i++) {
            sum += subgroupShuffle((*pieces)[piece + (i + kx) / LANES], (i + kx) % LANES) * (*pixels)[i];
        }
        (*sums)[first + kx] = sum;
    }
}

fn store_group(owned: Owned, sums: ptr<function, Sums>, tap: u32, g: u32) {
    for (var kx = 0u; kx < WINDOW_COLUMNS; kx++) {
        store_sum(owned, tap, kx, g, (*sums)[(tap * GROUPS + g) * WINDOW_COLUMNS + kx]);
    }
}
