// out[i, j] = f(bias[j] + sum over l of a[i * a_row + l * a_step] * b[l * b_step + j * b_column])
// or, if DERIVATIVE, f'(z) times the sum, where x = f(z): the gradient through the activation that made the input x.
// One output per invocation; the strides make any transposition of a or b. The oracle of the faster kernels.
// use: index
// use: activation
struct Params {
    rows: u32,
    columns: u32,
    terms: u32,
    a_row: u32,
    a_step: u32,
    b_step: u32,
    b_column: u32,
    parameter: f32, // of the activation
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>; // (rows, terms) or transposed
@group(0) @binding(2) var<storage, read> b: array<f32>; // (terms, columns) or transposed
@group(0) @binding(3) var<storage, read> bias: array<f32>; // (columns) if BIAS
@group(0) @binding(4) var<storage, read> x: array<f32>; // (rows, columns) if DERIVATIVE: f(z)
@group(0) @binding(5) var<storage, read_write> out: array<f32>; // (rows, columns)

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, workgroups, local); // over (rows, columns)
    if index >= params.rows * params.columns {
        return;
    }
    let row = index / params.columns;
    let column = index % params.columns;
    var sum = 0.0;
    // Some drivers end loops after 65,535 turns (ops/parts.rs). They unroll the inner one, so that eight terms are one.
    for (var first = 0u; first < params.terms; first += 8u) {
        for (var i = 0u; i < 8u; i++) {
            let l = first + i;
            if l < params.terms {
                sum += a[row * params.a_row + l * params.a_step] * b[l * params.b_step + column * params.b_column];
            }
        }
    }
    if BIAS {
        sum += bias[column];
    }
    if DERIVATIVE {
        out[index] = sum * derivative_from_output(x[index], params.parameter);
    } else {
        out[index] = activate(sum, params.parameter);
    }
}
