// The blocked kernels of conv2d's gradient of the kernel for input channels that are a multiple of 4: CHANNELS is 4.
// use: index
// use: conv2d_kernel_block
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>; // (batch, input rows, input columns, input channels / 4)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let block = block_at(linear_index(workgroup, workgroups, local));
    if block.part >= params.parts {
        return;
    }
    let first_row = block.part * params.rows_per_part;
    let end_row = min(first_row + params.rows_per_part, params.batch * OUTPUT_ROWS);
    var sums: Sums;
    for (var row = first_row; row < end_row; row++) {
        // Wraps around below 0, to a number that no picture reaches.
        let y = row % OUTPUT_ROWS * STRIDE_ROWS + block.ky * DILATION_ROWS - BEFORE_ROWS;
        if y < INPUT_ROWS {
            let first = (row / OUTPUT_ROWS * INPUT_ROWS + y) * INPUT_COLUMNS;
            for (var start = 0u; start < OUTPUT_COLUMNS; start += BLOCK_COLUMNS) {
                let first_column = start * STRIDE_COLUMNS - BEFORE_COLUMNS;
                var piece: array<vec4<f32>, PIECE>;
                for (var i = 0u; i < PIECE; i++) {
                    let column = first_column + i;
                    let value = x[((first + column) * INPUT_CHANNELS + block.channel) / 4u];
                    piece[i] = select(vec4<f32>(0.0), value, column < INPUT_COLUMNS);
                }
                var pixels = fetch_dout(row, start, block.vector);
                for (var kx = 0u; kx < WINDOW_COLUMNS; kx++) {
                    for (var c = 0u; c < CHANNELS; c++) {
                        for (var v = 0u; v < VECTORS; v++) {
                            var sum = sums[(kx * CHANNELS + c) * VECTORS + v];
                            for (var p = 0u; p < BLOCK_COLUMNS; p++) {
                                sum += piece[p * STRIDE_COLUMNS + kx][c] * pixels[p * VECTORS + v];
                            }
                            sums[(kx * CHANNELS + c) * VECTORS + v] = sum;
                        }
                    }
                }
            }
        }
    }
    store(block, &sums);
}
