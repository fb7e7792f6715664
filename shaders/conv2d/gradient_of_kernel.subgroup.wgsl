// dkernel[ky, kx, ci, co] = sum over n, oy, ox of x[n, iy, ix, ci] * dout[n, oy, ox, co]
// where iy = oy * stride + ky * dilation - before, ix = ox + kx - before; outside the picture x is 0.
// By subgroups as common/conv2d_subgroup_kernel.wgsl says: one row of taps and CHANNELS input channels, a multiple of 4.
// use: conv2d_subgroup_dout
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>; // (batch, input rows, input columns, input channels / 4)

const CHANNEL_BLOCKS: u32 = INPUT_CHANNELS / CHANNELS;
const CHANNEL_VECTORS: u32 = CHANNELS / 4u;
// A group of sums is one tap and four input channels.
const GROUPS: u32 = CHANNEL_VECTORS * WINDOW_COLUMNS;

alias Pieces = array<vec4<f32>, CHANNEL_VECTORS * LOADS>;
alias Sums = array<mat4x4<f32>, GROUPS>;

// Adds to group `g` the products of all pixels of the block.
fn add_products(sums: ptr<function, Sums>, pieces: ptr<function, Pieces>, pixels: ptr<function, Pixels>, g: u32) {
    let first = g / WINDOW_COLUMNS * LOADS;
    let kx = g % WINDOW_COLUMNS;
    var sum = (*sums)[g];
    for (var i = 0u; i < LANES; i++) {
        if i < BLOCK_COLUMNS {
            let value = subgroupShuffle((*pieces)[first + (i + kx) / LANES], (i + kx) % LANES);
            let pixel = (*pixels)[i];
            sum += mat4x4<f32>(value.x * pixel, value.y * pixel, value.z * pixel, value.w * pixel);
        }
    }
    for (var i = LANES; i < 2u * LANES; i++) {
        if i < BLOCK_COLUMNS {
            let value = subgroupShuffle((*pieces)[first + (i + kx) / LANES], (i + kx) % LANES);
            let pixel = (*pixels)[i];
            sum += mat4x4<f32>(value.x * pixel, value.y * pixel, value.z * pixel, value.w * pixel);
        }
    }
    (*sums)[g] = sum;
}

fn store_group(part: u32, ky: u32, channel: u32, vector: u32, sums: ptr<function, Sums>, g: u32) {
    for (var c = 0u; c < 4u; c++) {
        store_sum(part, ky, g % WINDOW_COLUMNS, channel + g / WINDOW_COLUMNS * 4u + c, vector, (*sums)[g][c]);
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
    let ky = index / VECTOR_BLOCKS / CHANNEL_BLOCKS % WINDOW_ROWS;
    let part = index / VECTOR_BLOCKS / CHANNEL_BLOCKS / WINDOW_ROWS;
    if part >= params.parts {
        return;
    }
    let first_row = part * params.rows_per_part;
    let end_row = min(first_row + params.rows_per_part, params.batch * OUTPUT_ROWS);
    var sums: Sums;
    for (var row = first_row; row < end_row; row++) {
        let first = source_row(row, ky);
        if first != NO_ROW {
            for (var start = 0u; start < OUTPUT_COLUMNS; start += BLOCK_COLUMNS) {
                var pixels = fetch_dout(row, start, vector);
                var pieces: Pieces;
                for (var v = 0u; v < CHANNEL_VECTORS; v++) {
                    for (var l = 0u; l < LOADS; l++) {
                        // Wraps around in the padding, to a number that no picture reaches.
                        let column = start + l * LANES + lane - BEFORE_COLUMNS;
                        let value = x[((first + column) * INPUT_CHANNELS + channel) / 4u + v];
                        pieces[v * LOADS + l] = select(vec4<f32>(0.0), value, column < INPUT_COLUMNS);
                    }
                }
                add_products(&sums, &pieces, &pixels, 0u);
                if GROUPS > 1u {
                    add_products(&sums, &pieces, &pixels, 1u);
                }
                if GROUPS > 2u {
                    add_products(&sums, &pieces, &pixels, 2u);
                }
                if GROUPS > 3u {
                    add_products(&sums, &pieces, &pixels, 3u);
                }
                if GROUPS > 4u {
                    add_products(&sums, &pieces, &pixels, 4u);
                }
                if GROUPS > 5u {
                    add_products(&sums, &pieces, &pixels, 5u);
                }
                if GROUPS > 6u {
                    add_products(&sums, &pieces, &pixels, 6u);
                }
                if GROUPS > 7u {
                    add_products(&sums, &pieces, &pixels, 7u);
                }
                if GROUPS > 8u {
                    add_products(&sums, &pieces, &pixels, 8u);
                }
                if GROUPS > 9u {
                    add_products(&sums, &pieces, &pixels, 9u);
                }
                if GROUPS > 10u {
                    add_products(&sums, &pieces, &pixels, 10u);
                }
                if GROUPS > 11u {
                    add_products(&sums, &pieces, &pixels, 11u);
                }
            }
        }
    }
    store_group(part, ky, channel, vector, &sums, 0u);
    if GROUPS > 1u {
        store_group(part, ky, channel, vector, &sums, 1u);
    }
    if GROUPS > 2u {
        store_group(part, ky, channel, vector, &sums, 2u);
    }
    if GROUPS > 3u {
        store_group(part, ky, channel, vector, &sums, 3u);
    }
    if GROUPS > 4u {
        store_group(part, ky, channel, vector, &sums, 4u);
    }
    if GROUPS > 5u {
        store_group(part, ky, channel, vector, &sums, 5u);
    }
    if GROUPS > 6u {
        store_group(part, ky, channel, vector, &sums, 6u);
    }
    if GROUPS > 7u {
        store_group(part, ky, channel, vector, &sums, 7u);
    }
    if GROUPS > 8u {
        store_group(part, ky, channel, vector, &sums, 8u);
    }
    if GROUPS > 9u {
        store_group(part, ky, channel, vector, &sums, 9u);
    }
    if GROUPS > 10u {
        store_group(part, ky, channel, vector, &sums, 10u);
    }
    if GROUPS > 11u {
        store_group(part, ky, channel, vector, &sums, 11u);
    }
}
