// The product out[i, j] = sum over l of left[i, l] * right[l, j] by tiles: a workgroup owns BLOCK_ROWS rows by BLOCK_COLUMNS
// columns of it. It brings both operands of 16 terms at a time into workgroup memory, and each of its invocations
// multiplies 8 rows by 8 columns of them: a vector of four in either half of the tile, so that what neighbours read
// lies side by side.
//
// A pass says how its product is made: rows(), COLUMNS, parts() of the sum and the terms of each by terms(); which
// operands lie along the terms in memory (LEFT_ALONG_TERMS, RIGHT_ALONG_TERMS); fetch_left and fetch_right, which give
// four rows or columns by four terms, zeros past the ends; and store_rows, for four columns of four rows.
const FOURS: u32 = 4u; // of terms, at a time
const LEFT_VECTORS: u32 = BLOCK_ROWS / 4u; // of a term
const RIGHT_VECTORS: u32 = BLOCK_COLUMNS / 4u;
// From four terms to the next. The gap of two lets the invocations that store pieces of one row, which are of one vector and
// different terms, do so to different banks.
const LEFT_STEP: u32 = 4u * LEFT_VECTORS + 2u;
const RIGHT_STEP: u32 = 4u * RIGHT_VECTORS + 2u;
const COLUMN_TILES: u32 = (COLUMNS + BLOCK_COLUMNS - 1u) / BLOCK_COLUMNS;
// Invocations from the top to the bottom of a tile, and from left to right.
const DOWN: u32 = BLOCK_ROWS / 8u;
const ACROSS: u32 = BLOCK_COLUMNS / 8u;
const_assert DOWN * ACROSS == WORKGROUP_SIZE;

// By term, then by row or column.
var<workgroup> left: array<vec4<f32>, FOURS * LEFT_STEP>;
var<workgroup> right: array<vec4<f32>, FOURS * RIGHT_STEP>;

// An invocation's part of the product; a column of a matrix is four columns of a row of the product.
struct Sums {
    top_left: mat4x4<f32>,
    top_right: mat4x4<f32>,
    bottom_left: mat4x4<f32>,
    bottom_right: mat4x4<f32>,
}

// The vector and the four terms of a piece: neighbouring invocations fetch neighbours in memory.
fn place(piece: u32, vectors: u32, along_terms: bool) -> vec2<u32> {
    return select(vec2(piece % vectors, piece / vectors), vec2(piece / FOURS, piece % FOURS), along_terms);
}

fn products(rows: vec4<f32>, columns: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(rows.x * columns, rows.y * columns, rows.z * columns, rows.w * columns);
}

// Adds the products of one term, whose vectors for the invocation begin at these places.
fn add_term(sums: ptr<function, Sums>, in_left: u32, in_right: u32) {
    let top = left[in_left];
    let bottom = left[in_left + DOWN];
    let columns_left = right[in_right];
    let columns_right = right[in_right + ACROSS];
    (*sums).top_left += products(top, columns_left);
    (*sums).top_right += products(top, columns_right);
    (*sums).bottom_left += products(bottom, columns_left);
    (*sums).bottom_right += products(bottom, columns_right);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let tile = workgroup.x + workgroup.y * workgroups.x;
    let row_tiles = (rows() + BLOCK_ROWS - 1u) / BLOCK_ROWS;
    let part = tile / COLUMN_TILES / row_tiles;
    // The same for the whole workgroup, which meets at barriers.
    if part >= parts() {
        return;
    }
    let first_row = tile / COLUMN_TILES % row_tiles * BLOCK_ROWS;
    let first_column = tile % COLUMN_TILES * BLOCK_COLUMNS;
    let down = local / ACROSS;
    let across = local % ACROSS;
    var sums: Sums;
    let range = terms(part);
    var term = range.x;
    loop {
        for (var piece = local; piece < FOURS * LEFT_VECTORS; piece += WORKGROUP_SIZE) {
            let at = place(piece, LEFT_VECTORS, LEFT_ALONG_TERMS);
            let values = fetch_left(first_row + 4u * at.x, term + 4u * at.y, range.y);
            let first = at.y * LEFT_STEP + at.x;
            left[first] = values[0];
            left[first + LEFT_VECTORS] = values[1];
            left[first + 2u * LEFT_VECTORS] = values[2];
            left[first + 3u * LEFT_VECTORS] = values[3];
        }
        for (var piece = local; piece < FOURS * RIGHT_VECTORS; piece += WORKGROUP_SIZE) {
            let at = place(piece, RIGHT_VECTORS, RIGHT_ALONG_TERMS);
            let values = fetch_right(first_column + 4u * at.x, term + 4u * at.y, range.y);
            let first = at.y * RIGHT_STEP + at.x;
            right[first] = values[0];
            right[first + RIGHT_VECTORS] = values[1];
            right[first + 2u * RIGHT_VECTORS] = values[2];
            right[first + 3u * RIGHT_VECTORS] = values[3];
        }
        workgroupBarrier();
        for (var four = 0u; four < FOURS; four++) {
            let in_left = four * LEFT_STEP + down;
            let in_right = four * RIGHT_STEP + across;
            add_term(&sums, in_left, in_right);
            add_term(&sums, in_left + LEFT_VECTORS, in_right + RIGHT_VECTORS);
            add_term(&sums, in_left + 2u * LEFT_VECTORS, in_right + 2u * RIGHT_VECTORS);
            add_term(&sums, in_left + 3u * LEFT_VECTORS, in_right + 3u * RIGHT_VECTORS);
        }
        // The next terms are written where these were read.
        workgroupBarrier();
        term += 4u * FOURS;
        if term >= range.y {
            break;
        }
    }
    let row = first_row + 4u * down;
    let column = first_column + 4u * across;
    store_rows(part, row, column, sums.top_left);
    store_rows(part, row, column + BLOCK_COLUMNS / 2u, sums.top_right);
    store_rows(part, row + BLOCK_ROWS / 2u, column, sums.bottom_left);
    store_rows(part, row + BLOCK_ROWS / 2u, column + BLOCK_COLUMNS / 2u, sums.bottom_right);
}
