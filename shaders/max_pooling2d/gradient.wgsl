// dx[n, iy, ix, c] = sum over the outputs whose winner looks at the input of dout[n, oy, ox, c]
// One channel per invocation.
// use: vector_of_one
// use: max_pooling2d_gradient
