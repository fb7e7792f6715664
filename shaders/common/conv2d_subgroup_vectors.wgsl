// The sums of a subgroup kernel of conv2d, over four channels of the source at a time. The pass tells where the source
// lies (source_row, fetch_source, SOURCE_CHANNELS, FIRST_COLUMN, first_tap, end_tap), what the kernel's part is
// (fetch_weights), and what becomes of the sums (store). Past the source's last channel fetch_source and fetch_weights
// are 0.
// use: conv2d_subgroup
alias Pieces = array<vec4<f32>, BLOCK_ROWS * LOADS>;
alias Weights = array<Floats, 4>;

const SOURCE_VECTORS: u32 = (SOURCE_CHANNELS + 3u) / 4u;

// Whether the source has this channel; the last vector may reach past the last one.
fn is_channel(channel: u32) -> bool {
    return SOURCE_CHANNELS % 4u == 0u || channel < SOURCE_CHANNELS;
}

// Taps of a row that look past the source to the right, from the target's last pixel.
const AFTER_COLUMNS: u32 = max(TARGET_COLUMNS + WINDOW_COLUMNS - 1u, SOURCE_COLUMNS + FIRST_COLUMN) - SOURCE_COLUMNS - FIRST_COLUMN;
// Of the taps of all pixels of a row, those that look past the source; more are told where the target is narrower than the
// window, or reaches more columns past the source than the window has.
const TAPS_OUTSIDE: u32 = (FIRST_COLUMN * (FIRST_COLUMN + 1u) + AFTER_COLUMNS * (AFTER_COLUMNS + 1u)) / 2u;
// Whether taps that look past the source are left out: where they are known, since a block is as wide as the target, and
// are a sixth of all. Then each tap is written out. Elsewhere one text serves all taps, so that it fits into a
// processor's first cache: that is faster than to leave out a few.
const LEAVES_OUT: bool = COLUMN_BLOCKS == 1u && 6u * TAPS_OUTSIDE >= TARGET_COLUMNS * WINDOW_COLUMNS;

// Whether the tap so far `ahead` of the first one, of pixel `i` of segment `s`, may look at the source.
fn looks(s: u32, i: u32, ahead: u32) -> bool {
    // Wraps around below 0, to a number that no picture reaches.
    return !LEAVES_OUT || s % ROW_SEGMENTS * LANES + i + ahead - FIRST_COLUMN < SOURCE_COLUMNS;
}

// Adds four products, or fewer where the source has fewer channels in all, to each sum of segment `s` for which the tap
// looks at the source. The pieces have one pixel per lane; the tap is so many pixels `ahead` of the first one's.
fn add_products(sums: ptr<function, Sums>, pieces: ptr<function, Pieces>, weights: ptr<function, Weights>, s: u32, ahead: u32) {
    let first = s / ROW_SEGMENTS * LOADS + s % ROW_SEGMENTS;
    for (var i = 0u; i < LANES; i++) {
        if owns(s, i) && looks(s, i, ahead) {
            let value = subgroupShuffle((*pieces)[first + (i + ahead) / LANES], (i + ahead) % LANES);
            var sum = (*sums)[s * LANES + i];
            sum += value.x * (*weights)[0];
            if SOURCE_CHANNELS > 1u {
                sum += value.y * (*weights)[1];
            }
            if SOURCE_CHANNELS > 2u {
                sum += value.z * (*weights)[2];
            }
            if SOURCE_CHANNELS > 3u {
                sum += value.w * (*weights)[3];
            }
            (*sums)[s * LANES + i] = sum;
        }
    }
}

// Adds the products of one tap, whose weights these are, and four channels of the source to all sums.
fn add_tap(sums: ptr<function, Sums>, pieces: ptr<function, Pieces>, weights: ptr<function, Weights>, ahead: u32) {
    add_products(sums, pieces, weights, 0u, ahead);
    if SEGMENTS > 1u {
        add_products(sums, pieces, weights, 1u, ahead);
    }
    if SEGMENTS > 2u {
        add_products(sums, pieces, weights, 2u, ahead);
    }
    if SEGMENTS > 3u {
        add_products(sums, pieces, weights, 3u, ahead);
    }
    if SEGMENTS > 4u {
        add_products(sums, pieces, weights, 4u, ahead);
    }
    if SEGMENTS > 5u {
        add_products(sums, pieces, weights, 5u, ahead);
    }
    if SEGMENTS > 6u {
        add_products(sums, pieces, weights, 6u, ahead);
    }
    if SEGMENTS > 7u {
        add_products(sums, pieces, weights, 7u, ahead);
    }
}

