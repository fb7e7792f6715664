// Conv2d's gradient of the kernel by subgroups: all taps and input channels at once, for few of both.
// use: conv2d_subgroup_kernel
@group(0) @binding(1) var<storage, read> x: array<f32>; // (batch, input rows, input columns, input channels)

// A group of sums is one row of taps and one input channel.
const GROUPS: u32 = WINDOW_ROWS * INPUT_CHANNELS;

alias Sums = array<vec4<f32>, GROUPS * WINDOW_COLUMNS>;

// Adds to group `g` the products of all pixels of the block that begins at `column` of row `row`.
fn add_products(sums: ptr<function, Sums>, pixels: ptr<function, Pixels>, row: u32, column: u32, lane: u32, g: u32) {
    let first = source_row(row, g / INPUT_CHANNELS);
    let channel = g % INPUT_CHANNELS;
    var pieces: array<f32, LOADS>;
    for (var l = 0u; l < LOADS; l++) {
        // Wraps around in the padding, to a number that no picture reaches.
        let place = column + l * LANES + lane - BEFORE_COLUMNS;
        let value = x[(first + place) * INPUT_CHANNELS + channel];
        pieces[l] = select(0.0, value, place < INPUT_COLUMNS && first != NO_ROW);
    }
    for (var kx = 0u; kx < WINDOW_COLUMNS; kx++) {
        var sum = (*sums)[g * WINDOW_COLUMNS + kx];
        for (var i = 0u; i < BLOCK_COLUMNS; i++) {
            sum += subgroupShuffle(pieces[(i + kx) / LANES], (i + kx) % LANES) * (*pixels)[i];
        }
        (*sums)[g * WINDOW_COLUMNS + kx] = sum;
    }
}

fn store_group(part: u32, vector: u32, sums: ptr<function, Sums>, g: u32) {
    for (var kx = 0u; kx < WINDOW_COLUMNS; kx++) {
        store_sum(part, g / INPUT_CHANNELS, kx, g % INPUT_CHANNELS, vector, (*sums)[g * WINDOW_COLUMNS + kx]);
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
    let part = index / VECTOR_BLOCKS;
    if part >= params.parts {
        return;
    }
    let first_row = part * params.rows_per_part;
    let end_row = min(first_row + params.rows_per_part, params.batch * OUTPUT_ROWS);
    var sums: Sums;
    for (var row = first_row; row < end_row; row++) {
        for (var start = 0u; start < OUTPUT_COLUMNS; start += BLOCK_COLUMNS) {
            var pixels = fetch_dout(row, start, vector);
            add_products(&sums, &pixels, row, start, lane, 0u);
            if GROUPS > 1u {
                add_products(&sums, &pixels, row, start, lane, 1u);
            }
            if GROUPS > 2u {
                add_products(&sums, &pixels, row, start, lane, 2u);
            }
            if GROUPS > 3u {
                add_products(&sums, &pixels, row, start, lane, 3u);
            }
            if GROUPS > 4u {
                add_products(&sums, &pixels, row, start, lane, 4u);
            }
            if GROUPS > 5u {
                add_products(&sums, &pixels, row, start, lane, 5u);
            }
            if GROUPS > 6u {
                add_products(&sums, &pixels, row, start, lane, 6u);
            }
            if GROUPS > 7u {
                add_products(&sums, &pixels, row, start, lane, 7u);
            }
            if GROUPS > 8u {
                add_products(&sums, &pixels, row, start, lane, 8u);
            }
            if GROUPS > 9u {
                add_products(&sums, &pixels, row, start, lane, 9u);
            }
            if GROUPS > 10u {
                add_products(&sums, &pixels, row, start, lane, 10u);
            }
            if GROUPS > 11u {
                add_products(&sums, &pixels, row, start, lane, 11u);
            }
        }
    }
    store_group(part, vector, &sums, 0u);
    if GROUPS > 1u {
        store_group(part, vector, &sums, 1u);
    }
    if GROUPS > 2u {
        store_group(part, vector, &sums, 2u);
    }
    if GROUPS > 3u {
        store_group(part, vector, &sums, 3u);
    }
    if GROUPS > 4u {
        store_group(part, vector, &sums, 4u);
    }
    if GROUPS > 5u {
        store_group(part, vector, &sums, 5u);
    }
    if GROUPS > 6u {
        store_group(part, vector, &sums, 6u);
    }
    if GROUPS > 7u {
        store_group(part, vector, &sums, 7u);
    }
    if GROUPS > 8u {
        store_group(part, vector, &sums, 8u);
    }
    if GROUPS > 9u {
        store_group(part, vector, &sums, 9u);
    }
    if GROUPS > 10u {
        store_group(part, vector, &sums, 10u);
    }
    if GROUPS > 11u {
        store_group(part, vector, &sums, 11u);
    }
}
