// dx[n, iy, ix, ci] = sum over ky, kx, co of dout[n, oy, ox, co] * kernel[ky, kx, ci, co]
// over the outputs that look at the input: oy * stride = iy + before - ky * dilation, ox * stride = ix + before - kx.
//
// An invocation owns BLOCK_COLUMNS pixels of a row, a stride apart, and BLOCK_CHANNELS input channels. The same taps look
// at all its pixels, and neighbouring outputs at neighbouring ones, so that a kernel vector is fetched once for all.
// Neighbouring invocations own neighbouring channels, and rows a stride apart, so that these too meet the same taps.
// Where x = f(z), that times f'(z) (common/input_gradient.wgsl).
// use: index
// use: activation_of_four
// use: input_gradient
struct Params {
    batch: u32,
    parameter: f32, // of the activation
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dout: array<vec4<f32>>; // (batch, output rows, output columns, output channels / 4)
@group(0) @binding(2) var<storage, read> kernel: array<vec4<f32>>; // (window rows, window columns, input channels, output channels / 4)

const OUTPUT_VECTORS: u32 = OUTPUT_CHANNELS / 4u;
const BLOCK_CHANNELS: u32 = VECTORS * 4u;
const CHANNEL_BLOCKS: u32 = INPUT_CHANNELS / BLOCK_CHANNELS;
// The columns, and the rows of a picture, that the same taps meet.
const PHASE_COLUMNS: u32 = (INPUT_COLUMNS + STRIDE_COLUMNS - 1u) / STRIDE_COLUMNS;
const PHASE_ROWS: u32 = (INPUT_ROWS + STRIDE_ROWS - 1u) / STRIDE_ROWS;
const COLUMN_BLOCKS: u32 = (PHASE_COLUMNS + BLOCK_COLUMNS - 1u) / BLOCK_COLUMNS;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local);
    let channel = index % CHANNEL_BLOCKS * BLOCK_CHANNELS;
    let block = index / CHANNEL_BLOCKS;
    let block_row = block / COLUMN_BLOCKS;
    let image = block_row / PHASE_ROWS % params.batch;
    let phase = block_row / PHASE_ROWS / params.batch;
    let row = block_row % PHASE_ROWS * STRIDE_ROWS + phase / STRIDE_COLUMNS;
    let first_column = block % COLUMN_BLOCKS * BLOCK_COLUMNS * STRIDE_COLUMNS + phase % STRIDE_COLUMNS;
    if phase >= STRIDE_ROWS * STRIDE_COLUMNS || row >= INPUT_ROWS {
        return;
    }
    var sums: array<array<vec4<f32>, VECTORS>, BLOCK_COLUMNS>;
    for (var ky = 0u; ky < WINDOW_ROWS; ky++) {
        // Wraps around below 0, to a number that no picture reaches.
        let down = row + BEFORE_ROWS - ky * DILATION_ROWS;
        if down >= OUTPUT_ROWS * STRIDE_ROWS || down % STRIDE_ROWS != 0u {
            continue;
        }
        let source_row = (image * OUTPUT_ROWS + down / STRIDE_ROWS) * OUTPUT_COLUMNS;
        for (var kx = 0u; kx < WINDOW_COLUMNS; kx++) {
            // So many strides to the right, for the first pixels: GLSL leaves the remainder of what is below 0 open.
            let across = first_column + BEFORE_COLUMNS + WINDOW_COLUMNS * STRIDE_COLUMNS - kx;
            if across % STRIDE_COLUMNS != 0u {
                continue;
            }
            // May wrap around below 0, to a number that no picture reaches.
            let first = across / STRIDE_COLUMNS - WINDOW_COLUMNS;
            var vector = 0u;
            loop {
                var values: array<vec4<f32>, BLOCK_COLUMNS>;
                for (var p = 0u; p < BLOCK_COLUMNS; p++) {
                    let column = first + p;
                    let value = dout[(source_row + column) * OUTPUT_VECTORS + vector];
                    values[p] = select(vec4<f32>(0.0), value, column < OUTPUT_COLUMNS);
                }
                for (var v = 0u; v < VECTORS; v++) {
                    // Rows of the kernel for four input channels.
                    let tap = ((ky * WINDOW_COLUMNS + kx) * INPUT_CHANNELS + channel + v * 4u) * OUTPUT_VECTORS + vector;
                    let a = kernel[tap];
                    let b = kernel[tap + OUTPUT_VECTORS];
                    let c = kernel[tap + 2u * OUTPUT_VECTORS];
                    let d = kernel[tap + 3u * OUTPUT_VECTORS];
                    for (var p = 0u; p < BLOCK_COLUMNS; p++) {
                        let value = values[p];
                        sums[p][v] += vec4<f32>(dot(value, a), dot(value, b), dot(value, c), dot(value, d));
                    }
                }
                vector++;
                if vector >= OUTPUT_VECTORS {
                    break;
                }
            }
        }
    }
    for (var p = 0u; p < BLOCK_COLUMNS; p++) {
        let column = first_column + p * STRIDE_COLUMNS;
        if column < INPUT_COLUMNS {
            let pixel = (image * INPUT_ROWS + row) * INPUT_COLUMNS + column;
            for (var v = 0u; v < VECTORS; v++) {
                store_gradient((pixel * INPUT_CHANNELS + channel) / 4u + v, sums[p][v]);
            }
        }
    }
}
