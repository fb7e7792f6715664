// The sums of a subgroup kernel of conv2d whose source has channels that are a multiple of 4. The pass tells where the
// source lies (source_row, fetch_source, FIRST_COLUMN) and what the kernel's part is (fetch_weights).
// use: conv2d_subgroup
alias Pieces = array<vec4<f32>, BLOCK_ROWS * LOADS>;
alias Weights = array<vec4<f32>, 4>;

// Adds four products to each sum of segment `s`. Lane i of its piece has pixel i.
fn add_products(sums: ptr<function, Sums>, pieces: ptr<function, Pieces>, weights: ptr<function, Weights>, s: u32) {
    let piece = (*pieces)[s / ROW_SEGMENTS * LOADS + s % ROW_SEGMENTS];
    for (var i = 0u; i < LANES; i++) {
        if owns(s, i) {
            let value = subgroupShuffle(piece, i);
            var sum = (*sums)[s * LANES + i];
            sum += value.x * (*weights)[0];
            sum += value.y * (*weights)[1];
            sum += value.z * (*weights)[2];
            sum += value.w * (*weights)[3];
            (*sums)[s * LANES + i] = sum;
        }
    }
}

fn add_all(block: Block, lane: u32, sums: ptr<function, Sums>) {
    // May wrap around below 0, to a number that no picture reaches.
    let first_column = block.column - FIRST_COLUMN;
    for (var ky = 0u; ky < WINDOW_ROWS; ky++) {
        for (var vector = 0u; vector < SOURCE_VECTORS; vector++) {
            var fetched: Pieces;
            for (var r = 0u; r < BLOCK_ROWS; r++) {
                let first = source_row(block.row + r, ky);
                for (var l = 0u; l < LOADS; l++) {
                    let column = first_column + l * LANES + lane;
                    let value = fetch_source(first + column, vector);
                    fetched[r * LOADS + l] = select(vec4<f32>(0.0), value, column < SOURCE_COLUMNS && first != NO_ROW);
                }
            }
            for (var kx = 0u; kx < WINDOW_COLUMNS; kx++) {
                // Each lane's pixel, `kx` to the right: from another lane of the same fetch or of the next.
                let neighbour = (lane + kx) % LANES;
                let is_next = lane + kx >= LANES;
                var pieces: Pieces;
                for (var r = 0u; r < BLOCK_ROWS; r++) {
                    for (var l = 0u; l < LOADS; l++) {
                        let here = subgroupShuffle(fetched[r * LOADS + l], neighbour);
                        let next = subgroupShuffle(fetched[r * LOADS + min(l + 1u, LOADS - 1u)], neighbour);
                        pieces[r * LOADS + l] = select(here, next, is_next);
                    }
                }
                var weights = fetch_weights(ky, kx, vector, block.vector);
                add_products(sums, &pieces, &weights, 0u);
                if SEGMENTS > 1u {
                    add_products(sums, &pieces, &weights, 1u);
                }
                if SEGMENTS > 2u {
                    add_products(sums, &pieces, &weights, 2u);
                }
                if SEGMENTS > 3u {
                    add_products(sums, &pieces, &weights, 3u);
                }
                if SEGMENTS > 4u {
                    add_products(sums, &pieces, &weights, 4u);
                }
                if SEGMENTS > 5u {
                    add_products(sums, &pieces, &weights, 5u);
                }
                if SEGMENTS > 6u {
                    add_products(sums, &pieces, &weights, 6u);
                }
                if SEGMENTS > 7u {
                    add_products(sums, &pieces, &weights, 7u);
                }
            }
        }
    }
}
