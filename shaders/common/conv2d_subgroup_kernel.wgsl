// The subgroup kernels of conv2d's gradient of the kernel. A subgroup owns, for one part of the batch's rows,
// BLOCK_ROWS rows of taps, at most 5, some input channels and, for each lane, WIDTH output channels, as vector_of_four
// or vector_of_one says. It walks down its rows in columns of BLOCK_COLUMNS output pixels, at most 16. Each lane
// fetches its channels of them, as conv2d_subgroup_dout or conv2d_subgroup_pooled_dout says; the pixels of the input
// stand one per lane, in a piece for each row of taps, zeros outside the picture. Where a row's taps, but for the last,
// look where the next taps of the row before did, the pieces move up and one is fetched.
//
// Loops of rows and columns test at their end, as ARCHITECTURE.md says; each has a first turn.
//
// The pass tells what it fetches of the input (Pieces, PIECE, fetch_piece) and what its sums are (Sums, add_products,
// store_group): divided into groups, GROUPS for each row of taps, at most 12, each written out below, since
// drivers unroll short loops only, and a sum must not be indexed by a variable.
// use: subgroup
struct Params {
    batch: u32,
    rows_per_part: u32,
    parts: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read_write> sums_out: array<Floats>; // (parts, window rows, window columns, input channels, output channels / WIDTH)

const OUTPUT_VECTORS: u32 = OUTPUT_CHANNELS / WIDTH;
const VECTOR_BLOCKS: u32 = (OUTPUT_VECTORS + LANES - 1u) / LANES;
const CHANNEL_BLOCKS: u32 = INPUT_CHANNELS / CHANNELS;
const TAP_BLOCKS: u32 = WINDOW_ROWS / BLOCK_ROWS;
// Fetches that the piece of an input row under a block of pixels takes.
const LOADS: u32 = (BLOCK_COLUMNS + WINDOW_COLUMNS - 1u + LANES - 1u) / LANES;
// Whether a row's tap looks where the next tap of the row before did.
const MOVES: bool = STRIDE_ROWS == DILATION_ROWS;
const NO_ROW: u32 = 0xffffffffu;

alias Pixels = array<Floats, 2u * LANES>;

struct Owned {
    part: u32,
    ky: u32, // the first row of taps
    channel: u32, // the first input channel
    vector: u32, // of the output channels by WIDTH, the lane's own
    lane: u32,
}

// The first pixel of the row of x that tap `ky` of output row `row` looks at; NO_ROW outside the picture.
fn source_row(row: u32, ky: u32) -> u32 {
    // Wraps around below 0, to a number that no picture reaches.
    let y = row % OUTPUT_ROWS * STRIDE_ROWS + ky * DILATION_ROWS - BEFORE_ROWS;
    return select(NO_ROW, (row / OUTPUT_ROWS * INPUT_ROWS + y) * INPUT_COLUMNS, y < INPUT_ROWS);
}

// Fetches the pieces of the rows of taps `first`.. but `end`, for the block at `column` of output row `row`, into the
// places from `place` on.
fn fetch_pieces(owned: Owned, pieces: ptr<function, Pieces>, row: u32, column: u32, first: u32, end: u32, place: u32) {
    for (var tap = first; tap < end; tap++) {
        let source = source_row(row, owned.ky + tap);
        // Wraps around in the padding, to a number that no picture reaches.
        fetch_piece(owned, pieces, source, column + owned.lane - BEFORE_COLUMNS, tap - first + place);
    }
}

fn move_up(pieces: ptr<function, Pieces>) {
    for (var i = 0u; i < (BLOCK_ROWS - 1u) * PIECE; i++) {
        (*pieces)[i] = (*pieces)[i + PIECE];
    }
}

// Adds to the sums of row of taps `tap` the products of all pixels of the block.
fn add_row(sums: ptr<function, Sums>, pieces: ptr<function, Pieces>, pixels: ptr<function, Pixels>, tap: u32) {
    add_products(sums, pieces, pixels, tap, 0u);
    if GROUPS > 1u {
        add_products(sums, pieces, pixels, tap, 1u);
    }
    if GROUPS > 2u {
        add_products(sums, pieces, pixels, tap, 2u);
    }
    if GROUPS > 3u {
        add_products(sums, pieces, pixels, tap, 3u);
    }
    if GROUPS > 4u {
        add_products(sums, pieces, pixels, tap, 4u);
    }
    if GROUPS > 5u {
        add_products(sums, pieces, pixels, tap, 5u);
    }
    if GROUPS > 6u {
        add_products(sums, pieces, pixels, tap, 6u);
    }
    if GROUPS > 7u {
        add_products(sums, pieces, pixels, tap, 7u);
    }
    if GROUPS > 8u {
        add_products(sums, pieces, pixels, tap, 8u);
    }
    if GROUPS > 9u {
        add_products(sums, pieces, pixels, tap, 9u);
    }
    if GROUPS > 10u {
        add_products(sums, pieces, pixels, tap, 10u);
    }
    if GROUPS > 11u {
        add_products(sums, pieces, pixels, tap, 11u);
    }
}

fn store_row(owned: Owned, sums: ptr<function, Sums>, tap: u32) {
    store_group(owned, sums, tap, 0u);
    if GROUPS > 1u {
        store_group(owned, sums, tap, 1u);
    }
    if GROUPS > 2u {
        store_group(owned, sums, tap, 2u);
    }
    if GROUPS > 3u {
        store_group(owned, sums, tap, 3u);
    }
    if GROUPS > 4u {
        store_group(owned, sums, tap, 4u);
    }
    if GROUPS > 5u {
        store_group(owned, sums, tap, 5u);
    }
    if GROUPS > 6u {
        store_group(owned, sums, tap, 6u);
    }
    if GROUPS > 7u {
        store_group(owned, sums, tap, 7u);
    }
    if GROUPS > 8u {
        store_group(owned, sums, tap, 8u);
    }
    if GROUPS > 9u {
        store_group(owned, sums, tap, 9u);
    }
    if GROUPS > 10u {
        store_group(owned, sums, tap, 10u);
    }
    if GROUPS > 11u {
        store_group(owned, sums, tap, 11u);
    }
}

fn store_sum(owned: Owned, tap: u32, kx: u32, channel: u32, sum: Floats) {
    if owned.vector < OUTPUT_VECTORS {
        let ky = owned.part * WINDOW_ROWS + owned.ky + tap;
        let place = (ky * WINDOW_COLUMNS + kx) * INPUT_CHANNELS + owned.channel + channel;
        sums_out[place * OUTPUT_VECTORS + owned.vector] = sum;
    }
}

// Adds to the sums the products of one row of the output, whose pixels are fetched.
fn add_output_row(sums: ptr<function, Sums>, pieces: ptr<function, Pieces>, pixels: ptr<function, Pixels>) {
    add_row(sums, pieces, pixels, 0u);
    if BLOCK_ROWS > 1u {
        add_row(sums, pieces, pixels, 1u);
    }
    if BLOCK_ROWS > 2u {
        add_row(sums, pieces, pixels, 2u);
    }
    if BLOCK_ROWS > 3u {
        add_row(sums, pieces, pixels, 3u);
    }
    if BLOCK_ROWS > 4u {
        add_row(sums, pieces, pixels, 4u);
    }
}

// Adds to the sums the products of the block at `column` of all rows of the part.
fn add_columns(owned: Owned, sums: ptr<function, Sums>, first_row: u32, end_row: u32, column: u32) {
    var row = first_row;
    loop {
        // The rows of one image.
        let end = min(end_row, row - row % OUTPUT_ROWS + OUTPUT_ROWS);
        var pieces: Pieces;
        if MOVES {
            fetch_pieces(owned, &pieces, row, column, 0u, BLOCK_ROWS - 1u, 1u);
        }
        loop {
            var fetched = fetch_dout(row, column, owned.vector);
            var r = 0u;
            loop {
                if MOVES {
                    move_up(&pieces);
                    fetch_pieces(owned, &pieces, row, column, BLOCK_ROWS - 1u, BLOCK_ROWS, BLOCK_ROWS - 1u);
                } else {
                    fetch_pieces(owned, &pieces, row, column, 0u, BLOCK_ROWS, 0u);
                }
                var pixels = pixels_of_row(&fetched, row);
                add_output_row(sums, &pieces, &pixels);
                row++;
                r++;
                if r >= POOL_ROWS {
                    break;
                }
            }
            if row >= end {
                break;
            }
        }
        if row >= end_row {
            break;
        }
    }
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(subgroup_id) subgroup: u32,
    @builtin(subgroup_invocation_id) lane: u32,
) {
    let index = subgroup_index(workgroup, workgroups, subgroup);
    let vector = index % VECTOR_BLOCKS * LANES + lane;
    let channel = index / VECTOR_BLOCKS % CHANNEL_BLOCKS * CHANNELS;
    let ky = index / VECTOR_BLOCKS / CHANNEL_BLOCKS % TAP_BLOCKS * BLOCK_ROWS;
    let part = index / VECTOR_BLOCKS / CHANNEL_BLOCKS / TAP_BLOCKS;
    if part >= params.parts {
        return;
    }
    let owned = Owned(part, ky, channel, vector, lane);
    let first_row = part * params.rows_per_part;
    let end_row = min(first_row + params.rows_per_part, params.batch * OUTPUT_ROWS);
    var sums: Sums;
    var column = 0u;
    loop {
        add_columns(owned, &sums, first_row, end_row, column);
        column += BLOCK_COLUMNS;
        if column >= OUTPUT_COLUMNS {
            break;
        }
    }
    store_row(owned, &sums, 0u);
    if BLOCK_ROWS > 1u {
        store_row(owned, &sums, 1u);
    }
    if BLOCK_ROWS > 2u {
        store_row(owned, &sums, 2u);
    }
    if BLOCK_ROWS > 3u {
        store_row(owned, &sums, 3u);
    }
    if BLOCK_ROWS > 4u {
        store_row(owned, &sums, 4u);
    }
}
