// What the subgroup kernels of conv2d's forward pass and gradient of the input share. A subgroup owns BLOCK_ROWS rows
// of BLOCK_COLUMNS neighbouring pixels of the target and, for each lane, WIDTH of its channels, as vector_of_four or
// vector_of_one says. The rows of the source under them stand with one pixel per lane. The rows are of BLOCK_IMAGES
// neighbouring images, the same neighbouring rows of each: so rows of taps that look past the picture are left out for
// all of them at once.
//
// The sums are divided into segments of as many neighbouring pixels as a subgroup has lanes. Each segment is a loop of
// its own, written out below, since drivers unroll short loops only, and a sum must not be indexed by a variable.
// use: subgroup
const ROW_SEGMENTS: u32 = (BLOCK_COLUMNS + LANES - 1u) / LANES;
const SEGMENTS: u32 = BLOCK_ROWS * ROW_SEGMENTS; // at most 8
const ROWS_EACH: u32 = BLOCK_ROWS / BLOCK_IMAGES; // of each image
const ROW_BLOCKS: u32 = (TARGET_ROWS + ROWS_EACH - 1u) / ROWS_EACH;
const COLUMN_BLOCKS: u32 = (TARGET_COLUMNS + BLOCK_COLUMNS - 1u) / BLOCK_COLUMNS;
const VECTOR_BLOCKS: u32 = (TARGET_VECTORS + LANES - 1u) / LANES;
// Fetches that the piece of a source row under the block's pixels takes.
const LOADS: u32 = (BLOCK_COLUMNS + WINDOW_COLUMNS - 1u + LANES - 1u) / LANES;
const NO_ROW: u32 = 0xffffffffu;

alias Sums = array<Floats, SEGMENTS * LANES>;

struct Block {
    image: u32, // the first
    row: u32, // the first, of each image
    column: u32, // the first
    vector: u32, // of the target's channels by WIDTH, the lane's own
}

fn block_at(index: u32, lane: u32) -> Block {
    let vector = index % VECTOR_BLOCKS * LANES + lane;
    let column = index / VECTOR_BLOCKS % COLUMN_BLOCKS * BLOCK_COLUMNS;
    let rows = index / VECTOR_BLOCKS / COLUMN_BLOCKS;
    return Block(rows / ROW_BLOCKS * BLOCK_IMAGES, rows % ROW_BLOCKS * ROWS_EACH, column, vector);
}

// The first pixel of the block's row `r` in a picture of `rows` rows and `columns` columns, were it row `y` there.
fn first_pixel(block: Block, r: u32, y: u32, rows: u32, columns: u32) -> u32 {
    return ((block.image + r / ROWS_EACH) * rows + y) * columns;
}

// Whether the block's row `r` is one of the target's.
fn is_row(block: Block, r: u32) -> bool {
    return block.image + r / ROWS_EACH < params.batch && block.row + r % ROWS_EACH < TARGET_ROWS;
}

// Whether pixel `i` of segment `s` is in the block.
fn owns(s: u32, i: u32) -> bool {
    return s < SEGMENTS && s % ROW_SEGMENTS * LANES + i < BLOCK_COLUMNS;
}

// Stores all segments, as the pass stores one, with `shift` added to every sum where it adds one.
fn store_segments(block: Block, shift: Floats, sums: ptr<function, Sums>) {
    store_segment(block, shift, sums, 0u);
    if SEGMENTS > 1u {
        store_segment(block, shift, sums, 1u);
    }
    if SEGMENTS > 2u {
        store_segment(block, shift, sums, 2u);
    }
    if SEGMENTS > 3u {
        store_segment(block, shift, sums, 3u);
    }
    if SEGMENTS > 4u {
        store_segment(block, shift, sums, 4u);
    }
    if SEGMENTS > 5u {
        store_segment(block, shift, sums, 5u);
    }
    if SEGMENTS > 6u {
        store_segment(block, shift, sums, 6u);
    }
    if SEGMENTS > 7u {
        store_segment(block, shift, sums, 7u);
    }
}