// Adds the products of tap `kx`, whose place is known when compiling.
fn add_known_tap(sums: ptr<function, Sums>, pieces: ptr<function, Pieces>, block: Block, ky: u32, kx: u32, vector: u32) {
    var weights = fetch_weights(ky, kx, vector, block.vector);
    add_tap(sums, pieces, &weights, kx);
}

// Adds the products of a row of taps, each written out.
fn add_known_taps(sums: ptr<function, Sums>, pieces: ptr<function, Pieces>, block: Block, ky: u32, vector: u32) {
    add_known_tap(sums, pieces, block, ky, 0u, vector);
    if WINDOW_COLUMNS > 1u {
        add_known_tap(sums, pieces, block, ky, 1u, vector);
    }
    if WINDOW_COLUMNS > 2u {
        add_known_tap(sums, pieces, block, ky, 2u, vector);
    }
    if WINDOW_COLUMNS > 3u {
        add_known_tap(sums, pieces, block, ky, 3u, vector);
    }
    if WINDOW_COLUMNS > 4u {
        add_known_tap(sums, pieces, block, ky, 4u, vector);
    }
    if WINDOW_COLUMNS > 5u {
        add_known_tap(sums, pieces, block, ky, 5u, vector);
    }
    if WINDOW_COLUMNS > 6u {
        add_known_tap(sums, pieces, block, ky, 6u, vector);
    }
}

// Moves the pieces one pixel to the left, under the next tap.
fn move_left(pieces: ptr<function, Pieces>, lane: u32) {
    for (var r = 0u; r < BLOCK_ROWS; r++) {
        for (var l = 0u; l < LOADS; l++) {
            let place = r * LOADS + l;
            var value = (*pieces)[place];
            if l + 1u < LOADS {
                // The last lane looks at the first one, which holds the next piece's first pixel out to it.
                value = select(value, (*pieces)[place + 1u], lane == 0u);
            }
            (*pieces)[place] = subgroupShuffle(value, (lane + 1u) % LANES);
        }
    }
}

// Adds the products of a row of taps, one after the other. Leaves the pieces under the last one.
fn add_taps(sums: ptr<function, Sums>, pieces: ptr<function, Pieces>, block: Block, lane: u32, ky: u32, vector: u32) {
    var kx = 0u;
    loop {
        var weights = fetch_weights(ky, kx, vector, block.vector);
        add_tap(sums, pieces, &weights, 0u);
        kx++;
        if kx >= WINDOW_COLUMNS {
            break;
        }
        move_left(pieces, lane);
    }
}

fn add_all(block: Block, lane: u32, sums: ptr<function, Sums>) {
    // May wrap around below 0, to a number that no picture reaches.
    let first_column = block.column - FIRST_COLUMN;
    // Where no tap looks at the picture, one is taken all the same, of zeros.
    var ky = min(first_tap(block), WINDOW_ROWS - 1u);
    let end = end_tap(block);
    loop {
        var vector = 0u;
        loop {
            var fetched: Pieces;
            for (var r = 0u; r < BLOCK_ROWS; r++) {
                let first = source_row(block, r, ky);
                for (var l = 0u; l < LOADS; l++) {
                    let column = first_column + l * LANES + lane;
                    let value = fetch_source(first + column, vector);
                    fetched[r * LOADS + l] = select(vec4<f32>(0.0), value, column < SOURCE_COLUMNS && first != NO_ROW);
                }
            }
            if LEAVES_OUT || WINDOW_COLUMNS == 1u {
                add_known_taps(sums, &fetched, block, ky, vector);
            } else {
                add_taps(sums, &fetched, block, lane, ky, vector);
            }
            vector++;
            if vector >= SOURCE_VECTORS {
                break;
            }
        }
        ky++;
        if ky >= end {
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
    let block = block_at(subgroup_index(workgroup, workgroups, subgroup), lane);
    if block.image >= params.batch {
        return;
    }
    var sums: Sums;
    add_all(block, lane, &sums);
    store(block, &sums);
}
