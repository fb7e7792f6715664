// What the subgroup kernels of conv2d's forward pass and gradient of the input share. A subgroup owns BLOCK_ROWS rows of
// BLOCK_COLUMNS neighbouring pixels of the target and 32 of its channels, each lane four of them. The rows of the source
// under them stand with one pixel per lane. Rows are counted through the whole batch, image by image.
//
// The sums are divided into segments of as many neighbouring pixels as a subgroup has lanes. Each segment is a loop of its
// own, written out below, since drivers unroll short loops only, and a sum must not be indexed by a variable.
// use: subgroup
const ROW_SEGMENTS: u32 = (BLOCK_COLUMNS + LANES - 1u) / LANES;
const SEGMENTS: u32 = BLOCK_ROWS * ROW_SEGMENTS; // at most 8
const COLUMN_BLOCKS: u32 = (TARGET_COLUMNS + BLOCK_COLUMNS - 1u) / BLOCK_COLUMNS;
const VECTOR_BLOCKS: u32 = (TARGET_VECTORS + LANES - 1u) / LANES;
// Fetches that the piece of a source row under the block's pixels takes.
const LOADS: u32 = (BLOCK_COLUMNS + WINDOW_COLUMNS - 1u + LANES - 1u) / LANES;
const NO_ROW: u32 = 0xffffffffu;

alias Sums = array<vec4<f32>, SEGMENTS * LANES>;

struct Block {
    row: u32, // the first, of batch * target rows
    column: u32, // the first
    vector: u32, // of the target's channels by four, the lane's own
}

fn block_at(index: u32, lane: u32) -> Block {
    let vector = index % VECTOR_BLOCKS * LANES + lane;
    let column = index / VECTOR_BLOCKS % COLUMN_BLOCKS * BLOCK_COLUMNS;
    let row = index / VECTOR_BLOCKS / COLUMN_BLOCKS * BLOCK_ROWS;
    return Block(row, column, vector);
}

// Whether pixel `i` of segment `s` is in the block.
fn owns(s: u32, i: u32) -> bool {
    return s < SEGMENTS && s % ROW_SEGMENTS * LANES + i < BLOCK_COLUMNS;
}
