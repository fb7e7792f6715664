// y[i, j] = f(bias[j] + sum over the parts p of sums[p, i, j])
// out[i, j] = max over k < 4 of y[4 i + k, j], and winners the first such k with that value
// Four rows of four columns per invocation.
// use: sum_parts_pool
// use: activation_of_four
// use: pooled_output_winners
