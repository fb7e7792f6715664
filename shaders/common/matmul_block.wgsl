// What the blocked kernels of matmul share: an invocation owns 4 rows by 4 columns of the output. The terms and the
// columns are multiples of 4, the rows need not be: a row past the end is fetched as the last and not stored.
struct Params {
    rows: u32,
    columns: u32,
    terms: u32,
    parameter: f32, // of the activation
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>; // (columns / 4) if BIAS
@group(0) @binding(4) var<storage, read> x: array<vec4<f32>>; // (rows, columns / 4) if DERIVATIVE: of the activation
@group(0) @binding(5) var<storage, read_write> out: array<vec4<f32>>; // (rows, columns / 4)

struct Block {
    row: u32, // the first
    vector: u32, // of the columns by four
    inside: bool,
}

fn block_at(index: u32) -> Block {
    let vectors = params.columns / 4u;
    let row = index / vectors * 4u;
    return Block(row, index % vectors, row < params.rows);
}

fn store(block: Block, sums: mat4x4<f32>) {
    var shift = vec4<f32>(0.0);
    if BIAS {
        shift = bias[block.vector];
    }
    for (var r = 0u; r < 4u; r++) {
        if block.row + r < params.rows {
            let place = (block.row + r) * (params.columns / 4u) + block.vector;
            if DERIVATIVE {
                out[place] = sums[r] * derivatives_from_output(x[place], params.parameter);
            } else {
                out[place] = activate_each(sums[r] + shift, params.parameter);
            }
        }
    }
}
