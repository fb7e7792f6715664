// dx[n, iy, ix, c] = sum over the outputs whose winner looks at the input of dout[n, oy, ox, c]
// Four channels per invocation, where the number of channels is a multiple of 4.
// use: vector_of_four
// use: max_pooling2d_gradient
