// What the blocked kernels of matmul share: an invocation owns 4 rows by 4 columns of the output. The terms and the
// columns are multiples of 4, the rows need not be: a row past the end is fetched as the last and not stored. The sum is in
// parts of so many terms. Where there are several, the kernel has neither bias nor activation: it stores their sums as they
// are, for a second step (ops/ending.rs).
struct Params {
    rows: u32,
    columns: u32,
    terms: u32,
    parameter: f32, // of the activation
    terms_per_part: u32,
    parts: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

struct Block {
    part: u32,
    row: u32, // the first
    vector: u32, // of the columns by four
    inside: bool,
}

// Over (parts, rows / 4 rounded up, columns / 4).
fn block_at(index: u32) -> Block {
    let vectors = params.columns / 4u;
    let row_blocks = (params.rows + 3u) / 4u;
    let part = index / vectors / row_blocks;
    return Block(part, index / vectors % row_blocks * 4u, index % vectors, part < params.parts);
}

// The first of the block's terms, and where they end.
fn terms_of(block: Block) -> vec2<u32> {
    let first = block.part * params.terms_per_part;
    return vec2(first, min(first + params.terms_per_part, params.terms));
}

// A kernel says store_vector(row, column, sums) for four columns of a row, which is counted through the parts.
fn store(block: Block, sums: mat4x4<f32>) {
    let first = block.part * params.rows + block.row;
    for (var r = 0u; r < 4u; r++) {
        if block.row + r < params.rows {
            store_vector(first + r, 4u * block.vector, sums[r]);
        }
    }
}
