// out[i, j] = f(bias[j] + sum over the parts p of sums[p, i, j])
// A row of four columns per invocation.
// use: sum_parts_forward
// use: activation_of_four
