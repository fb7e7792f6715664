// dx[i, j] = f'(z[i, j]) * sum over the parts p of sums[p, i, j], where x = f(z) (common/input_gradient.wgsl).
// A row of one column per invocation.
// use: sum_parts_gradient
// use: activation_of_one
