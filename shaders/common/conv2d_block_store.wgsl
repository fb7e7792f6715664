// The end of conv2d's forward pass by blocks: bias, activation.
// use: conv2d_block
@group(0) @binding(4) var<storage, read_write> out: array<vec4<f32>>; // (batch, output rows, output columns, output channels / 4)

fn store(block: Block, sums: ptr<function, Sums>) {
    for (var v = 0u; v < VECTORS; v++) {
        var shift = vec4<f32>(0.0);
        if BIAS {
            shift = bias[block.vector + v];
        }
        for (var r = 0u; r < BLOCK_ROWS; r++) {
            let row = block.row + r;
            for (var p = 0u; p < BLOCK_COLUMNS; p++) {
                let column = block.column + p;
                if row < params.batch * OUTPUT_ROWS && column < OUTPUT_COLUMNS {
                    let sum = (*sums)[r][p][v];
                    out[(row * OUTPUT_COLUMNS + column) * OUTPUT_VECTORS + block.vector + v] = activate_each(sum + shift, params.parameter);
                }
            }
        }
    }
}
