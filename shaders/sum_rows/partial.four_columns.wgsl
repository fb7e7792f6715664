// out[p, c] = sum over the rows r of part p of x[r, c], in their order; four columns per invocation.
// use: vector_of_four
// use: sum_rows_partial
