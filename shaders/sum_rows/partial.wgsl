// out[p, c] = sum over the rows r of part p of x[r, c], in their order; one column per invocation.
// use: vector_of_one
// use: sum_rows_partial
