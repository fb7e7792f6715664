// Conv2d's forward pass by subgroups, one input channel at a time, for windows of at most 4 columns.
// use: activation_of_four
// use: conv2d_subgroup_forward
@group(0) @binding(1) var<storage, read> x: array<f32>; // (batch, input rows, input columns, input channels)

alias Pieces = array<f32, BLOCK_ROWS * LOADS>;
alias Weights = array<Floats, WINDOW_COLUMNS>;

// Adds the products of one row of taps to each sum of segment `s`.
fn add_products(sums: ptr<function, Sums>, pieces: ptr<function, Pieces>, weights: ptr<function, Weights>, s: u32) {
    let first = s / ROW_SEGMENTS * LOADS + s % ROW_SEGMENTS;
    for (var i = 0u; i < LANES; i++) {
        if owns(s, i) {
            var sum = (*sums)[s * LANES + i];
            for (var kx = 0u; kx < WINDOW_COLUMNS; kx++) {
                sum += subgroupShuffle((*pieces)[first + (i + kx) / LANES], (i + kx) % LANES) * (*weights)[kx];
            }
            (*sums)[s * LANES + i] = sum;
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
    // May wrap around below 0, to a number that no picture reaches.
    let first_column = block.column - FIRST_COLUMN;
    var sums: Sums;
    var channel = 0u;
    loop {
        var ky = 0u;
        loop {
            var pieces: Pieces;
            for (var r = 0u; r < BLOCK_ROWS; r++) {
                let first = source_row(block, r, ky);
                for (var l = 0u; l < LOADS; l++) {
                    let column = first_column + l * LANES + lane;
                    let value = x[(first + column) * INPUT_CHANNELS + channel];
                    pieces[r * LOADS + l] = select(0.0, value, column < INPUT_COLUMNS && first != NO_ROW);
                }
            }
            var weights: Weights;
            for (var kx = 0u; kx < WINDOW_COLUMNS; kx++) {
                weights[kx] = kernel[((ky * WINDOW_COLUMNS + kx) * INPUT_CHANNELS + channel) * TARGET_VECTORS + block.vector];
            }
            add_products(&sums, &pieces, &weights, 0u);
            if SEGMENTS > 1u {
                add_products(&sums, &pieces, &weights, 1u);
            }
            if SEGMENTS > 2u {
                add_products(&sums, &pieces, &weights, 2u);
            }
            if SEGMENTS > 3u {
                add_products(&sums, &pieces, &weights, 3u);
            }
            if SEGMENTS > 4u {
                add_products(&sums, &pieces, &weights, 4u);
            }
            if SEGMENTS > 5u {
                add_products(&sums, &pieces, &weights, 5u);
            }
            if SEGMENTS > 6u {
                add_products(&sums, &pieces, &weights, 6u);
            }
            if SEGMENTS > 7u {
                add_products(&sums, &pieces, &weights, 7u);
            }
            ky++;
            if ky >= WINDOW_ROWS {
                break;
            }
        }
        channel++;
        if channel >= INPUT_CHANNELS {
            break;
        }
    }
    store(block, &sums);
}
